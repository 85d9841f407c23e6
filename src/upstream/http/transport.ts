import { UpstreamError, type FailureReason } from '../errors.ts'
import { targetOf, type Target } from '../target.ts'
import { isSuccess, type Failure, type Outcome, type ReadAnswer } from './answer.ts'
import { attempt, TimedOutError, type Attempt, type AttemptContext, type HttpRequest } from './attempt.ts'
import { hasMoreValues, type BodyLimit } from './body-limit.ts'
import { Breaker, DEFAULT_PAUSE, type Pause } from './breaker.ts'
import { openPool, type ConnectionPool } from './pool.ts'
import { JobQueue, type Admission, type DropReason } from './queue.ts'
import { RateLimit } from './rate-limit.ts'
import { withRetries, type RetrySettings } from './retry.ts'

/** One upstream and its limits. */
export interface HttpOptions {
  /** The node's configured name. */
  readonly name: string
  /** http or https, with or without a base path. */
  readonly url: string
  /** Sent with each request. Treated as secrets. */
  readonly headers: Readonly<Record<string, string>>
  /** Limit of a request from the moment it leaves the queue, including connecting, retries and the whole body. */
  readonly timeoutMs: number
  /** Maximum number of requests in flight; more wait. */
  readonly concurrency: number
  /** Maximum number of requests a second; more wait. Default unlimited. */
  readonly requestsPerSecond?: number | undefined
  /** Maximum number of waiting requests. Default 200,000: more than the largest poll has. */
  readonly maxWaiting?: number
  /** Pauses of the circuit breaker. */
  readonly pause?: Pause
  /** Limit of all bodies that are being read at once. Default 64 MiB. */
  readonly maxBodyBytes?: number
  readonly retry?: RetrySettings
}

/** A request and its name in metrics. */
export interface UpstreamRequest extends HttpRequest {
  /** A path template or the name of a method; from a small fixed set. */
  readonly route: string
  /** The largest response that is accepted. */
  readonly limit: BodyLimit
  /** What errors name in place of the path. */
  readonly label?: string
}

/** Called once for each request that was sent, when it ends. Must not throw. */
export type RequestObserver = (event: {
  readonly node: string
  readonly route: string
  /** Retries included. */
  readonly seconds: number
  /** Time since the last call in which at least one request waited because of the rate limit. */
  readonly limitedSeconds: number
  readonly failure: FailureReason | undefined
}) => void

export interface UpstreamState {
  readonly node: string
  /** True while the circuit breaker is open or half-open. */
  readonly circuitOpen: boolean
}

/** Called on each change. Must not throw. */
export type StateObserver = (state: UpstreamState) => void

const MAX_BODY_BYTES = 64 * 1024 * 1024

/** A poll of 128 subnets of 256 neurons has about 130,000 requests. */
const MAX_WAITING = 200_000

/** Requests to one upstream over HTTP: a bounded queue, a pool of connections, retries and a circuit breaker. */
export class HttpTransport {
  readonly #options: HttpOptions
  readonly #read: ReadAnswer
  readonly #observe: RequestObserver
  readonly #target: Target
  readonly #pool: ConnectionPool
  readonly #context: AttemptContext
  readonly #breaker: Breaker
  readonly #queue: JobQueue
  readonly #rateLimit: RateLimit
  #wakeTimer: NodeJS.Timeout | undefined
  /** Of the time that requests waited because of the rate limit, what was reported. */
  #reportedWaitMs = 0
  #isClosed = false

