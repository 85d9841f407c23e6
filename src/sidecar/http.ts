import pLimit from 'p-limit'
import { Pool } from 'undici'
import { readAnswer } from './answer.ts'
import { Cancellation, cancelWith } from './cancellation.ts'
import { openConnector } from './connect.ts'
import { SidecarError, type FailureReason } from './errors.ts'
import { exchange } from './exchange.ts'
import type { RetrySettings } from './retry.ts'
import { targetOf } from './target.ts'

/** One Sidecar and how to talk to it. */
export interface SidecarHttpOptions {
  /** The node's configured name. */
  readonly name: string
  /** http or https, with a base path or without. */
  readonly url: string
  /** Sent with each request; taken to be secret. */
  readonly headers: Readonly<Record<string, string>>
  /** Bounds one get from the moment it leaves the queue: connecting, retries and the whole body included. */
  readonly timeoutMs: number
  /** Requests on their way at once; more wait. */
  readonly concurrency: number
  /** Of all answers that are being read at once. Default 64 MiB. */
  readonly maxBodyBytes?: number
  readonly retry?: RetrySettings
}

/** Told of each request when it ends; `route` is the template, never the path. Must not throw. */
export type RequestObserver = (event: {
  readonly node: string
  readonly route: string
  readonly seconds: number
  readonly failure: FailureReason | undefined
}) => void

/** GET requests to one Sidecar over a pool of connections. */
export interface SidecarHttp {
  /** The node's configured name. */
  readonly node: string
  /**
   * The JSON of a 2xx answer; rejects with SidecarError for everything else. `path` has its query and is encoded;
   * `route` is its template. A request still waiting when `signal` aborts is never sent.
   */
  get(route: string, path: string, signal?: AbortSignal): Promise<unknown>
  /** Aborts what is running and waiting and closes the connections. Every get from then on rejects, `aborted`. */
  close(): Promise<void>
}

const MAX_BODY_BYTES = 64 * 1024 * 1024

/** Opens no connection yet. Throws TypeError for a URL that cannot be used, without repeating it. */
export function openSidecarHttp(
  options: SidecarHttpOptions,
  observe: RequestObserver = () => undefined,
): SidecarHttp {
  const { name: node, timeoutMs, concurrency, maxBodyBytes = MAX_BODY_BYTES, retry = {} } = options
  const target = targetOf(node, options.url, options.headers)
  const closing = new AbortController()
  const connector = openConnector(timeoutMs)
  const pool = new Pool(target.origin, {
    connections: concurrency,
    pipelining: 1,
    // The one timer in exchange.ts bounds all of it; these would each start anew with a retry or a byte.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connector.connect,
  })
  const limit = pLimit(concurrency)
  const unfinished = new Set<Cancellation>()
  const reading = { bytes: 0 }

  const aborted = (path: string, cause: unknown): SidecarError => {
    const message = closing.signal.aborted ? 'aborted: the client is closed' : 'aborted'
    return new SidecarError({ node, path, reason: 'aborted', message, cause })
  }

  const send = async (path: string, cancellation: Cancellation): Promise<unknown> => {
    const request = { dispatcher: pool, target, path, timeoutMs, maxBodyBytes, reading, retry, cancellation }
    const exchanged = await exchange(request)
    const outcome = 'answer' in exchanged ? readAnswer(exchanged.answer, target.clean) : exchanged
    if ('value' in outcome) return outcome.value
    if (outcome.fault.reason === 'aborted') throw aborted(path, outcome.fault.cause)
    throw new SidecarError({ node, path, ...outcome.fault })
  }

  const observed = async (route: string, path: string, cancellation: Cancellation): Promise<unknown> => {
    const started = performance.now()
    let failure: FailureReason | undefined
    try {
      return await send(path, cancellation)
    } catch (error) {
      if (error instanceof SidecarError) failure = error.reason
      throw error
    } finally {
      observe({ node, route, seconds: (performance.now() - started) / 1000, failure })
    }
  }

  /** Rejects at once when it is cancelled in the queue; its turn then passes without a request. */
  const queued = (route: string, path: string, cancellation: Cancellation): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const stay = cancellation.onCancel(() => {
        reject(aborted(path, cancellation.reason))
      })
      limit(async () => {
        stay()
        if (!cancellation.cancelled) resolve(await observed(route, path, cancellation))
      }).catch(reject)
    })

  return {
    node,
    async get(route, path, signal) {
      if (closing.signal.aborted || signal?.aborted === true) throw aborted(path, signal?.reason)
      const own = new Cancellation()
      const detach = signal === undefined ? undefined : cancelWith(signal, own)
      unfinished.add(own)
      try {
        return await queued(route, path, own)
      } finally {
        unfinished.delete(own)
        detach?.()
      }
    },
    async close() {
      closing.abort()
      for (const own of unfinished) own.cancel(closing.signal.reason)
      connector.close()
      await pool.destroy()
    },
  }
}
