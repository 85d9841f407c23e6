import { afterEach, expect, test, vi } from 'vitest'
import { deferredByArrivals } from '../../../src/web/security/arrivals.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** `step` passes milliseconds, lets connections arrive, and tells whether work is deferred. */
function arrivals() {
  let now = 1_000_000
  let accepted = 7
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const isDeferred = deferredByArrivals(() => accepted)
  return (milliseconds: number, connections: number) => {
    now += milliseconds
    accepted += connections
    return isDeferred()
  }
}

test('work is deferred while connections arrive, and not when none has since the last iteration', () => {
  const step = arrivals()
  expect([step(1, 0), step(1, 1), step(1, 1), step(1, 0), step(1, 0)]).toEqual([
    false,
    true,
    true,
    false,
    false,
  ])
})

test('of connections without end, work is deferred for 50 ms, then done once, and so on', () => {
  const step = arrivals()
  const steps = Array.from({ length: 120 }, () => step(1, 1))
  const done = steps.flatMap((isDeferred, index) => (isDeferred ? [] : [index]))
  expect(done).toEqual([50, 101])
})
