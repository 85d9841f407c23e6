/** Allows one per interval, and up to `burst` at once. */
export interface BucketRate {
  readonly intervalMs: number
  readonly burst: number
}

/** A token bucket whose rate may change between requests. It starts full. */
export class TokenBucket {
  #tokens = Infinity
  #updatedAt = 0

  /**
   * Takes a token, and returns whether there was one.
   * @param now milliseconds of a monotonic clock.
   */
  take({ intervalMs, burst }: BucketRate, now: number): boolean {
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#updatedAt) / intervalMs)
    this.#updatedAt = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
