import { expect, test } from 'vitest'
import type { Address } from '../../src/chain/address.ts'
import { ITEMS } from '../../src/storage/layout.ts'
import { readPerHotkey } from '../../src/storage/per-hotkey.ts'
import type { View } from '../../src/storage/view.ts'

/** A view whose values are the hotkeys they belong to, and which notes what is read. `bad` cannot be read. */
function viewOf() {
  const read: string[][] = []
  const shared = new Map<unknown, Promise<unknown>>()
  const view = {
    shared(reader: (view: unknown, argument: unknown) => Promise<unknown>, argument: unknown) {
      const value = shared.get(argument) ?? reader(view, argument)
      shared.set(argument, value)
      return value
    },
    async readColumn(item: { item: string }, entries: [string][], decode: (value: unknown) => unknown) {
      const keys = entries.map(([key]) => `${item.item} ${key}`)
      read.push(keys)
      await new Promise((resolve) => setImmediate(resolve))
      if (entries.some(([key]) => key === 'bad')) throw new Error('cannot be read')
      return keys.map(decode)
    },
  } as unknown as View
  const readAll = (keys: string[], item = ITEMS.owner) =>
    readPerHotkey(view, item, keys as Address[], (value) => `<${String(value)}>`)
  return { read, readAll }
}

test('a hotkey is read once per view and item, and its value comes in its place', async () => {
  const { read, readAll } = viewOf()
  const [first, second] = await Promise.all([readAll(['a', 'b', 'a']), readAll(['c', 'a', 'b', 'd'])])
  expect(first).toEqual(['<Owner a>', '<Owner b>', '<Owner a>'])
  expect(second).toEqual(['<Owner c>', '<Owner a>', '<Owner b>', '<Owner d>'])
  expect(await readAll(['d', 'a'])).toEqual(['<Owner d>', '<Owner a>'])
  expect(await readAll(['a'], ITEMS.totalHotkeyStake)).toEqual(['<TotalHotkeyStake a>'])
  expect(read.filter((keys) => keys.length > 0)).toEqual([
    ['Owner a', 'Owner b'],
    ['Owner c', 'Owner d'],
    ['TotalHotkeyStake a'],
  ])
})

test('all that waits for a hotkey that cannot be read fails', async () => {
  const { readAll } = viewOf()
  const [first, second, third] = await Promise.allSettled([
    readAll(['a', 'bad']),
    readAll(['b', 'bad']),
    readAll(['c']),
  ])
  expect([first.status, second.status, third.status]).toEqual(['rejected', 'rejected', 'fulfilled'])
})
