import { BrokenCircuitError } from 'cockatiel'
import pLimit from 'p-limit'
import { Pool } from 'undici'
import { readAnswer } from './answer.ts'
import { Breaker, isOutage, type Pause } from './breaker.ts'
import { Cancellation, cancelWith } from './cancellation.ts'
import { Concurrency } from './concurrency.ts'
import { openConnector } from './connect.ts'
import { SidecarError, type FailureReason } from './errors.ts'
import { exchange } from './exchange.ts'
import type { RetrySettings } from './retry.ts'
import { RetryBudget } from './retry-budget.ts'
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
  /** Requests on their way at once, at most (see Concurrency); more wait. */
  readonly concurrency: number
  /** Requests that may wait. Default 200,000: more than the largest poll has. */
  readonly maxWaiting?: number
  /** Of the circuit breaker; see Breaker. */
  readonly pause?: Pause
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

/** How a Sidecar is dealt with. */
export interface SidecarState {
  readonly node: string
  /** True while nothing is sent, or one request to see whether it answers again. */
  readonly circuitOpen: boolean
  /** Requests that may be on their way at once. */
  readonly concurrency: number
}

/** Told of each change. Must not throw. */
export type StateObserver = (state: SidecarState) => void

/** GET requests to one Sidecar over a pool of connections. */
export interface SidecarHttp {
  /** The node's configured name. */
  readonly node: string
  /** As it is now. */
  readonly state: SidecarState
  /**
   * The JSON of a 2xx answer; rejects with SidecarError for everything else. `path` has its query and is encoded;
   * `route` is its template. A request still waiting when `signal` aborts is never sent.
   */
  get(route: string, path: string, signal?: AbortSignal): Promise<unknown>
  /** Aborts what is running and waiting and closes the connections. Every get from then on rejects, `aborted`. */
  close(): Promise<void>
}

const MAX_BODY_BYTES = 64 * 1024 * 1024

/** A poll of 128 subnets of 256 neurons has about 130,000 requests. */
const MAX_WAITING = 200_000

/** Opens no connection yet. Throws TypeError for a URL that cannot be used, without repeating it. */
export function openSidecarHttp(
  options: SidecarHttpOptions,
  observe: RequestObserver = () => undefined,
  observeState: StateObserver = () => undefined,
): SidecarHttp {
  const {
    name: node,
    timeoutMs,
    concurrency,
    maxBodyBytes = MAX_BODY_BYTES,
    retry = {},
    maxWaiting = MAX_WAITING,
  } = options
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
  const state = (): SidecarState => ({ node, circuitOpen: breaker.isOpen, concurrency: allowed.limit })
  const allowed = new Concurrency({
    most: concurrency,
    timeoutSeconds: timeoutMs / 1000,
    onChange(now) {
      limit.concurrency = now
      observeState(state())
    },
  })
  const breaker = new Breaker((isOpen) => {
    if (isOpen) allowed.collapse()
    observeState(state())
  }, options.pause)
  const budget = new RetryBudget()
  const retries = {
    budget,
    onRetry() {
      allowed.strained()
    },
  }
  const unfinished = new Set<Cancellation>()
  const reading = { bytes: 0 }

  const aborted = (path: string, cause: unknown): SidecarError => {
    const message = closing.signal.aborted ? 'aborted: the client is closed' : 'aborted'
    return new SidecarError({ node, path, reason: 'aborted', message, cause })
  }

  const send = async (path: string, cancellation: Cancellation): Promise<unknown> => {
    const request = {
      dispatcher: pool,
      target,
      path,
      timeoutMs,
      maxBodyBytes,
      reading,
      retry,
      retries,
      cancellation,
    }
    const exchanged = await exchange(request)
    const outcome = 'answer' in exchanged ? readAnswer(exchanged.answer, target.clean) : exchanged
    if ('value' in outcome) return outcome.value
    if (outcome.fault.reason === 'aborted') throw aborted(path, outcome.fault.cause)
    throw new SidecarError({ node, path, ...outcome.fault })
  }

  const observed = async (route: string, path: string, cancellation: Cancellation): Promise<unknown> => {
    const started = performance.now()
    let failure: SidecarError | undefined
    budget.deposit()
    try {
      return await send(path, cancellation)
    } catch (error) {
      if (error instanceof SidecarError) failure = error
      throw error
    } finally {
      const seconds = (performance.now() - started) / 1000
      if (failure?.reason !== 'aborted')
        allowed.ended(seconds, failure !== undefined && isOutage(failure), limit.pendingCount)
      breaker.ended(failure)
      observe({ node, route, seconds, failure: failure?.reason })
    }
  }

  const notSent = (path: string, reason: FailureReason, message: string): SidecarError =>
    new SidecarError({ node, path, reason, message })

  const behindBreaker = async (route: string, path: string, cancellation: Cancellation): Promise<unknown> => {
    try {
      return await breaker.execute(() => observed(route, path, cancellation))
    } catch (error) {
      throw error instanceof BrokenCircuitError ? notSent(path, 'circuit_open', breaker.message) : error
    }
  }

  return {
    node,
    get state() {
      return state()
    },
    get(route, path, signal) {
      if (closing.signal.aborted || signal?.aborted === true)
        return Promise.reject(aborted(path, signal?.reason))
      if (limit.pendingCount >= maxWaiting) {
        const message = `not sent: ${maxWaiting} requests wait for this Sidecar already`
        return Promise.reject(notSent(path, 'queue_full', message))
      }
      // One promise for the way through the queue: a poll has a hundred thousand requests.
      return new Promise((resolve, reject) => {
        const own = new Cancellation()
        const detach = signal === undefined ? undefined : cancelWith(signal, own)
        unfinished.add(own)
        const end = (): void => {
          unfinished.delete(own)
          detach?.()
        }
        const fail = (error: unknown): void => {
          end()
          reject(error instanceof Error ? error : new Error(String(error)))
        }
        const succeed = (value: unknown): void => {
          end()
          resolve(value)
        }
        // Cancelled in the queue it rejects at once; its turn then passes without a request.
        own.onCancel(() => {
          fail(aborted(path, own.reason))
        })
        void limit(() => {
          if (own.cancelled) return undefined
          const go = breaker.isOpen ? behindBreaker : observed
          return go(route, path, own).then(succeed, fail)
        })
      })
    },
    async close() {
      closing.abort()
      for (const own of unfinished) own.cancel(closing.signal.reason)
      connector.close()
      await pool.destroy()
    },
  }
}
