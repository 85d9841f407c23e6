import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SAFE_UNITS } from '../../src/chain/digits.ts'
import { alpha, unitsOf } from '../../src/chain/money.ts'
import { PRICE_ONE, valueAt, type Price } from '../../src/chain/price.ts'
import { safeValues } from '../../src/chain/valuation.ts'

const amounts = fc.oneof(
  fc.bigInt({ min: 0n, max: BigInt(SAFE_UNITS) - 1n }),
  fc.bigInt({ min: 0n, max: 1000n }),
  fc.integer({ min: 0, max: 49 }).map((bits) => (1n << BigInt(bits)) - 1n),
)

/** Prices of every size, most of all near the powers of two at which limbs end. */
const bits = fc.oneof(
  fc.bigInt({ min: 0n, max: 1n << 70n }),
  fc.tuple(fc.integer({ min: 0, max: 104 }), fc.integer({ min: -2, max: 2 })).map(([power, near]) => {
    const value = (1n << BigInt(power)) + BigInt(near)
    return value < 0n ? 0n : value
  }),
)

const prices = fc.record<Price>({ bits, fractionBits: fc.constantFrom(32 as const, 64 as const) })

const valueOf = (amount: number, price: Price): number | undefined =>
  safeValues(Float64Array.of(amount), price)[0]

test('is what the chain computes with integers, wherever it answers', () => {
  let answered = 0
  fc.assert(
    fc.property(amounts, prices, (amount, price) => {
      const exact = unitsOf(valueAt(alpha(amount, 1), price))
      const value = valueOf(Number(amount), price)
      if (!Number.isNaN(value)) {
        answered++
        expect(value).toBe(Number(exact))
      }
      // The slow way is for what is too large: nothing else may be left to it.
      if (exact < BigInt(SAFE_UNITS) && price.bits < 1n << 100n) expect(value).toBe(Number(exact))
    }),
    { numRuns: 50_000 },
  )
  expect(answered).toBeGreaterThan(10_000)
})

test('at a price of one an amount is worth itself', () => {
  expect(valueOf(SAFE_UNITS - 1, PRICE_ONE)).toBe(SAFE_UNITS - 1)
})

test('a value that is too large is left to bigints', () => {
  expect(valueOf(SAFE_UNITS - 1, { bits: 2n << 32n, fractionBits: 32 })).toBeNaN()
  expect(valueOf(1, { bits: 1n << 100n, fractionBits: 64 })).toBeNaN()
  expect(valueOf(NaN, PRICE_ONE)).toBeNaN()
})
