import { expect, test } from 'vitest'
import { COLLECTORS } from '../../src/collectors/index.ts'

const families = COLLECTORS.flatMap((collector) => collector.families)

test('every family has one name, one owner and a sentence of help', () => {
  expect(families.length).toBeGreaterThan(50)
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length)
  for (const { name, help } of families)
    expect([name, help]).toEqual([name, expect.stringMatching(/^[A-Z0-9][^"|\n]{8,}\.$/)])
})

test('names keep to the naming guide', () => {
  for (const { name, type, labels } of families) {
    expect(name).toMatch(/^bittensor(_[a-z]+)+$/)
    expect(name.endsWith('_total'), `${name}: only counters end in _total`).toBe(type === 'counter')
    expect(name, 'no type or plural-less unit in the name').not.toMatch(/_(gauge|count|rao|percent)$/)
    for (const label of labels) expect(label).toMatch(/^[a-z][a-z0-9_]*$/)
  }
})