  /**
   * Opens no connection yet. Throws TypeError for a URL that cannot be used, without repeating it.
   * @param read interprets a response of any status.
   */
  constructor(
    options: HttpOptions,
    read: ReadAnswer,
    observe: RequestObserver = () => undefined,
    observeState: StateObserver = () => undefined,
  ) {
    const { name, url, headers, timeoutMs, concurrency } = options
    const { maxBodyBytes = MAX_BODY_BYTES, maxWaiting = MAX_WAITING, pause = DEFAULT_PAUSE } = options
    this.#options = options
    this.#read = read
    this.#observe = observe
    this.#target = targetOf(name, url, headers)
    this.#pool = openPool(this.#target.origin, concurrency, timeoutMs)
    const { dispatcher } = this.#pool
    this.#context = { dispatcher, target: this.#target, maxBodyBytes, reading: { bytes: 0 } }
    this.#breaker = new Breaker(pause, () => {
      observeState(this.state)
    })
    this.#rateLimit = new RateLimit(options.requestsPerSecond)
    this.#queue = new JobQueue({ concurrency, maxWaiting, admit: () => this.#admit() })
  }

  /** The node's configured name. */
  get node(): string {
    return this.#options.name
  }

  /** Replaces the secrets of the upstream's URL and headers in untrusted text. */
  get scrub(): Target['scrub'] {
    return this.#target.scrub
  }

  get state(): UpstreamState {
    return { node: this.node, circuitOpen: this.#breaker.isOpen }
  }

  /**
   * Resolves with the value of the response; rejects with UpstreamError. A request that is still waiting when `signal` aborts is
   * never sent. Every request may be sent more than once.
   */
  send(request: UpstreamRequest, signal?: AbortSignal): Promise<unknown> {
    // One promise and one job: a poll queues 100,000 requests.
    return new Promise((resolve, reject) => {
      this.#queue.add({
        signal,
        start: (controller) =>
          this.#perform(request, controller).then(resolve, (error: unknown) => {
            reject(error instanceof Error ? error : new Error(String(error)))
          }),
        drop: (reason, cause) => {
          reject(this.#errorOf(request, this.#dropped(reason, cause)))
        },
      })
    })
  }

  /** Milliseconds until the rate limit lets a request start; 0 if it may start now. The caller waits with a request for so long. */
  waitForRate(): number {
    return this.#rateLimit.wait()
  }

  /** Aborts all requests and closes the connections. Every request from then on rejects with reason `aborted`. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#wakeTimer)
    this.#queue.close(new Error('the client is closed'))
    await this.#pool.close()
  }

  /** The rate limit comes first: a request that is not sent takes nothing from it. */
  #admit(): Admission {
    const delay = this.#rateLimit.wait()
    if (delay > 0) {
      this.#wakeTimer ??= setTimeout(() => {
        this.#wakeTimer = undefined
        this.#queue.wake()
      }, delay)
      return 'wait'
    }
    const admission = this.#breaker.admit()
    if (admission === 'start') this.#rateLimit.take()
    return admission
  }

  /** Sends a request that has left the queue, and reports its end. */
  async #perform(request: UpstreamRequest, controller: AbortController): Promise<unknown> {
    // The breaker lets one request start while it is not closed.
    const isProbe = this.#breaker.isOpen
    const started = performance.now()
    let error: UpstreamError | undefined
    try {
      const outcome = await this.#exchange(request, controller, started)
      if ('value' in outcome) return outcome.value
      if (outcome.failure.reason === 'rate_limited' && outcome.failure.status !== 429)
        this.#rateLimit.exceeded()
      error = this.#errorOf(request, outcome.failure)
      throw error
    } finally {
      this.#breaker.ended(error, isProbe)
      const seconds = (performance.now() - started) / 1000
      const { waitedMs } = this.#rateLimit
      const limitedSeconds = (waitedMs - this.#reportedWaitMs) / 1000
      this.#reportedWaitMs = waitedMs
      this.#observe({
        node: this.node,
        route: request.route,
        seconds,
        limitedSeconds,
        failure: error?.reason,
      })
    }
  }

  async #exchange(request: UpstreamRequest, controller: AbortController, started: number): Promise<Outcome> {
    const { timeoutMs, retry = {} } = this.#options
    const { signal } = controller
    const timer = setTimeout(() => {
      controller.abort(new TimedOutError(`timed out after ${timeoutMs / 1000} s`))
    }, timeoutMs)
    const result = await withRetries(() => this.#attempt(request, signal), retry, {
      deadline: started + timeoutMs,
      signal,
      mayRetry: () => !this.#breaker.isOpen,
      reserve: () => this.#rateLimit.take(),
    })
    clearTimeout(timer)
    if (!('answer' in result)) return result
    const { answer } = result
    const { values } = request.limit
    if (isSuccess(answer.status) && hasMoreValues(answer.body, values)) {
      const message = `the response has more than ${values} values`
      return { failure: { reason: 'too_large', status: answer.status, message } }
    }
    return this.#read(answer, this.#target.clean)
  }

  /** All requests pause after an answer "too many requests", before this one is sent again. */
  async #attempt(request: UpstreamRequest, signal: AbortSignal): Promise<Attempt> {
    const result = await attempt(this.#context, request, signal, request.limit.bytes)
    if ('answer' in result && result.answer.status === 429)
      this.#rateLimit.exceeded(result.answer.retryAfterMs)
    return result
  }

  #dropped(reason: DropReason, cause: unknown): Failure {
    switch (reason) {
      case 'aborted':
        return { reason, message: 'aborted', cause }
      case 'circuit_open':
        return { reason, message: this.#breaker.message, outage: this.#breaker.lastFailure }
      case 'queue_full': {
        const { maxWaiting = MAX_WAITING } = this.#options
        return { reason, message: `not sent: ${maxWaiting} requests are waiting already` }
      }
    }
  }

  #errorOf({ method, path, label = path }: UpstreamRequest, failure: Failure): UpstreamError {
    const isClosed = failure.reason === 'aborted' && this.#isClosed
    const message = isClosed ? 'aborted: the client is closed' : failure.message
    return new UpstreamError({ node: this.node, method, path: label, ...failure, message })
  }
}
