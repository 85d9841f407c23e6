import { setTimeout as sleep } from 'node:timers/promises'
import type { Attempt } from './attempt.ts'

/** How often, and how far apart, a request is sent again. Milliseconds. */
export interface RetrySettings {
  /** Default 2: three attempts in all. */
  readonly maxRetries?: number
  /** Upper bound of the first pause; doubles with each retry. Default 200. */
  readonly minDelayMs?: number
  /** Upper bound of every pause, except one that Retry-After asks for. Default 2000. */
  readonly maxDelayMs?: number
}

export interface RetryConditions {
  /** A time of performance.now(); no retry starts later. */
  readonly deadline: number
  /** Ends a pause; the last attempt is then final. */
  readonly signal: AbortSignal
  /** Asked before and after each pause. */
  readonly mayRetry: () => boolean
  /** Reserves a time for the retry. Returns the milliseconds until then. */
  readonly reserve?: () => number
}

/**
 * Statuses that may not recur on a retry. They come from proxies, from polkadot-rest-api without its node, and from rate
 * limits; Sidecar itself sends none of them.
 */
const RETRYABLE_STATUSES: readonly number[] = [429, 502, 503, 504]

/**
 * Attempts a request until its result is final: it is not worth a retry, or no retry is left. Never rejects if `attempt` does
 * not.
 */
export async function withRetries(
  attempt: () => Promise<Attempt>,
  settings: RetrySettings,
  { deadline, signal, mayRetry, reserve = () => 0 }: RetryConditions,
): Promise<Attempt> {
  for (let retries = 0; ; retries += 1) {
    const result = await attempt()
    const backoff = signal.aborted || !mayRetry() ? undefined : pauseBeforeRetry(result, retries, settings)
    if (backoff === undefined || performance.now() + backoff >= deadline) return result
    const pause = Math.max(backoff, reserve())
    if (performance.now() + pause >= deadline) return result
    // Rejects when aborted; the next attempt then reports the abort and sends nothing.
    await sleep(pause, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted && !mayRetry()) return result
  }
}

/**
 * Milliseconds until a request is sent again, or undefined when its result is final: exponential backoff with full jitter, or
 * the pause that Retry-After asks for if that is longer.
 * @param retries is the number of retries so far.
 */
export function pauseBeforeRetry(
  result: Attempt,
  retries: number,
  { maxRetries = 2, minDelayMs = 200, maxDelayMs = 2000 }: RetrySettings,
): number | undefined {
  if (retries >= maxRetries || !isRetryable(result)) return undefined
  const backoff = Math.random() * Math.min(maxDelayMs, minDelayMs * 2 ** retries)
  return Math.max(backoff, 'answer' in result ? (result.answer.retryAfterMs ?? 0) : 0)
}

const isRetryable = (result: Attempt): boolean =>
  'answer' in result ? RETRYABLE_STATUSES.includes(result.answer.status) : result.isRetryable
