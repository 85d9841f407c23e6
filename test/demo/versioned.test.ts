import { expect, test } from 'vitest'
import { VersionedMap } from '../../src/demo/versioned.ts'

test('a key has at every height what was last set at or before it', () => {
  const map = new VersionedMap<string, number>()
  map.set('a', 10, 1)
  map.set('a', 12, 2)
  map.set('a', 12, 3)
  map.set('a', 14, undefined)
  expect([9, 10, 11, 12, 13, 14].map((height) => map.get('a', height))).toEqual([
    undefined,
    1,
    1,
    3,
    3,
    undefined,
  ])
  expect(map.get('b', 12)).toBeUndefined()
})

test('what no kept height can see is forgotten, and what the oldest sees is not', () => {
  const map = new VersionedMap<string, number>()
  for (let height = 0; height < 1000; height++) {
    map.set('often', height, height)
    if (height % 100 === 0) map.set('seldom', height, height)
    map.set(`once-${height}`, height, 1)
    map.set(`once-${height - 1}`, height, undefined)
    map.forgetBefore(height - 50)
  }
  expect(map.get('often', 949)).toBe(949)
  expect(map.get('often', 948)).toBeUndefined()
  expect(map.get('seldom', 949)).toBe(900)
  // 51 versions of `often`, one or two of `seldom`, up to two of each key that was set and removed since.
  expect(map.kept).toBeLessThan(51 + 2 + 2 * 52)
})
