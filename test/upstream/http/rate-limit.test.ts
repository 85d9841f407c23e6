import { expect, test, vi } from 'vitest'
import { RateLimit } from '../../../src/upstream/http/rate-limit.ts'
import { httpServer } from '../../support/servers.ts'
import { client, get, json } from '../sidecar/server.ts'

test('starts are spaced by the rate, however many are reserved at once', () => {
  vi.useFakeTimers()
  const limit = new RateLimit(4)
  expect([limit.take(), limit.take(), limit.take()]).toEqual([0, 250, 500])
  expect(limit.delayMs).toBe(750)
  vi.advanceTimersByTime(10_000)
  // Idle time is not saved up.
  expect([limit.take(), limit.take()]).toEqual([0, 250])
  vi.useRealTimers()
})

test('an answer "too many requests" pauses for what it asks, at least the spacing and at most five minutes', () => {
  vi.useFakeTimers()
  const limit = new RateLimit(undefined)
  expect([limit.take(), limit.take()]).toEqual([0, 0])
  limit.exceeded()
  expect(limit.delayMs).toBe(1000)
  limit.exceeded(3000)
  limit.exceeded(2000)
  expect(limit.delayMs).toBe(3000)
  limit.exceeded(1e12)
  expect(limit.delayMs).toBe(300_000)
  vi.useRealTimers()
})

test('requests beyond the rate wait, and are reported with the time', async () => {
  const arrivals: number[] = []
  const { url } = await httpServer((_, response) => {
    arrivals.push(performance.now())
    json(response, 1)
  })
  const waited: number[] = []
  const http = client(url, { requestsPerSecond: 20 }, ({ limitedSeconds }) => waited.push(limitedSeconds))
  const started = performance.now()
  expect(await Promise.all([get(http), get(http), get(http), get(http)])).toEqual([1, 1, 1, 1])
  // 20 a second: the fourth leaves 150 ms after the first. Timers may fire a millisecond early.
  expect(performance.now() - started).toBeGreaterThanOrEqual(145)
  expect(arrivals).toHaveLength(4)
  // Four requests wait side by side, and the time counts once.
  const total = waited.reduce((sum, seconds) => sum + seconds, 0)
  expect(total).toBeGreaterThanOrEqual(0.145)
  expect(total).toBeLessThanOrEqual((performance.now() - started) / 1000 + 0.005)
})

test('after 429 every request waits for Retry-After, and the circuit stays closed', async () => {
  const arrivals: number[] = []
  const { url } = await httpServer((_, response) => {
    arrivals.push(performance.now())
    if (arrivals.length === 1) response.writeHead(429, { 'retry-after': '1' }).end()
    else json(response, 1)
  })
  const http = client(url, { concurrency: 1 })
  expect(await Promise.all(Array.from({ length: 8 }, () => get(http)))).toEqual(Array(8).fill(1))
  const [refused = 0, ...others] = arrivals
  expect(others).toHaveLength(8)
  expect(Math.min(...others) - refused).toBeGreaterThanOrEqual(990)
  expect(http.state.circuitOpen).toBe(false)
})

test('a request that is aborted while it waits for the rate is never sent', async () => {
  let arrivals = 0
  const { url } = await httpServer((_, response) => {
    arrivals += 1
    json(response, 1)
  })
  const http = client(url, { requestsPerSecond: 10 })
  const abort = new AbortController()
  const first = get(http)
  const second = http.get('/x', '/x', abort.signal).catch(String)
  abort.abort()
  expect(await second).toMatch(/aborted/)
  expect(await first).toBe(1)
  expect(await get(http)).toBe(1)
  expect(arrivals).toBe(2)
})
