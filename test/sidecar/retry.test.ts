import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { retrying, type RetryConditions } from '../../src/sidecar/retry.ts'
import { RetryBudget } from '../../src/sidecar/retry-budget.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const RESET = Object.assign(new Error('reset'), { code: 'ECONNRESET' })
const conditions = (given: Partial<RetryConditions> = {}): RetryConditions => ({
  deadline: Infinity,
  started: () => false,
  budget: new RetryBudget(),
  onRetry: () => undefined,
  ...given,
})
const OPTIONS = { method: 'GET', path: '/', retryOptions: {} } as const

/** Reports an error as RetryHandler does, and returns what it is called back with. */
function report(retries: ReturnType<typeof retrying>, error: Error) {
  const callback = vi.fn()
  retries.options.retry?.(error, { state: { counter: 1 }, opts: OPTIONS }, callback)
  return callback
}

test('pauses double up to the limit, and each is drawn from all of its length', () => {
  const pauses: number[] = []
  for (const drawn of [0.5, 0.999]) {
    vi.spyOn(Math, 'random').mockReturnValue(drawn)
    const retries = retrying({ maxRetries: 5, minDelayMs: 100, maxDelayMs: 1000 }, conditions())
    for (let retry = 0; retry < 5; retry += 1) {
      const callback = report(retries, RESET)
      const start = performance.now()
      vi.advanceTimersToNextTimer()
      expect(callback.mock.calls).toEqual([[null]])
      pauses.push(Math.round(performance.now() - start))
    }
    expect(report(retries, RESET).mock.calls).toEqual([[RESET]])
  }
  expect(pauses).toEqual([50, 100, 200, 400, 500, 99, 199, 399, 799, 999])
})

test('cancelling ends the pause without a new try, and makes later errors final', () => {
  const retries = retrying({}, conditions())
  const callback = report(retries, RESET)
  expect(vi.getTimerCount()).toBe(1)
  retries.cancel()
  expect(vi.getTimerCount()).toBe(0)
  expect(callback).not.toHaveBeenCalled()
  expect(report(retries, RESET).mock.calls).toEqual([[RESET]])
})

test.each([
  ['an error of another kind', Object.assign(new Error('no'), { code: 'CERT_HAS_EXPIRED' }), Infinity, false],
  ['an error without a code', new Error('no'), Infinity, false],
  ['an error in the middle of an answer', RESET, Infinity, true],
  ['a pause beyond the deadline', RESET, 0, false],
])('%s is final', (_name, error, deadline, started) => {
  const retries = retrying({}, conditions({ deadline, started: () => started }))
  expect(report(retries, error).mock.calls).toEqual([[error]])
})
