import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SAFE_UNITS } from '../../src/chain/digits.ts'
import { rao, wholeTokens } from '../../src/chain/money.ts'
import { asciiTexts, AsciiTable } from '../../src/metrics/ascii.ts'
import { LineWriter } from '../../src/metrics/line-writer.ts'
import { numberText } from '../../src/metrics/text.ts'

const written = (write: (out: LineWriter) => void): string => {
  const out = new LineWriter()
  write(out)
  return out.take().toString()
}

const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 60 })

test('texts of any length come out as they went in, one behind another', () => {
  fc.assert(
    fc.property(fc.array(fc.array(ascii, { maxLength: 4 }), { maxLength: 30 }), (texts) => {
      const slab = asciiTexts(texts)
      const all = written((out) => {
        for (const index of texts.keys()) out.copy(slab, index)
      })
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
    written((out) => {
      for (const index of [0, 24, 25, 31, 65_535, 24]) out.look(table, index)
    }),
  ).toBe(`!${'y'.repeat(24)}!${'y'.repeat(25)}!${'y'.repeat(31)}${'y'.repeat(31)}${'y'.repeat(24)}!`)
  expect(made).toBe(5)
  expect(() =>
    written((out) => {
      out.look(table, 7)
    }),
  ).toThrow(RangeError)
})

test('text that is not ASCII is UTF-8', () => {
  expect(
    written((out) => {
      out.text('τ "ü" 😀')
    }),
  ).toBe('τ "ü" 😀')
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
      expect(
        written((out) => {
          out.number(value)
        }),
      ).toBe(numberText(value))
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
      expect(
        written((out) => {
          out.decimal(amount, decimals)
        }),
      ).toBe(numberText(wholeTokens(rao(BigInt(amount)), decimals)))
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
  expect(
    written((out) => {
      out.decimal(amount, decimals)
    }),
  ).toBe(text)
})

test('what was taken stays as it was while the next is written', () => {
  const out = new LineWriter()
  out.ascii('first')
  const first = out.take()
  out.text('x'.repeat(300_000))
  expect(first.toString()).toBe('first')
  expect(out.take().length).toBe(300_000)
})
