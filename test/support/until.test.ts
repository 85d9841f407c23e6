import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { until } from './until.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('resolves with the first result, after a pause for each look without one', async () => {
  const looks = [false, null, undefined, 0]
  const begun = performance.now()
  const waiting = until(() => looks.shift(), { intervalMs: 10 })
  await vi.advanceTimersByTimeAsync(30)
  expect([await waiting, performance.now() - begun]).toEqual([0, 30])
})

test('looks asynchronously', async () => {
  expect(await until(() => Promise.resolve('there'))).toBe('there')
})

test('rejects after the timeout with what was seen last', async () => {
  let looks = 0
  const look = () => {
    looks += 1
    return false
  }
  const waiting = until(look, { timeoutMs: 100, intervalMs: 25, seen: () => `look ${looks}` })
  const outcome = waiting.then(String, String)
  await vi.advanceTimersByTimeAsync(100)
  expect(await outcome).toBe('Error: the condition was not met within 100 ms; last seen:\nlook 5')
})

test('rejects with the error of a look', async () => {
  await expect(until(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
})
