/** Retries there may be for each request. */
const SHARE = 0.1

/** Retries that may be saved up: enough for a connection pool that was reset at once. */
const RESERVE = 20

/**
 * Retries as a share of requests, so that a Sidecar in trouble does not get three times the requests. A token bucket: each
 * request pays in a tenth of a retry, each retry takes a whole one out.
 */
export class RetryBudget {
  #tokens = RESERVE

  /** A request was sent for the first time. */
  deposit(): void {
    if (this.#tokens < RESERVE) this.#tokens += SHARE
  }

  /** Takes a retry out; false when there is none. */
  withdraw(): boolean {
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
