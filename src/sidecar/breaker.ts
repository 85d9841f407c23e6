import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  halfJitterGenerator,
  handleWhen,
  type IBackoff,
} from 'cockatiel'
import { SidecarError } from './errors.ts'

/** So many requests in a row without a usable answer open the circuit. */
export const OPENS_AFTER = 5

/** Until a first request is let through, and at most, with jitter of up to half of it. Milliseconds. */
export interface Pause {
  readonly initialDelay: number
  readonly maxDelay: number
}

const PAUSE: Pause = { initialDelay: 1000, maxDelay: 10_000 }

/** Of a Sidecar that is asked every so many milliseconds: no longer than that, so that it is read as soon as it is back. */
export const pauseWithin = (intervalMs: number): Pause => ({
  initialDelay: Math.min(PAUSE.initialDelay, intervalMs),
  maxDelay: Math.min(PAUSE.maxDelay, intervalMs),
})

/** Statuses by which a proxy says that Sidecar, or polkadot-rest-api that its node, is not there. */
const OUTAGES: readonly (number | undefined)[] = [502, 503, 504]

/**
 * Whether the Sidecar did not do its part. Answers that say no, even with status 500, are none: Sidecar says so of items and
 * blocks that are not there.
 */
export const isOutage = ({ reason, status }: SidecarError): boolean =>
  reason === 'connect' ||
  reason === 'timeout' ||
  reason === 'not_json' ||
  (reason === 'status' && OUTAGES.includes(status))

type Backoff = IBackoff<unknown>

/**
 * A circuit breaker before one Sidecar, by cockatiel. While it is open nothing is sent; after a pause one request goes first,
 * the others wait for what comes of it. Closed, it costs a request a comparison: cockatiel hears of failures, and of the
 * first success after them.
 */
export class Breaker {
  readonly #onChange: (isOpen: boolean) => void
  readonly #policy
  #failedLast = false
  /** When the next request may go first, of performance.now(): cockatiel goes by the wall clock, which jumps. */
  #pausedUntil = 0
  #test: Promise<unknown> | undefined
  #lastFailure = ''

  /** @param onChange is told when it opens, and when it closes again. */
  constructor(onChange: (isOpen: boolean) => void, pause = PAUSE) {
    this.#onChange = onChange
    const backoff = new ExponentialBackoff({ ...pause, generator: halfJitterGenerator })
    const policy = circuitBreaker(
      // A test that was aborted has shown nothing: the circuit stays open.
      handleWhen(
        (error) =>
          error instanceof SidecarError &&
          (isOutage(error) || (error.reason === 'aborted' && policy.state === CircuitState.HalfOpen)),
      ),
      {
        breaker: new ConsecutiveBreaker(OPENS_AFTER),
        halfOpenAfter: { next: () => this.#timed(backoff.next()) },
      },
    )
    this.#policy = policy
    policy.onBreak(() => {
      this.#onChange(true)
    })
    policy.onReset(() => {
      this.#onChange(false)
    })
  }

  get isOpen(): boolean {
    return this.#policy.state !== CircuitState.Closed
  }

  /** What is to be said of a request that is not sent. */
  get message(): string {
    return `not sent: the last ${OPENS_AFTER} requests and more failed, the last one: ${this.#lastFailure}`
  }

  /** For while it is open: sends when it is time, or rejects with BrokenCircuitError. */
  async execute<Value>(send: () => Promise<Value>): Promise<Value> {
    switch (this.#policy.state) {
      case CircuitState.Closed:
        return send()
      case CircuitState.HalfOpen:
        // What it fails with reaches the one whose request it is.
        await this.#test?.catch(() => undefined)
        return this.execute(send)
      case CircuitState.Open:
      case CircuitState.Isolated: {
        if (performance.now() < this.#pausedUntil) throw new BrokenCircuitError()
        const test = this.#policy.execute(send)
        this.#test = test
        return test
      }
    }
  }

  /** What came of a request that was sent. While the circuit is open only the one that went first counts. */
  ended(error: SidecarError | undefined): void {
    const failed = error !== undefined && isOutage(error)
    if (failed) this.#lastFailure = error.message
    if (this.isOpen || error?.reason === 'aborted' || (!failed && !this.#failedLast)) return
    this.#failedLast = failed
    // The failure reached its caller already; this is the count of it.
    this.#policy.execute(() => (failed ? Promise.reject(error) : Promise.resolve())).catch(() => undefined)
  }

  /** A pause that cockatiel takes for over, and #pausedUntil keeps. */
  #timed(backoff: Backoff): Backoff {
    this.#pausedUntil = performance.now() + backoff.duration
    return { duration: -Infinity, next: (context) => this.#timed(backoff.next(context)) }
  }
}
