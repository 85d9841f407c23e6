import { expect, test } from 'vitest'
import { TtlCache } from '../../src/storage/ttl-cache.ts'

/** Recalls a key under a runtime, and tells whether it was read. */
function reading(cache: TtlCache<number>, specVersion = 424) {
  return async (
    key: string,
    height: number,
    version: string,
    value: number,
    isCacheable?: (value: number) => boolean,
  ) => {
    let reads = 0
    const used = await cache.getOrRead(
      { key, height, specVersion, version },
      () => {
        reads++
        return Promise.resolve(value)
      },
      isCacheable,
    )
    return [used, reads]
  }
}

test('a value is read once, and again when its version changes', async () => {
  const read = reading(new TtlCache(1_000_000_000_000))
  expect(await read('a', 10, 'x', 1)).toEqual([1, 1])
  expect(await read('a', 11, 'x', 2)).toEqual([1, 0])
  expect(await read('b', 11, 'x', 3)).toEqual([3, 1])
  expect(await read('a', 12, 'y', 4)).toEqual([4, 1])
  expect(await read('a', 13, 'y', 5)).toEqual([4, 0])
})

test('a value that another runtime wrote is read again, as a migration may have changed it', async () => {
  const cache = new TtlCache<number>(1_000_000_000_000)
  const [before, after] = [reading(cache, 424), reading(cache, 475)]
  expect(await before('a', 10, 'x', 1)).toEqual([1, 1])
  expect(await after('a', 11, 'x', 2)).toEqual([2, 1])
  expect(await after('a', 12, 'x', 3)).toEqual([2, 0])
})

test('a value read at a later height, in an abandoned view, is not used at an earlier one', async () => {
  const read = reading(new TtlCache(1_000_000_000_000))
  expect(await read('a', 140, '', 1)).toEqual([1, 1])
  expect(await read('a', 100, '', 2)).toEqual([2, 1])
  expect(await read('a', 100, '', 3)).toEqual([2, 0])
  expect(await read('a', 140, '', 4)).toEqual([2, 0])
})

test('a value is believed for so many blocks at most, and keys have their turns at different heights', async () => {
  const read = reading(new TtlCache(10))
  const keys = ['1/0', '1/1', '1/2', '1/3', '1/4', '1/5']
  for (const key of keys) await read(key, 100, '', 0)
  const turns: number[] = []
  for (const key of keys) {
    for (let height = 101; ; height++) {
      const [, reads] = await read(key, height, '', 0)
      if (reads === 0) continue
      turns.push(height)
      break
    }
  }
  expect(Math.max(...turns)).toBeLessThanOrEqual(110)
  expect(new Set(turns).size).toBeGreaterThan(2)
})

test('values that are not cacheable, failed or unused for long are read again', async () => {
  const cache = new TtlCache<number>(1_000_000_000_000)
  const read = reading(cache)
  expect(await read('a', 10, 'x', 7, (value) => value === 0)).toEqual([7, 1])
  expect(await read('a', 11, 'x', 0, (value) => value === 0)).toEqual([0, 1])
  expect(await read('a', 12, 'x', 8, (value) => value === 0)).toEqual([0, 0])
  const failed = cache.getOrRead({ key: 'a', height: 13, specVersion: 424, version: 'y' }, () =>
    Promise.reject(new Error('no')),
  )
  await expect(failed).rejects.toThrow('no')
  expect(await read('a', 14, 'x', 9)).toEqual([0, 0])

  const short = new TtlCache<number>(10)
  const again = reading(short)
  await again('old', 100, '', 1)
  short.sweep(110)
  // Its turn may have come at 110, so the version decides.
  short.sweep(111)
  expect(await again('old', 100, '', 2)).toEqual([2, 1])
})
