import type { UpstreamFailure } from '../errors.ts'
import type { Admission } from './queue.ts'

/** Consecutive failed requests that open the circuit. */
export const OPENS_AFTER = 5

/** How long the circuit stays open before a probe, in milliseconds: doubles with each failed probe, less up to half as jitter. */
export interface Pause {
  readonly initialDelay: number
  readonly maxDelay: number
}

export const DEFAULT_PAUSE: Pause = { initialDelay: 1000, maxDelay: 10_000 }

/** The pause for an upstream that is polled at this interval: no longer than the interval. */
export const pauseWithin = (intervalMs: number): Pause => ({
  initialDelay: Math.min(DEFAULT_PAUSE.initialDelay, intervalMs),
  maxDelay: Math.min(DEFAULT_PAUSE.maxDelay, intervalMs),
})

/** Statuses of a proxy without its upstream, and of polkadot-rest-api without its node. */
const OUTAGE_STATUSES: readonly (number | undefined)[] = [502, 503, 504]

type Failure = Pick<UpstreamFailure, 'reason' | 'message' | 'status'>

/** Whether a failure means that the upstream is down. Other error statuses do not: Sidecar answers 500 for an absent item or block. */
const isOutage = ({ reason, status }: Failure): boolean =>
  reason === 'connect' ||
  reason === 'timeout' ||
  reason === 'not_json' ||
  (reason === 'status' && OUTAGE_STATUSES.includes(status))

type State =
  | { readonly name: 'closed' | 'half-open' }
  /** `until` is a time of performance.now(), so that a change of the system clock has no effect. */
  | { readonly name: 'open'; readonly until: number }

/**
 * The circuit breaker of one upstream. It opens after OPENS_AFTER consecutive outages. After a pause one request, the
 * probe, may start: the circuit closes when it is answered, and opens again with a longer pause when it fails.
 */
export class Breaker {
  readonly #pause: Pause
  readonly #onChange: () => void
  #state: State = { name: 'closed' }
  /** Consecutive outages while closed. */
  #failures = 0
  /** Failed probes since the circuit opened. */
  #failedProbes = 0
  #lastFailure = ''

  /** @param onChange is called after `isOpen` has changed. */
  constructor(pause: Pause, onChange: () => void) {
    this.#pause = pause
    this.#onChange = onChange
  }

  /** True unless the circuit is closed: also while it is half-open. */
  get isOpen(): boolean {
    return this.#state.name !== 'closed'
  }

  /** The message of the last request that failed. */
  get lastFailure(): string {
    return this.#lastFailure
  }

  /** The error message of a request that is not sent. */
  get message(): string {
    return `not sent: the circuit breaker opened after ${OPENS_AFTER} consecutive failures, the last one: ${this.#lastFailure}`
  }

  /** Decides about the next request. `start` while the circuit is open makes that request the probe. */
  admit(): Admission {
    if (this.#state.name !== 'open') return this.#state.name === 'closed' ? 'start' : 'wait'
    if (performance.now() < this.#state.until) return 'drop'
    this.#state = { name: 'half-open' }
    return 'start'
  }

  /**
   * Records the end of a request. While the circuit is not closed, only the probe counts.
   * @param failure is undefined for a request that succeeded.
   */
  ended(failure: Failure | undefined, isProbe: boolean): void {
    const isFailed = failure !== undefined && isOutage(failure)
    if (isFailed) this.#lastFailure = failure.message
    if (isProbe) this.#endProbe(isFailed, failure?.reason === 'aborted')
    else if (this.#state.name === 'closed' && failure?.reason !== 'aborted') this.#count(isFailed)
  }

  #count(isFailed: boolean): void {
    this.#failures = isFailed ? this.#failures + 1 : 0
    if (this.#failures < OPENS_AFTER) return
    this.#failedProbes = 0
    this.#open()
    this.#onChange()
  }

  #endProbe(isFailed: boolean, isAborted: boolean): void {
    if (isAborted) {
      // Proves nothing: the next request is the probe.
      this.#state = { name: 'open', until: performance.now() }
      return
    }
    if (isFailed) {
      this.#failedProbes += 1
      this.#open()
      return
    }
    this.#state = { name: 'closed' }
    this.#failures = 0
    this.#onChange()
  }

  #open(): void {
    const { initialDelay, maxDelay } = this.#pause
    const delay = Math.min(maxDelay, initialDelay * 2 ** this.#failedProbes)
    this.#state = { name: 'open', until: performance.now() + delay * (0.5 + Math.random() / 2) }
  }
}
