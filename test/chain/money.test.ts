import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  add,
  alpha,
  larger,
  nearestFloat,
  rao,
  raoFromText,
  unitsOf,
  wholeTokens,
} from '../../src/chain/money.ts'

/** The exact amount as decimal text: what JavaScript's own parser, which rounds correctly, is given to judge by. */
function decimalText(units: bigint, decimals: number): string {
  const digits = units.toString().padStart(decimals + 1, '0')
  const cut = digits.length - decimals
  return decimals === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`
}

describe('wholeTokens', () => {
  test.each([
    [9_712_345_678_901_234n, 9, 9712345.678901234],
    [785_266_577_834_045n, 9, 785266.577834045],
    [860_000n, 9, 0.00086],
    [0n, 9, 0],
    [1n, 9, 1e-9],
    [1n, 18, 1e-18],
    [21n, 0, 21],
    [(1n << 64n) - 1n, 9, 18446744073.709553],
    [9_007_199_254_740_993n, 9, 9007199.254740993],
    [9_007_199_254_740_993n, 0, 9007199254740992], // a tie: to even
    [9_007_199_254_740_995n, 0, 9007199254740996],
  ])('%d units with %d decimals', (units, decimals, tokens) => {
    expect(wholeTokens(rao(units), decimals)).toBe(tokens)
  })

  test('is the float64 nearest to the exact amount, whatever the amount and the decimals', () => {
    const amounts = fc.oneof(
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      fc.bigInt({ min: (1n << 53n) - 1000n, max: (1n << 53n) + 1000n }),
      fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
    )
    fc.assert(
      fc.property(amounts, fc.constantFrom(0, 6, 9, 12, 18), (units, decimals) => {
        const tokens = wholeTokens(rao(units), decimals)
        expect(tokens).toBe(Number(decimalText(units, decimals)))
        expect(Number(String(tokens))).toBe(tokens)
      }),
      { numRuns: 2000 },
    )
  })

  test('rounds once: dividing the rounded integer would be an ulp off for some amounts', () => {
    const divided = (units: bigint) => Number(units) / 1e9
    let wrong = 0
    for (let units = 9_712_345_678_901_234n; units < 9_712_345_678_903_234n; units++) {
      expect(wholeTokens(rao(units), 9)).toBe(Number(decimalText(units, 9)))
      if (divided(units) !== wholeTokens(rao(units), 9)) wrong++
    }
    expect(wrong).toBeGreaterThan(0)
  })
})

describe('nearestFloat', () => {
  test('is what an exact comparison of the two neighbours says', () => {
    const halfGap = (value: number) => 2 ** (Math.floor(Math.log2(value)) - 53)
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: (1n << 200n) - 1n }),
        fc.bigInt({ min: 1n, max: (1n << 130n) - 1n }),
        (numerator, denominator) => {
          const value = nearestFloat(numerator, denominator)
          // |value − n/d| ≤ half an ulp, in exact integers scaled by 2^400.
          const scale = 1n << 400n
          const exact = (numerator * scale) / denominator
          const scaled = (x: number) => {
            const exponent = Math.floor(Math.log2(x)) - 60
            return (
              (BigInt(x / 2 ** exponent) * scale * 2n ** BigInt(Math.max(0, exponent))) /
              2n ** BigInt(Math.max(0, -exponent))
            )
          }
          const distance = exact > scaled(value) ? exact - scaled(value) : scaled(value) - exact
          expect(distance <= scaled(halfGap(value) * 1.0000001)).toBe(true)
        },
      ),
    )
  })

  test('keeps the sign', () => {
    expect(nearestFloat(-1n, 4n)).toBe(-0.25)
    expect(nearestFloat(-(1n << 70n), 1n << 71n)).toBe(-0.5)
  })

  test('refuses a denominator that is not positive', () => {
    expect(() => nearestFloat(1n, 0n)).toThrow(RangeError)
  })
})

describe('raoFromText', () => {
  test.each([
    ['10', 9, 10_000_000_000n],
    ['0.000000001', 9, 1n],
    ['21.5', 9, 21_500_000_000n],
    ['1', 0, 1n],
  ])('%s with %d decimals', (text, decimals, units) => {
    const amount = raoFromText(text, decimals)
    expect(amount === undefined ? undefined : unitsOf(amount)).toBe(units)
  })

  test.each(['', '.5', '5.', '-1', '1e9', '0x10', '1,5', ' 1', '0.0000000001'])('%j is no amount', (text) => {
    expect(raoFromText(text, 9)).toBeUndefined()
  })
})

test('amounts of one unit add up and compare', () => {
  expect(unitsOf(add(rao(1n << 63n), rao(1n << 63n)))).toBe(1n << 64n)
  expect(unitsOf(add(alpha(2n, 7), alpha(3n, 7)))).toBe(5n)
  expect(unitsOf(larger(rao(3n), rao(5n)))).toBe(5n)
})
