import type { Block } from '../../chain/block.ts'
import { UpstreamError, type FailureReason } from '../errors.ts'
import type { RpcCalls } from './calls.ts'

/** Most keys of one request. A request of 1000 has about 130 kB, and its answer about 250 kB, which takes milliseconds to parse. */
export const MAX_KEYS = 1000

/** Most characters of the keys of one request: far below the limit of a node (15 MB) and of common proxies (1 MB). */
const MAX_CHARACTERS = 512 * 1024

/** Requests of one block and signal in flight. A node serves each in a thread of its own. */
export const MAX_IN_FLIGHT = 4

/** An answer that is too large never makes requests smaller than this permanently: single values may be large. */
const MIN_KEYS = 50

const METHOD = 'state_queryStorageAt'

interface Waiting {
  readonly resolve: (value: string | null) => void
  readonly reject: (error: Error) => void
}

/** How many keys fit into one request to a node: fewer after an answer that was too large. */
export interface BatchLimit {
  keys: number
}

/**
 * Reads storage values at one block, many keys per request. The reads of one turn of the event loop go together. While requests
 * are in flight, reads wait until they fill a request or until those have been answered: the answer to one read is often followed
 * by the next, and fewer requests matter to nodes with a rate limit.
 */
export class StorageBatch {
  readonly #calls: RpcCalls
  readonly #block: Block
  readonly #signal: AbortSignal
  readonly #limit: BatchLimit
  #waiting = new Map<string, Waiting[]>()
  #inFlight = 0
  #isScheduled = false

  constructor(calls: RpcCalls, block: Block, signal: AbortSignal, limit: BatchLimit) {
    this.#calls = calls
    this.#block = block
    this.#signal = signal
    this.#limit = limit
  }

  /** The encoded value of a storage key, both as 0x hex; null where there is none. Each key is requested once at a time. */
  read(key: string): Promise<string | null> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(key)
      if (waiting === undefined) this.#waiting.set(key, [{ resolve, reject }])
      else waiting.push({ resolve, reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#send()
    })
  }

  #send(): void {
    while (this.#waiting.size > 0 && this.#inFlight < MAX_IN_FLIGHT) {
      if (this.#inFlight > 0 && this.#waiting.size < this.#limit.keys) return
      void this.#request(this.#take())
    }
  }

  /** Takes the reads of the next request. */
  #take(): Map<string, Waiting[]> {
    const taken = new Map<string, Waiting[]>()
    let characters = 0
    for (const [key, waiting] of this.#waiting) {
      characters += key.length + 3
      if (taken.size >= this.#limit.keys || (taken.size > 0 && characters > MAX_CHARACTERS)) break
      taken.set(key, waiting)
    }
    if (taken.size === this.#waiting.size) this.#waiting = new Map()
    else for (const key of taken.keys()) this.#waiting.delete(key)
    return taken
  }

  async #request(reads: ReadonlyMap<string, readonly Waiting[]>): Promise<void> {
    this.#inFlight += 1
    try {
      await this.#ask(reads)
    } finally {
      this.#inFlight -= 1
      this.#schedule()
    }
  }

  /** Never rejects: each read gets its value or an error. Asks in halves for what is too large for one answer. */
  async #ask(reads: ReadonlyMap<string, readonly Waiting[]>): Promise<void> {
    const keys = [...reads.keys()]
    try {
      const answer = await this.#calls.callAlone(METHOD, [keys, this.#block.hash], this.#signal)
      const values = this.#valuesIn(answer, keys)
      for (const [key, waiting] of reads) for (const { resolve } of waiting) resolve(values.get(key) ?? null)
    } catch (error) {
      if (keys.length > 1 && isTooLarge(error)) {
        const half = Math.ceil(keys.length / 2)
        this.#limit.keys = Math.max(Math.min(this.#limit.keys, half), MIN_KEYS)
        const entries = [...reads]
        await this.#ask(new Map(entries.slice(0, half)))
        await this.#ask(new Map(entries.slice(half)))
        return
      }
      const failure = error instanceof Error ? error : new Error(String(error))
      for (const waiting of reads.values()) for (const { reject } of waiting) reject(failure)
    }
  }

  /** The values of an answer, which must have exactly the keys and the block that were asked for. */
  #valuesIn(answer: unknown, keys: readonly string[]): ReadonlyMap<string, string | null> {
    const set: unknown = Array.isArray(answer) && answer.length === 1 ? answer[0] : undefined
    if (typeof set !== 'object' || set === null || !('block' in set) || !('changes' in set))
      throw this.#error('shape', 'expected the values of one block')
    const { block, changes } = set
    if (typeof block !== 'string' || block.toLowerCase() !== this.#block.hash.toLowerCase())
      throw this.#error(
        'wrong_block',
        `asked for block ${this.#block.height} ${this.#block.hash}, got another one`,
      )
    if (!Array.isArray(changes)) throw this.#error('shape', 'expected a list of values')
    const asked = new Set(keys)
    const values = new Map<string, string | null>()
    for (const change of changes as unknown[]) {
      const [key, value] = Array.isArray(change) && change.length === 2 ? (change as unknown[]) : []
      if (typeof key !== 'string' || (typeof value !== 'string' && value !== null))
        throw this.#error('shape', 'expected pairs of a key and a value')
      const lower = key.toLowerCase()
      if (!asked.has(lower)) throw this.#error('shape', 'answered with a key that was not asked for')
      if (values.has(lower)) throw this.#error('shape', 'answered with the same key twice')
      values.set(lower, value)
    }
    if (values.size !== asked.size)
      throw this.#error('shape', `answered with ${values.size} of ${asked.size} keys`)
    return values
  }

  #error(reason: FailureReason, message: string): UpstreamError {
    return new UpstreamError({ node: this.#calls.node, method: 'POST', path: METHOD, reason, message })
  }
}

/** The status is that of a proxy or a node that refuses the request for its size. */
const isTooLarge = (error: unknown): boolean =>
  error instanceof UpstreamError && (error.reason === 'too_large' || error.status === 413)
