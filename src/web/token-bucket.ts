/** One token comes in each interval, up to a burst of them; it begins full. */
export interface Rate {
  readonly intervalMs: number
  readonly burst: number
}

/** A rate limit whose rate may change from one request to the next. */
export class TokenBucket {
  #tokens = Infinity
  #at = 0

  /** Whether there was a token for a request at this time, in milliseconds of a clock that never goes back. */
  take({ intervalMs, burst }: Rate, now: number): boolean {
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#at) / intervalMs)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
