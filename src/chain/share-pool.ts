import { alpha, unitsOf, type Alpha } from './money.ts'

/**
 * The decimal floating-point format in which the chain stores shares from spec 397: mantissa × 10^exponent, the mantissa above
 * 10^20 and at most 10^21, or 0 (SafeFloat, primitives/share-pool/src/lib.rs at spec 425).
 */
export interface SafeFloat {
  readonly mantissa: bigint
  readonly exponent: number
}

/** Shares of a pool, or all of them. U64F64 bits in specs 233–396, and later for entries not written since. */
export type Shares = { readonly bits: bigint } | SafeFloat

const LARGEST_MANTISSA = 10n ** 21n
const ZERO: SafeFloat = { mantissa: 0n, exponent: 0 }

/** Normalizes a mantissa to its bounds, rounding down (SafeFloat::normalize). */
export function safeFloat(mantissa: bigint, exponent: number): SafeFloat {
  if (mantissa === 0n) return ZERO
  let [digits, power] = [mantissa, exponent]
  for (; digits > LARGEST_MANTISSA; power++) digits /= 10n
  for (; digits <= LARGEST_MANTISSA / 10n; power--) digits *= 10n
  return { mantissa: digits, exponent: power }
}

/** Converts a U64F64 as the chain does: integer and fraction separately, added at the larger exponent. */
export function safeFloatOfBits(bits: bigint): SafeFloat {
  const whole = safeFloat(bits >> 64n, 0)
  const fraction = safeFloat(bits & (2n ** 64n - 1n), 0)
  const one = safeFloat(2n ** 64n, 0)
  const part = safeFloat(
    (fraction.mantissa * LARGEST_MANTISSA) / one.mantissa,
    fraction.exponent - one.exponent - 21,
  )
  if (whole.mantissa === 0n) return part
  if (part.mantissa === 0n) return whole
  const [large, small] = whole.exponent >= part.exponent ? [whole, part] : [part, whole]
  return safeFloat(
    large.mantissa + small.mantissa / cappedPower(large.exponent - small.exponent),
    large.exponent,
  )
}

/** A share pool of a hotkey's alpha on one subnet, and one coldkey's shares in it. */
export interface Portion {
  /** TotalHotkeyAlpha. */
  readonly pool: Alpha
  readonly share: Shares
  readonly denominator: Shares
  /** Whether the runtime computes in SafeFloats: specs from 397. */
  readonly decimal: boolean
}

/** A coldkey's part of the alpha on a hotkey, computed as the chain does (SharePool::get_value). */
export function portionOf(netuid: number, { pool, share, denominator, decimal }: Portion): Alpha {
  return alpha(
    decimal || !('bits' in share) || !('bits' in denominator)
      ? decimalPortion(unitsOf(pool), share, denominator)
      : binaryPortion(unitsOf(pool), share.bits, denominator.bits),
    netuid,
  )
}

const U64_MAX = 2n ** 64n - 1n
const U128_MAX = 2n ** 128n - 1n
const atMost = (limit: bigint, value: bigint): bigint => (value < limit ? value : limit)

/**
 * Formula of specs 233–396, in U64F64: the value of one share, rounded down, times the shares. If the value of one share
 * overflows, the product is computed first (primitives/share-pool/src/lib.rs at v2.0.5; v2.0.0 returns 0 instead).
 */
function binaryPortion(pool: bigint, share: bigint, denominator: bigint): bigint {
  if (denominator === 0n) return 0n
  const perShare = (pool << 128n) / denominator
  if (perShare <= U128_MAX) return atMost(U128_MAX, (perShare * share) >> 64n) >> 64n
  const portion = (atMost(U128_MAX, pool * share) << 64n) / denominator
  return portion > U128_MAX ? 0n : portion >> 64n
}

/** Formula from spec 397, in SafeFloats (SafeFloat::mul_div and its conversion to u64, :228 and :300 at spec 425). */
function decimalPortion(pool: bigint, share: Shares, denominator: Shares): bigint {
  const whole = safeFloat(pool, 0)
  const part = asSafeFloat(share)
  const all = asSafeFloat(denominator)
  if (all.mantissa === 0n) return 0n
  const { mantissa, exponent } = safeFloat(
    (whole.mantissa * part.mantissa) / all.mantissa,
    whole.exponent + part.exponent - all.exponent,
  )
  const scale = cappedPower(Math.abs(exponent))
  return atMost(U64_MAX, exponent >= 0 ? mantissa * scale : mantissa / scale)
}

const asSafeFloat = (shares: Shares): SafeFloat =>
  'bits' in shares ? safeFloatOfBits(shares.bits) : safeFloat(shares.mantissa, shares.exponent)

/** A power of ten, capped at 10^22: dividing a mantissa by more leaves 0. */
const cappedPower = (exponent: number): bigint => 10n ** BigInt(Math.min(exponent, 22))

/** Inputs for a coldkey's claim on a hotkey's basket. */
export interface BasketInputs {
  /** BasketRate: shares per rao of root stake, as the bits of an I96F32. */
  readonly rate: bigint
  /** The coldkey's stake on the hotkey on root, in rao. */
  readonly stake: bigint
  /** BasketClaimed: shares already paid out; negative if more were bought. */
  readonly claimed: bigint
  /** BasketShares: all shares of the basket. */
  readonly total: bigint
}

/**
 * Basket shares owed to a coldkey: rate × root stake − claimed, rounded down, from 0 to the total
 * (get_basket_owed_shares and get_basket_position, staking/root_basket.rs between specs 448 and 475).
 */
export function basketSharesOwed({ rate, stake, claimed, total }: BasketInputs): bigint {
  const owed = ((rate * stake) >> 32n) - claimed
  if (owed <= 0n) return 0n
  return atMost(total, owed)
}
