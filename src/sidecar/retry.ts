import { errors, type RetryHandler } from 'undici'
import type { RetryBudget } from './retry-budget.ts'

/** How often, and how far apart, a request is sent again. Milliseconds. */
export interface RetrySettings {
  /** Default 2, that is three tries in all. */
  readonly maxRetries?: number
  /** Upper bound of the first pause; it doubles with each. Default 200. */
  readonly minDelayMs?: number
  /** Upper bound of every pause but one that Retry-After asks for. Default 2000. */
  readonly maxDelayMs?: number
}

/** What decides about retries besides their settings. */
export interface RetryConditions {
  /** Of performance.now(). */
  readonly deadline: number
  /** Whether an answer is being read. */
  readonly started: () => boolean
  readonly budget: RetryBudget
  /** Told of each retry. */
  readonly onRetry: () => void
}

/** One request's retrying: options for undici's RetryHandler, and an end to it. */
interface Retrying {
  readonly options: RetryHandler.RetryOptions
  /** Ends a pause without a new try, and makes every error final. */
  cancel(): void
}

/** Sidecar itself answers none of these: they come from a proxy, from polkadot-rest-api without its node, or in between. */
const RETRIED_STATUSES: readonly number[] = [429, 502, 503, 504]

/** Errors of connecting, or of a connection that went away before it answered. */
const RETRIED_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
])

/**
 * Retries with exponential backoff and full jitter, or after Retry-After where the answer has one. An error is final
 * when the tries or the budget are used up, or the pause would outlast the deadline.
 *
 * Final too is any error once `started` says that an answer is being read: undici's RetryHandler would ask for the rest
 * of a body that was cut off with a Range request, and would trust a server that sends the wrong rest.
 */
export function retrying(
  settings: RetrySettings,
  { deadline, started, budget, onRetry }: RetryConditions,
): Retrying {
  const { maxRetries = 2, minDelayMs = 200, maxDelayMs = 2000 } = settings
  // RetryHandler drops the answer of each status listed here. It is emptied for the last try, so that the caller gets
  // that answer with its message.
  const statusCodes = maxRetries > 0 ? [...RETRIED_STATUSES] : []
  let retries = 0
  let cancelled = false
  let timer: NodeJS.Timeout | undefined

  const pauseAfter = (error: Error): number | undefined => {
    if (cancelled || started() || retries >= maxRetries || !isPassing(error)) return undefined
    const backoff = Math.random() * Math.min(maxDelayMs, minDelayMs * 2 ** retries)
    const pause = Math.max(backoff, retryAfterOf(error) ?? 0)
    return performance.now() + pause < deadline && budget.withdraw() ? pause : undefined
  }

  return {
    options: {
      statusCodes,
      retry(error, _context, callback) {
        const pause = pauseAfter(error)
        if (pause === undefined) {
          callback(error)
          return
        }
        retries += 1
        onRetry()
        if (retries === maxRetries) statusCodes.length = 0
        timer = setTimeout(callback, pause, null)
      },
    },
    cancel() {
      cancelled = true
      clearTimeout(timer)
    },
  }
}

/** The pause in milliseconds that an answer with a retried status asks for, if it does: seconds or an HTTP date. */
export function retryAfterOf(error: Error): number | undefined {
  if (!(error instanceof errors.RequestRetryError)) return undefined
  const value = String(error.headers['retry-after'] ?? '').trim()
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

const isPassing = (error: Error): boolean =>
  error instanceof errors.RequestRetryError ||
  ('code' in error && typeof error.code === 'string' && RETRIED_CODES.has(error.code))
