import { SAFE_UNITS } from './digits.ts'
import type { Price } from './price.ts'

/** Bits of a limb. The product of two limbs is below 2^50, so the sum of eight products is exact in float64. */
const LIMB_BITS = 25
const LIMB = 2 ** LIMB_BITS

/** Maximum number of limbs of a price. Prices from 2^36 TAO per alpha up are left to valueAt. */
const PRICE_LIMBS = 4

/** Upper bound of the relative error of a product of two float64s, including the rounding of a factor. */
const ERROR = 2 ** -50

/**
 * Computes the same as valueAt (price.ts), (amount × bits) >> fractionBits, for many amounts and without bigints, which would
 * take most of the time of a poll with half a million amounts.
 *
 * The relative error of a float64 product is bounded. If the error interval contains no integer boundary, rounding the
 * product down is exact; otherwise limbs are multiplied.
 * @param amounts non-negative integers below SAFE_UNITS, or NaN.
 * @returns NaN for NaN, and where the price or the value is too large for this method to be exact.
 */
export function safeValues(amounts: Float64Array, price: Price): Float64Array {
  const { bits, fractionBits } = price
  const values = new Float64Array(amounts.length)
  if (bits >> BigInt(LIMB_BITS * PRICE_LIMBS) !== 0n) return values.fill(NaN)
  const limbs = Float64Array.from({ length: PRICE_LIMBS }, (_, index) =>
    Number((bits >> BigInt(LIMB_BITS * index)) & BigInt(LIMB - 1)),
  )
  const factor = Number(bits) / 2 ** fractionBits
  for (let index = 0; index < amounts.length; index++) {
    const amount = amounts[index] ?? NaN
    const product = amount * factor
    const error = product * ERROR
    const floor = Math.floor(product - error)
    const value =
      floor === Math.floor(product + error) && floor >= 0 ? floor : limbValue(amount, limbs, fractionBits)
    values[index] = value < SAFE_UNITS ? value : NaN
  }
  return values
}

/** The same for one amount; exact for values below SAFE_UNITS. */
function limbValue(amount: number, limbs: Float64Array, fractionBits: Price['fractionBits']): number {
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0] = limbs
  const a1 = Math.floor(amount / LIMB)
  const a0 = amount - a1 * LIMB
  const s0 = a0 * p0
  const s1 = a0 * p1 + a1 * p0 + Math.floor(s0 / LIMB)
  const c1 = Math.floor(s1 / LIMB)
  const s2 = a0 * p2 + a1 * p1 + c1
  const c2 = Math.floor(s2 / LIMB)
  const s3 = a0 * p3 + a1 * p2 + c2
  const c3 = Math.floor(s3 / LIMB)
  const s4 = a1 * p3 + c3
  const upper = s3 - c3 * LIMB + LIMB * s4
  // The fraction has 32 = 25 + 7 bits, or 64 = 2 × 25 + 14.
  return fractionBits === 32
    ? Math.floor((s1 - c1 * LIMB) / 2 ** 7) + 2 ** 18 * (s2 - c2 * LIMB + LIMB * upper)
    : Math.floor((s2 - c2 * LIMB) / 2 ** 14) + 2 ** 11 * upper
}
