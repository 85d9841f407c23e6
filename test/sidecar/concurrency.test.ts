import { beforeEach, expect, test } from 'vitest'
import { Concurrency } from '../../src/sidecar/concurrency.ts'

let limits: number[]
let concurrency: Concurrency

const allowing = (most: number) => {
  limits = []
  concurrency = new Concurrency({ most, timeoutSeconds: 10, onChange: (limit) => void limits.push(limit) })
}

beforeEach(() => {
  allowing(32)
})

/** Ends requests while others wait. */
function end(requests: number, seconds: number | (() => number), isOutage = false): void {
  for (let request = 0; request < requests; request++)
    concurrency.ended(typeof seconds === 'number' ? seconds : seconds(), isOutage, 9)
}

test.each([0.005, 0.1, 0.6, 2, 4.5])('a Sidecar that always takes %f s gets all there is', (seconds) => {
  end(20_000, seconds)
  expect(limits).toEqual([])
})

test('a spread of times, and pauses of our own below a quarter of a second, change nothing', () => {
  let request = 0
  end(50_000, () => (request++ % 100 === 0 ? 1.5 : 0.005 + (request % 7) / 50))
  expect(limits).toEqual([])
})

test('a long pause of our own, with all requests on their way in it, changes nothing', () => {
  end(3200, 0.005)
  end(32, 3)
  end(3200, 0.005)
  expect(limits).toEqual([])
})

test('a Sidecar that slows down gets less, a quarter at least; when it recovers, all again', () => {
  end(1000, 0.02)
  end(100, 1)
  expect(limits).toEqual([16, 8])
  end(400, 0.02)
  expect(limits).toEqual([16, 8, 10, 12, 15, 18, 22, 27, 32])
})

test('a Sidecar that stays slow is taken for what it is after a while', () => {
  end(1000, 0.02)
  end(3000, 1)
  expect(Math.min(...limits)).toBe(8)
  expect(concurrency.limit).toBe(32)
})

test('times near the timeout are slow, whatever is usual', () => {
  end(2000, 6)
  expect(concurrency.limit).toBe(8)
})

test('failures lower it to one request at a time, and are no measure of what is usual', () => {
  end(1000, 0.3)
  end(200, 0.001, true)
  expect(limits).toEqual([16, 8, 4, 2, 1])
  end(190, 0.3)
  expect(concurrency.limit).toBe(32)
  expect(limits.slice(5)).toEqual(limits.slice(5).toSorted((a, b) => a - b))
})

test('retries lower it as well, once for as many requests as are on their way', () => {
  concurrency.strained()
  concurrency.strained()
  end(32, 0.005)
  expect(limits).toEqual([16])
})

test('it does not rise while nobody waits', () => {
  concurrency.collapse()
  for (let request = 0; request < 500; request++) concurrency.ended(0.005, false, 0)
  expect(limits).toEqual([1])
})

test('one at a time stays one at a time', () => {
  allowing(1)
  end(500, 0.005)
  end(500, 1)
  end(500, 0.001, true)
  expect(limits).toEqual([])
})
