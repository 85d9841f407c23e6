import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SAFE_UNITS } from '../../src/chain/digits.ts'
import { rao, wholeTokens } from '../../src/chain/money.ts'
import { asciiTexts, AsciiTable } from '../../src/metrics/table/ascii.ts'
import { numberText } from '../../src/metrics/text.ts'
import {
  OVERRUN,
  writeAscii,
  writeBytes,
  writeDecimal,
  writeLabelsEnd,
  writeNumber,
  writeSlot,
  writeText,
} from '../../src/metrics/table/write.ts'

/** What a writer makes, in memory that has something else in it before and behind. */
const written = (write: (view: DataView, at: number) => number, room = 4096): string => {
  const memory = Buffer.alloc(room, '#')
  const end = write(new DataView(memory.buffer, memory.byteOffset, memory.length), 3)
  expect(memory.toString('latin1', 0, 3)).toBe('###')
  expect(memory.toString('latin1', end + OVERRUN)).toMatch(/^#*$/)
  return memory.toString('utf8', 3, end)
}

const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 60 })

test('texts of any length come out as they went in, one behind another', () => {
  fc.assert(
    fc.property(fc.array(fc.array(ascii, { maxLength: 4 }), { maxLength: 30 }), (texts) => {
      const slab = asciiTexts(texts)
      const all = written((view, start) => {
        let at = start
        for (const index of texts.keys()) at = writeText(view, at, slab, index)
        return at
      }, 10_000)
      expect(all).toBe(texts.map((parts) => parts.join('')).join(''))
    }),
  )
})

test('a table makes a text once, and refuses one that does not fit', () => {
  let made = 0
  const table = new AsciiTable(65_536, (index) => {
    made++
    return index === 7 ? 'x'.repeat(32) : `${'y'.repeat(index % 32)}!`.slice(0, 31)
  })
  expect(
    written((view, start) => {
      let at = start
      for (const index of [0, 24, 25, 31, 65_535, 24]) at = writeSlot(view, at, table, index)
      return at
    }),
  ).toBe(`!${'y'.repeat(24)}!${'y'.repeat(25)}!${'y'.repeat(31)}${'y'.repeat(31)}${'y'.repeat(24)}!`)
  expect(made).toBe(5)
  expect(() => written((view, at) => writeSlot(view, at, table, 7))).toThrow(RangeError)
})

test('ASCII, bytes and the end of the labels', () => {
  expect(
    written((view, at) =>
      writeLabelsEnd(view, writeBytes(view, writeAscii(view, at, 'a{b="'), Buffer.from('τ "'))),
    ),
  ).toBe('a{b="τ "} ')
})

test('memory that is too short is a RangeError, and nothing is written behind it', () => {
  const memory = Buffer.alloc(64, '#')
  const view = new DataView(memory.buffer, memory.byteOffset, 32)
  expect(() => writeText(view, 0, asciiTexts([['x'.repeat(33)]]), 0)).toThrow(RangeError)
  expect(() => writeNumber(view, 30, 123_456)).toThrow(RangeError)
  expect(memory.toString('latin1', 32)).toBe('#'.repeat(32))
})

const numbers = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeNat(),
  fc.constantFrom(
    0,
    -0,
    1,
    9,
    10,
    99,
    100,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    1e15 - 1,
    1e15,
    1e21,
    -1,
    NaN,
    Infinity,
    -Infinity,
  ),
  fc.integer({ min: 0, max: 15 }).map((power) => 10 ** power),
)

test('numbers are written as numberText writes them', () => {
  fc.assert(
    fc.property(numbers, (value) => {
      expect(written((view, at) => writeNumber(view, at, value))).toBe(numberText(value))
    }),
    { numRuns: 20_000 },
  )
})

const units = fc.oneof(
  fc.integer({ min: 0, max: SAFE_UNITS - 1 }),
  fc.integer({ min: 0, max: 100_000 }),
  fc
    .tuple(fc.integer({ min: 0, max: 99_999 }), fc.integer({ min: 0, max: 10 }))
    .map(([digits, zeros]) => digits * 10 ** zeros),
)

test('decimals are the shortest text of the float64 nearest to the exact amount', () => {
  fc.assert(
    fc.property(units, fc.integer({ min: 0, max: 15 }), (amount, decimals) => {
      expect(written((view, at) => writeDecimal(view, at, amount, decimals))).toBe(
        numberText(wholeTokens(rao(BigInt(amount)), decimals)),
      )
    }),
    { numRuns: 50_000 },
  )
})

test.each([
  [0, 9, '0'],
  [1, 9, '1e-9'],
  [999, 9, '9.99e-7'],
  [1000, 9, '0.000001'],
  [860_000, 9, '0.00086'],
  [1_000_000_000, 9, '1'],
  [21_500_000_000, 9, '21.5'],
  [785_266_577_834_045, 9, '785266.577834045'],
  [120, 0, '120'],
  [10, 12, '1e-11'],
])('%s units with %d decimals are %s', (amount, decimals, text) => {
  expect(written((view, at) => writeDecimal(view, at, amount, decimals))).toBe(text)
})
