import { SAFE_UNITS } from './digits.ts'
import type { Price } from './price.ts'

/** Bits of a limb: the product of two is below 2^50, so that eight of them add up exactly in a float64. */
const LIMB_BITS = 25
const LIMB = 2 ** LIMB_BITS

/** A price has at most this many limbs here; as TAO per alpha one of 2^36 and more takes the slow way. */
const PRICE_LIMBS = 4

/**
 * What valueAt (price.ts) computes, (amount × bits) >> fractionBits, without bigints: half a million of those a
 * poll are most of what a table costs. Amounts are integers from 0, below SAFE_UNITS; undefined where the price or the
 * value is too large to be exact this way.
 */
export function safeValuation({ bits, fractionBits }: Price): (amount: number) => number | undefined {
  if (bits >> BigInt(LIMB_BITS * PRICE_LIMBS) !== 0n) return () => undefined
  const limb = (index: number) => Number((bits >> BigInt(LIMB_BITS * index)) & BigInt(LIMB - 1))
  const [p0, p1, p2, p3] = [limb(0), limb(1), limb(2), limb(3)]
  // 32 = 25 + 7 bits of fraction, or 64 = 2 × 25 + 14.
  const short = fractionBits === 32
  const dropped = 2 ** (short ? 7 : 14)
  return (amount) => {
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
    const value = short
      ? Math.floor((s1 - c1 * LIMB) / dropped) + (LIMB / dropped) * (s2 - c2 * LIMB + LIMB * upper)
      : Math.floor((s2 - c2 * LIMB) / dropped) + (LIMB / dropped) * upper
    return value < SAFE_UNITS ? value : undefined
  }
}
