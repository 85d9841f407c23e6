import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameOf, oneLine } from '../src/text.ts'

test.each([
  ['an ordinary name', 'Demo Basalt Orchard', 'Demo Basalt Orchard'],
  ['other alphabets', 'Ἀπόλλων シグナル اختبار', 'Ἀπόλλων シグナル اختبار'],
  ['markup is left to whoever writes markup', '<b>"x"</b> & \\', '<b>"x"</b> & \\'],
  ['white space', ' a\t\r\n  b\u2028c\u00a0d ', 'a b c d'],
  ['controls', 'a\u0000b\u001b[31mc\u0085d', 'a\ufffdb\ufffd[31mc\ufffdd'],
  [
    'bidi overrides and isolates',
    '\u202aa\u202eb\u2066c\u2069d\u200fe',
    '\ufffda\ufffdb\ufffdc\ufffdd\ufffde',
  ],
  ['zero width and fillers', 'a\u200bb\u2060c\u00add\u3164e\u2800f', 'a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf'],
  ['tags, which are letters that nobody sees', 'a\u{e0041}', 'a\ufffd'],
  ['half a surrogate pair', 'a\ud83db', 'a\ufffdb'],
  ['a look of an emoji', '☀\ufe0f', '☀\ufe0f'],
  ['marks piled up', `e${'\u0301'.repeat(50)}x`, `e${'\u0301'.repeat(4)}x`],
  ['nothing', '', ''],
  ['10 kB', 'n'.repeat(10_000), `${'n'.repeat(127)}…`],
  ['10 kB of white space between two letters', `a${' '.repeat(10_000)}b`, 'a…'],
  ['characters of four bytes', '💥'.repeat(200), `${'💥'.repeat(127)}…`],
])('%s', (_, text, shown) => {
  expect(nameOf(text)).toBe(shown)
})

test('whatever it is: one short line of visible characters, and the same when done again', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.integer({ min: 1, max: 64 }),
      (text, max) => {
        const line = oneLine(text, max)
        expect(Array.from(line).length).toBeLessThanOrEqual(max)
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(oneLine(line, max)).toBe(line)
      },
    ),
  )
})
