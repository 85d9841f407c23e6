import { expect, test, vi } from 'vitest'
import { Memory } from '../../src/sidecar/storage/memory.ts'

/** A memory, and how often it asked for what was read at the heights it was asked at. */
const asked = async (heights: readonly number[]): Promise<number> => {
  const memory = new Memory<number>(1_000_000)
  const read = vi.fn(() => Promise.resolve(0))
  for (const height of heights) await memory.recall({ key: 'a', height, trace: '' }, read)
  return read.mock.calls.length
}

test('what was read at a height is believed at it and later', async () => {
  expect(await asked([100, 100, 101, 140])).toBe(1)
})

test('what was read at a later height, in a view that was given up, is not believed at an earlier one', async () => {
  expect(await asked([140, 100])).toBe(2)
  expect(await asked([140, 100, 120, 140])).toBe(2)
})

test('what has another trace, or may not be kept, is asked for again', async () => {
  const memory = new Memory<number>(1_000_000)
  const read = vi.fn(() => Promise.resolve(1))
  await memory.recall({ key: 'a', height: 1, trace: 'x' }, read)
  await memory.recall({ key: 'a', height: 1, trace: 'y' }, read)
  expect(read).toHaveBeenCalledTimes(2)
  const keepsNothing = () => false
  await memory.recall({ key: 'b', height: 1, trace: '' }, read, keepsNothing)
  await memory.recall({ key: 'b', height: 1, trace: '' }, read, keepsNothing)
  expect(read).toHaveBeenCalledTimes(4)
})
