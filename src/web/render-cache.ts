import type { FastifyReply, FastifyRequest } from 'fastify'
import { RequestError } from './request-parameters.ts'

export interface RenderLimits {
  /** Of the responses that are kept. */
  readonly maxCachedBytes: number
  /** Of the responses that clients are reading, each counted once. */
  readonly maxSendingBytes: number
  /** Responses that wait to be rendered. */
  readonly maxWaiting: number
}

export const RENDER_LIMITS: RenderLimits = {
  maxCachedBytes: 8 * 1024 * 1024,
  maxSendingBytes: 64 * 1024 * 1024,
  maxWaiting: 256,
}

/** How long a rendered response is valid. */
export interface Validity {
  /** The revision of the state that it shows. */
  readonly revision: number
  /** For pages, which show ages. Default unlimited. */
  readonly maxAgeMs?: number
}

interface Entry {
  readonly revision: number
  /** When it was rendered, by performance.now(). */
  readonly at: number
  readonly body: Buffer
}

/**
 * Responses that were rendered from the current state, by their URLs. What many clients request is rendered once, and at most one
 * response is rendered in each turn of the event loop, so that scrapes are answered in between.
 */
export class RenderCache {
  readonly #limits: RenderLimits
  readonly #refused: (client: string) => void
  readonly #isDeferred: () => boolean
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>()
  #cachedBytes = 0
  readonly #pending = new Map<string, Promise<Buffer>>()
  #lastTurn: Promise<void> = Promise.resolve()
  /** How many clients are reading each body. */
  readonly #readers = new Map<Buffer, number>()
  #sendingBytes = 0

  /**
   * @param refused is called with the address of a client that gets no response because of the limits.
   * @param isDeferred says whether a response should be rendered in a later turn.
   */
  constructor(refused: (client: string) => void, isDeferred: () => boolean, limits = RENDER_LIMITS) {
    this.#refused = refused
    this.#isDeferred = isDeferred
    this.#limits = limits
  }

  /**
   * Sends the response to a request. Rejects with RequestError when too many responses are waiting to be rendered or to be read, and
   * as `render` throws, which is not cached.
   */
  async send(
    { url, ip }: FastifyRequest,
    reply: FastifyReply,
    validity: Validity,
    render: () => string,
  ): Promise<FastifyReply> {
    const body = this.#cached(url, validity) ?? (await this.#rendered(url, ip, validity, render))
    if (!this.#readers.has(body) && this.#sendingBytes + body.length > this.#limits.maxSendingBytes)
      throw this.#overload(ip)
    this.#addReader(body, reply)
    return reply.send(body)
  }

  #cached(url: string, { revision, maxAgeMs = Infinity }: Validity): Buffer | undefined {
    const entry = this.#entries.get(url)
    if (entry?.revision !== revision || performance.now() - entry.at > maxAgeMs) return undefined
    this.#entries.delete(url)
    this.#entries.set(url, entry)
    return entry.body
  }

  async #rendered(url: string, ip: string, { revision }: Validity, render: () => string): Promise<Buffer> {
    const key = `${revision} ${url}`
    const pending = this.#pending.get(key)
    if (pending !== undefined) return pending
    if (this.#pending.size >= this.#limits.maxWaiting) throw this.#overload(ip)
    const turn = this.#lastTurn.then(() => this.#nextTurn())
    this.#lastTurn = turn
    const rendering = turn.then(() => Buffer.from(render()))
    this.#pending.set(key, rendering)
    try {
      const body = await rendering
      this.#keep(url, { revision, at: performance.now(), body })
      return body
    } finally {
      this.#pending.delete(key)
    }
  }

  async #nextTurn(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve))
    while (this.#isDeferred())
  }

  #keep(url: string, entry: Entry): void {
    const { maxCachedBytes } = this.#limits
    this.#drop(url)
    if (entry.body.length > maxCachedBytes / 4) return
    this.#entries.set(url, entry)
    this.#cachedBytes += sizeOf(url, entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#cachedBytes <= maxCachedBytes) break
      this.#drop(oldest)
    }
  }

  #drop(url: string): void {
    const entry = this.#entries.get(url)
    if (entry === undefined) return
    this.#entries.delete(url)
    this.#cachedBytes -= sizeOf(url, entry)
  }

  #addReader(body: Buffer, { raw }: FastifyReply): void {
    if (raw.closed) return
    const readers = this.#readers.get(body) ?? 0
    if (readers === 0) this.#sendingBytes += body.length
    this.#readers.set(body, readers + 1)
    raw.once('close', () => {
      const left = (this.#readers.get(body) ?? 1) - 1
      if (left > 0) this.#readers.set(body, left)
      else {
        this.#readers.delete(body)
        this.#sendingBytes -= body.length
      }
    })
  }

  #overload(client: string): RequestError {
    this.#refused(client)
    return new RequestError(503, 'Too many requests at once: try again.')
  }
}

const sizeOf = (url: string, { body }: Entry): number => url.length + body.length
