import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readJsonObject } from '../../src/config/file/json.ts'

test.each([
  ['an unquoted value', '{"X-Key": hunter2}', 1, 11],
  ['an unquoted name', '{\n  X-Key: "a"\n}', 2, 3],
  ['single quotes', "{'a': 1}", 1, 2],
  ['a comma at the end', '{\n  "a": "b",\n}\n', 3, 1],
  ['no comma', '{\n  "a": "b"\n  "c": "d"\n}', 3, 3],
  ['a bracket that is not closed', '{"a": "b"', 1, 10],
  ['a comment', '// headers\n{}', 1, 1],
  ['text after the end', '{"a": "b"} x', 1, 12],
  ['a line break in a string', '{"ok": "b",\n "a": "x\ny"}', 2, 7],
  ['an empty file', '', 1, 1],
])('%s is not JSON', (_, text, line, column) => {
  expect(() => JSON.parse(text) as unknown).toThrow()
  expect(readJsonObject(text)).toEqual({ error: { line, column } })
})

test.each(['[]', '"a"', '1', 'null'])('%s is not an object', (text) => {
  expect(readJsonObject(text)).toBe('not_object')
})

test('has each member with its place, also those that are given twice and those that are no text', () => {
  expect(readJsonObject('{"a": "b",\n  "c": 1, "a": "\\u00e9"}')).toEqual({
    members: [
      { name: 'a', text: 'b', line: 1, column: 2 },
      { name: 'c', text: undefined, line: 2, column: 3 },
      { name: 'a', text: 'é', line: 2, column: 11 },
    ],
  })
})

test('whatever a text is, it is judged as JSON.parse does', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    ' ',
    '\n',
    '\\',
    '\u0000',
    'a',
    '1',
    '-',
    'true',
  )
  const broken = fc.array(piece, { maxLength: 20 }).map((parts) => parts.join(''))
  const text = fc.oneof(
    broken,
    fc.json(),
    fc.dictionary(fc.string(), fc.string()).map((value) => JSON.stringify(value)),
  )
  fc.assert(
    fc.property(text, (json) => {
      const result = readJsonObject(json)
      let parsed: unknown
      try {
        parsed = JSON.parse(json) as unknown
      } catch {
        expect(result).toHaveProperty('error')
        return
      }
      const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      if (!isObject) expect(result).toBe('not_object')
      else if (typeof result === 'object' && 'members' in result)
        expect(Object.fromEntries(result.members.map(({ name, text: value }) => [name, value]))).toEqual(
          Object.fromEntries(
            Object.entries(parsed as object).map(([name, value]: [string, unknown]) => [
              name,
              typeof value === 'string' ? value : undefined,
            ]),
          ),
        )
      else throw new Error('an object was not recognized')
    }),
    { numRuns: 500 },
  )
})
