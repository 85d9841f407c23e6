import { describe, expect, test } from 'vitest'
import { alpha, unitsOf } from '../../src/chain/money.ts'
import {
  basketSharesOwed,
  portionOf,
  safeFloat,
  safeFloatOfBits,
  type Shares,
} from '../../src/chain/share-pool.ts'

const bits = (whole: bigint, fraction = 0n): Shares => ({ bits: (whole << 64n) + fraction })
const HALF = 1n << 63n

/** Alpha of a pool of so many units. */
const portion = (pool: bigint, share: Shares, denominator: Shares, decimal: boolean): bigint =>
  unitsOf(portionOf(1, { pool: alpha(pool, 1), share, denominator, decimal }))

describe('SafeFloat', () => {
  test('has its mantissa above 10^20 and up to 10^21, rounded down', () => {
    expect(safeFloat(0n, 7)).toEqual({ mantissa: 0n, exponent: 0 })
    expect(safeFloat(1n, 0)).toEqual({ mantissa: 10n ** 21n, exponent: -21 })
    expect(safeFloat(123n, 2)).toEqual({ mantissa: 123n * 10n ** 18n, exponent: -16 })
    expect(safeFloat(10n ** 21n, 0)).toEqual({ mantissa: 10n ** 21n, exponent: 0 })
    expect(safeFloat(10n ** 21n + 19n, 0)).toEqual({ mantissa: 10n ** 20n + 1n, exponent: 1 })
    expect(safeFloat(1_234_567_890_123_456_789_019n, 5)).toEqual({
      mantissa: 123_456_789_012_345_678_901n,
      exponent: 6,
    })
  })

  test('of a U64F64 is its whole and its fraction', () => {
    expect(safeFloatOfBits(0n)).toEqual(safeFloat(0n, 0))
    expect(safeFloatOfBits(5n << 64n)).toEqual(safeFloat(5n, 0))
    expect(safeFloatOfBits(HALF)).toEqual(safeFloat(5n, -1))
    expect(safeFloatOfBits((2n << 64n) + HALF)).toEqual(safeFloat(25n, -1))
    expect(safeFloatOfBits((1_000_000n << 64n) + HALF / 2n)).toEqual(safeFloat(100_000_025n, -2))
    // One bit is 2^-64 = 5.421…e-20: its 21 digits, rounded down.
    expect(safeFloatOfBits(1n)).toEqual({ mantissa: 542_101_086_242_752_217_003n, exponent: -40 })
  })
})

describe('a portion of a pool', () => {
  test.each([
    ['all of it', 1000n, bits(7n), bits(7n), 1000n],
    ['a third, rounded down', 1000n, bits(1n), bits(3n), 333n],
    ['of fractional shares', 1000n, bits(0n, HALF), bits(2n), 250n],
    ['of nothing', 0n, bits(1n), bits(1n), 0n],
    ['no share', 1000n, bits(0n), bits(1n), 0n],
    ['no shares at all', 1000n, bits(1n), bits(0n), 0n],
    ['21 million tokens', 21n * 10n ** 15n, bits(21n * 10n ** 14n), bits(21n * 10n ** 15n), 21n * 10n ** 14n],
  ])('%s', (_, pool, share, denominator, expected) => {
    expect(portion(pool, share, denominator, true)).toBe(expected)
    // In binary a part is rounded down at 2^-64 first, and may lack a unit.
    const binary = portion(pool, share, denominator, false)
    expect([expected, expected - 1n]).toContain(binary)
  })

  test('to spec 396 the value of one share is rounded down first', () => {
    // 10 / 3 = 3.333…, at 2^-64 rounded down, times 3 is just below 10.
    expect(portion(10n, bits(3n), bits(3n), false)).toBe(9n)
    expect(portion(10n, bits(3n), bits(3n), true)).toBe(10n)
    expect(portion(10n, bits(4n), bits(4n), false)).toBe(10n)
  })

  test('to spec 396 a share that is worth too much for the type is multiplied out first', () => {
    const tiny = { bits: 4n }
    expect(portion(8n, { bits: 1n }, tiny, false)).toBe(2n)
    expect(portion(2n ** 40n, { bits: 1n }, tiny, false)).toBe(2n ** 38n)
  })

  test('from spec 397 decimal and binary shares are reckoned together', () => {
    const pool = 21_536_900_000n
    expect(portion(pool, safeFloat(1n, 0), safeFloat(4n, 0), true)).toBe(5_384_225_000n)
    expect(portion(pool, bits(1n), safeFloat(4n, 0), true)).toBe(5_384_225_000n)
    expect(portion(pool, safeFloat(25n, -2), bits(1n), true)).toBe(5_384_225_000n)
    expect(portion(pool, safeFloat(1n, -9), safeFloat(3n, -9), true)).toBe(7_178_966_666n)
  })

  test('from spec 397 never more than a u64', () => {
    expect(portion(2n ** 63n, safeFloat(4n, 0), safeFloat(1n, 0), true)).toBe(2n ** 64n - 1n)
    expect(portion(5n, safeFloat(1n, 60), safeFloat(1n, 0), true)).toBe(2n ** 64n - 1n)
    expect(portion(5n, safeFloat(1n, -60), safeFloat(1n, 0), true)).toBe(0n)
  })
})

describe('shares of a basket', () => {
  const ONE = 1n << 32n

  test.each([
    [
      'rate × stake, less what was claimed',
      { rate: ONE / 4n, stake: 1000n, claimed: 30n, total: 10_000n },
      220n,
    ],
    ['rounded down', { rate: ONE / 2n, stake: 7n, claimed: 0n, total: 10_000n }, 3n],
    ['more where shares were bought', { rate: 0n, stake: 0n, claimed: -12n, total: 10_000n }, 12n],
    ['nothing where more was claimed', { rate: ONE, stake: 10n, claimed: 11n, total: 10_000n }, 0n],
    ['nothing where less than one is left', { rate: ONE / 2n, stake: 1n, claimed: 0n, total: 10_000n }, 0n],
    ['at most the total', { rate: ONE, stake: 10n, claimed: 0n, total: 9n }, 9n],
    [
      'exact beyond 2^53',
      { rate: ONE, stake: 2n ** 60n + 1n, claimed: 0n, total: 2n ** 62n },
      2n ** 60n + 1n,
    ],
  ])('are %s', (_, facts, expected) => {
    expect(basketSharesOwed(facts)).toBe(expected)
  })
})
