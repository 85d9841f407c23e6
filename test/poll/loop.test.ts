import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LOOK_MS, runLoop, type Look } from '../../src/poll/loop.ts'

const INTERVAL_MS = 12_000

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

interface Recorded {
  /** Times at which the task was started, in milliseconds since the start. */
  readonly runs: readonly number[]
  readonly looks: readonly number[]
  /** Greatest number of runs at a time. */
  readonly most: () => number
}

/** Runs a loop of a task that takes `taskMs` for a minute. */
async function loopFor(look: Look | undefined, taskMs: (run: number) => number = () => 0): Promise<Recorded> {
  const start = performance.now()
  const abort = new AbortController()
  const runs: number[] = []
  const looks: number[] = []
  let [running, most] = [0, 0]
  const task = async (): Promise<void> => {
    runs.push(performance.now() - start)
    most = Math.max(most, ++running)
    const milliseconds = taskMs(runs.length)
    if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds))
    running -= 1
  }
  const recordedLook =
    look &&
    (() => {
      looks.push(performance.now() - start)
      return look()
    })
  const ended = runLoop(INTERVAL_MS, abort.signal, task, recordedLook)
  await vi.advanceTimersByTimeAsync(60_000 - 1)
  abort.abort()
  await vi.advanceTimersByTimeAsync(LOOK_MS)
  await ended
  return { runs, looks, most: () => most }
}

test('without a look the task runs at every multiple of the interval, and one that is slow skips ticks', async () => {
  expect((await loopFor(undefined)).runs).toEqual([0, 12_000, 24_000, 36_000, 48_000])
  expect((await loopFor(undefined, (run) => (run === 2 ? 13_000 : 0))).runs).toEqual([
    0, 12_000, 36_000, 48_000,
  ])
})

test('looks that find nothing change nothing', async () => {
  const { runs, looks } = await loopFor(() => Promise.resolve(false))
  expect(runs).toEqual([0, 12_000, 24_000, 36_000, 48_000])
  expect(looks.slice(0, 6)).toEqual([2000, 4000, 6000, 8000, 10_000, 14_000])
})

test('a look that finds something starts the task at once, and the intervals count from then on', async () => {
  let isFound = true
  const { runs, looks } = await loopFor(() => {
    const found = isFound
    isFound = false
    return Promise.resolve(found)
  })
  expect(runs).toEqual([0, 2000, 14_000, 26_000, 38_000, 50_000])
  expect(looks[1]).toBe(4000)
})

test('two runs never overlap, and none is looked for during one', async () => {
  const { runs, looks, most } = await loopFor(
    () => Promise.resolve(true),
    () => 5000,
  )
  expect(most()).toBe(1)
  // A run of 5 s, then 2 s until the look.
  expect(runs.slice(0, 4)).toEqual([0, 7000, 14_000, 21_000])
  expect(looks.slice(0, 3)).toEqual([7000, 14_000, 21_000])
})

test('a look that does not end delays no tick, and starts no run when it ends later', async () => {
  const { runs, looks } = await loopFor(() => new Promise((resolve) => setTimeout(resolve, 15_000, true)))
  expect(runs).toEqual([0, 12_000, 24_000, 36_000, 48_000])
  expect(looks).toEqual([2000, 14_000, 26_000, 38_000, 50_000])
})

test('an aborted loop ends without another run, also while it looks', async () => {
  const abort = new AbortController()
  let runs = 0
  let finish: (isFound: boolean) => void = () => undefined
  const look = () => new Promise<boolean>((resolve) => (finish = resolve))
  const ended = runLoop(
    INTERVAL_MS,
    abort.signal,
    () => {
      runs += 1
      return Promise.resolve()
    },
    look,
  )
  await vi.advanceTimersByTimeAsync(LOOK_MS + 1)
  abort.abort()
  finish(true)
  await ended
  expect(runs).toBe(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('an error of the task ends the loop', async () => {
  const { signal } = new AbortController()
  await expect(runLoop(INTERVAL_MS, signal, () => Promise.reject(new Error('broken')))).rejects.toThrow(
    'broken',
  )
})
