/** Pause after an answer "too many requests" that names none, in milliseconds. */
const DEFAULT_PAUSE_MS = 1000

/** Longest pause that an answer can cause, in milliseconds: a proxy may name any. */
const MAX_PAUSE_MS = 300_000

/**
 * When requests to one upstream may start: evenly spaced by a configured rate, and not within the pause that an answer "too many
 * requests" asked for. Times are those of performance.now().
 */
export class RateLimit {
  /** Milliseconds between two requests. */
  readonly #interval: number
  /** No request starts earlier. */
  #next = 0
  #waitedMs = 0
  /** The end of the last wait: waits that overlap count once. */
  #waitsUntil = 0

  /** @param perSecond is undefined for an upstream without a limit, which only pauses. */
  constructor(perSecond: number | undefined) {
    this.#interval = perSecond === undefined ? 0 : 1000 / perSecond
  }

  /** Milliseconds until a request may start; 0 if it may start now. */
  get delayMs(): number {
    return Math.max(0, this.#next - performance.now())
  }

  /** Milliseconds in which at least one request waited so far; the wait that has begun counts whole. */
  get waitedMs(): number {
    return this.#waitedMs
  }

  /** The same as delayMs, for a request that now waits for so long. */
  wait(): number {
    const delay = this.delayMs
    const until = performance.now() + delay
    this.#waitedMs += Math.max(0, Math.min(delay, until - this.#waitsUntil))
    this.#waitsUntil = Math.max(this.#waitsUntil, until)
    return delay
  }

  /** Reserves the next start. Returns the milliseconds until then. */
  take(): number {
    const delay = this.wait()
    this.#next = performance.now() + delay + this.#interval
    return delay
  }

  /** Records an answer "too many requests". @param retryAfterMs is the pause it asked for. */
  exceeded(retryAfterMs = DEFAULT_PAUSE_MS): void {
    this.#next = Math.max(this.#next, performance.now() + Math.min(retryAfterMs, MAX_PAUSE_MS))
  }
}
