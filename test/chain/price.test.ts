import { describe, expect, test } from 'vitest'
import { alpha, rao, unitsOf } from '../../src/chain/money.ts'
import {
  balancerPrice,
  movingPrice,
  poolPrice,
  PRICE_ONE,
  priceNumber,
  squareRootPrice,
  totalValue,
  valueAt,
} from '../../src/chain/price.ts'

const ALPHA_IN = alpha(3_000_000_000_000n, 5)

describe('the price of alpha', () => {
  test('is the ratio of the reserves to spec 289, in 32 binary places', () => {
    // 1 / 3 rounded down to 2^-32: 1431655765 / 2^32
    expect(poolPrice(rao(1_000_000_000_000n), ALPHA_IN)).toEqual({ bits: 1_431_655_765n, fractionBits: 32 })
    expect(priceNumber(poolPrice(rao(1_500_000_000_000n), ALPHA_IN))).toBe(0.5)
  })

  test('is the square of AlphaSqrtPrice from spec 290', () => {
    expect(priceNumber(squareRootPrice(1n << 63n))).toBe(0.25)
    expect(priceNumber(squareRootPrice(3n << 64n))).toBe(9)
    // The lab's subnet 1: (9500073197960419082 / 2^64)^2 = 0.265224…, rounded down at 2^-32.
    const price = priceNumber(squareRootPrice(9_500_073_197_960_419_082n))
    const exact = (9_500_073_197_960_419_082 / 2 ** 64) ** 2
    expect(exact - price).toBeGreaterThanOrEqual(0)
    expect(exact - price).toBeLessThan(2 ** -32)
  })

  test('is the reserves weighted by the balancer from spec 423', () => {
    const half = 500_000_000_000_000_000n
    expect(priceNumber(balancerPrice(half, rao(1_500_000_000_000n), ALPHA_IN))).toBe(0.5)
    // q = 0.2: (0.8 / 0.2) × 0.5 = 2
    expect(priceNumber(balancerPrice(200_000_000_000_000_000n, rao(1_500_000_000_000n), ALPHA_IN))).toBe(2)
  })

  test('is 0 for an empty pool', () => {
    expect(priceNumber(poolPrice(rao(5n), alpha(0n, 1)))).toBe(0)
    expect(priceNumber(balancerPrice(1n, rao(5n), alpha(0n, 1)))).toBe(0)
  })

  test('moves as an I96F32', () => {
    expect(priceNumber(movingPrice(1n << 31n))).toBe(0.5)
  })
})

describe('what alpha is worth', () => {
  test('rounds down to a rao', () => {
    expect(unitsOf(valueAt(alpha(3n, 1), poolPrice(rao(1n), alpha(2n, 1))))).toBe(1n)
    expect(unitsOf(valueAt(alpha(3n, 0), PRICE_ONE))).toBe(3n)
  })

  test('the 21.5369 alpha of "Optimizing Bittensor", worth 0.7464 TAO', () => {
    // 0.7464 / 21.5369 = 0.034656…: a pool in that proportion.
    const price = poolPrice(rao(34_656_800_746n), alpha(1_000_000_000_000n, 45))
    const value = unitsOf(valueAt(alpha(21_536_900_000n, 45), price))
    expect(Number(value) / 1e9).toBeCloseTo(0.7464, 4)
  })

  test('is rounded per subnet to spec 289, and once from 290', () => {
    const half = poolPrice(rao(1n), alpha(2n, 1))
    const holdings = [
      { amount: alpha(1n, 1), price: half },
      { amount: alpha(1n, 2), price: half },
    ]
    expect(unitsOf(totalValue(holdings, 'each'))).toBe(0n)
    expect(unitsOf(totalValue(holdings, 'sum'))).toBe(1n)
    expect(unitsOf(totalValue([], 'sum'))).toBe(0n)
  })

  test('adds up prices of different precision', () => {
    const quarter = balancerPrice(500_000_000_000_000_000n, rao(1n), alpha(4n, 1))
    const holdings = [
      { amount: alpha(8n, 1), price: quarter },
      { amount: alpha(7n, 0), price: PRICE_ONE },
    ]
    expect(unitsOf(totalValue(holdings, 'sum'))).toBe(9n)
  })
})
