import { expect, test } from 'vitest'
import { boundedFields } from '../src/log-fields.ts'

const same = (text: string): string => text

test('texts are one line of bounded length, at any depth', () => {
  const fields = boundedFields({ a: 'x\n\u001b[2J', b: { c: ['y'.repeat(5000)] } }, same) as {
    b: { c: string[] }
  }
  expect(fields).toMatchObject({ a: 'x \ufffd[2J' })
  expect(fields.b.c[0]).toHaveLength(1000)
})

test('other values stay, and absent ones too', () => {
  const fields = { count: 5, big: 7n, flag: false, none: undefined, nothing: null }
  expect(boundedFields(fields, same)).toEqual(fields)
})

test('lists and records are cut, with the number of omitted entries', () => {
  const list = Array.from({ length: 100 }, (_, index) => index)
  const record = Object.fromEntries(list.map((index) => [`k${index}`, index]))
  const fields = boundedFields({ list, record }, same) as { list: unknown[]; record: object }
  expect(fields.list).toHaveLength(65)
  expect(fields.list.at(-1)).toBe('… 36 more')
  expect(fields.record).toMatchObject({ k63: 63, omitted: 36 })
  expect(fields.record).not.toHaveProperty('k64')
})

test('nesting is cut, also of a value that contains itself', () => {
  const self: Record<string, unknown> = {}
  self['self'] = self
  expect(JSON.stringify(boundedFields({ self }, same)).length).toBeLessThan(200)
})

test('secrets are replaced in keys, values, errors and stacks', () => {
  const scrub = (text: string): string => text.replaceAll('hunter2', '***')
  const error = new Error('bad hunter2')
  const text = JSON.stringify(
    boundedFields({ hunter2: 'hunter2', err: error, stack: 'at hunter2\nb' }, scrub),
  )
  expect(text).not.toContain('hunter2')
  expect(text).toContain('bad ***')
  expect(text).toContain('at ***\\nb')
})
