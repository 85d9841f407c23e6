import { afterEach, expect, test, vi } from 'vitest'
import type { Attempt } from '../../../src/upstream/http/attempt.ts'
import { pauseBeforeRetry, withRetries, type RetryConditions } from '../../../src/upstream/http/retry.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const RESET: Attempt = { failure: { reason: 'connect', message: 'connection reset' }, isRetryable: true }
const FINAL: Attempt = { failure: { reason: 'connect', message: 'bad certificate' }, isRetryable: false }
const answered = (status: number, retryAfterMs?: number): Attempt => ({
  answer: { status, contentType: '', body: Buffer.alloc(0), retryAfterMs },
})

test('pauses double up to the limit, and jitter is drawn from their whole length', () => {
  const settings = { maxRetries: 5, minDelayMs: 100, maxDelayMs: 1000 }
  const pauses = [0, 0.5, 0.999].map((drawn) => {
    vi.spyOn(Math, 'random').mockReturnValue(drawn)
    return [0, 1, 2, 3, 4, 5].map((retries) => pauseBeforeRetry(RESET, retries, settings))
  })
  expect(pauses).toEqual([
    [0, 0, 0, 0, 0, undefined],
    [50, 100, 200, 400, 500, undefined],
    [99.9, 199.8, 399.6, 799.2, 999, undefined],
  ])
})

test.each([
  ['a reset connection', RESET, 200],
  ['another error', FINAL, undefined],
  ['200', answered(200), undefined],
  ['400', answered(400), undefined],
  ['500, by which Sidecar refuses', answered(500), undefined],
  ['501', answered(501), undefined],
  ['429', answered(429), 200],
  ['429 with a shorter Retry-After', answered(429, 50), 200],
  ['429 with a longer Retry-After', answered(429, 5000), 5000],
  ['502', answered(502), 200],
  ['503', answered(503), 200],
  ['504', answered(504), 200],
])('%s: the pause before the first retry, if there is one', (_name, result, pause) => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  expect(pauseBeforeRetry(result, 0, {})).toBe(pause)
})

/** An attempt with these results, in turn. */
function attempts(...results: readonly Attempt[]) {
  const attempt = vi.fn<() => Promise<Attempt>>()
  for (const result of results) attempt.mockResolvedValueOnce(result)
  return attempt.mockRejectedValue(new Error('more attempts than results'))
}

const conditions = (given: Partial<RetryConditions> = {}): RetryConditions => ({
  deadline: Infinity,
  signal: new AbortController().signal,
  mayRetry: () => true,
  ...given,
})

const QUICK = { maxRetries: 2, minDelayMs: 1, maxDelayMs: 1 }

test('the result is the first that is final, or that of the last attempt', async () => {
  expect(await withRetries(attempts(RESET, answered(200)), QUICK, conditions())).toEqual(answered(200))
  expect(await withRetries(attempts(FINAL), QUICK, conditions())).toBe(FINAL)
  const last = answered(504)
  expect(await withRetries(attempts(RESET, answered(503), last), QUICK, conditions())).toBe(last)
})

test('there is no retry after the deadline, while the breaker is open, or after an abort', async () => {
  const deadline = performance.now() + 1000
  const late = answered(503, 1500)
  expect(await withRetries(attempts(late), QUICK, conditions({ deadline }))).toBe(late)
  expect(await withRetries(attempts(RESET), QUICK, conditions({ mayRetry: () => false }))).toBe(RESET)
  expect(await withRetries(attempts(RESET), QUICK, conditions({ signal: AbortSignal.abort() }))).toBe(RESET)
})

test('an abort ends the pause, and the next attempt reports it', async () => {
  const stop = new AbortController()
  const attempt = attempts(answered(503, 60_000), FINAL)
  const result = withRetries(attempt, QUICK, conditions({ signal: stop.signal }))
  await vi.waitFor(() => {
    expect(attempt).toHaveBeenCalledOnce()
  })
  const started = performance.now()
  stop.abort()
  expect(await result).toBe(FINAL)
  expect(performance.now() - started).toBeLessThan(1000)
})
