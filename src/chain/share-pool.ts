import { alpha, unitsOf, type Alpha } from './money.ts'

/**
 * A decimal floating-point number as the chain keeps shares from spec 397: mantissa × 10^exponent, the mantissa above
 * 10^20 and at most 10^21, or 0 (SafeFloat, primitives/share-pool/src/lib.rs at spec 425).
 */
export interface SafeFloat {
  readonly mantissa: bigint
  readonly exponent: number
}

/** A part of a share pool, or all of it: U64F64 bits (specs 233–396, and later where it was not touched since). */
export type Shares = { readonly bits: bigint } | SafeFloat

const LARGEST_MANTISSA = 10n ** 21n
const ZERO: SafeFloat = { mantissa: 0n, exponent: 0 }

/** Brings a mantissa into its bounds, rounding down (SafeFloat::normalize). */
export function safeFloat(mantissa: bigint, exponent: number): SafeFloat {
  if (mantissa === 0n) return ZERO
  let [digits, power] = [mantissa, exponent]
  for (; digits > LARGEST_MANTISSA; power++) digits /= 10n
  for (; digits <= LARGEST_MANTISSA / 10n; power--) digits *= 10n
  return { mantissa: digits, exponent: power }
}

/** A U64F64 as the chain turns it into a SafeFloat: whole and fraction by themselves, added at the larger exponent. */
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

/** A pool of shares in a hotkey's alpha on one subnet, and what one coldkey has of them. */
export interface Portion {
  /** TotalHotkeyAlpha. */
  readonly pool: Alpha
  readonly share: Shares
  readonly denominator: Shares
  /** Whether the runtime reckons in SafeFloats: specs from 397. */
  readonly decimal: boolean
}

/** A coldkey's part of the alpha on a hotkey, as the chain reckons it (SharePool::get_value). */
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
 * Specs 233–396, in U64F64: the value of a share, rounded down, times the shares. Where the value of a share is too
 * large for the type, the product comes first (primitives/share-pool/src/lib.rs at v2.0.5; at v2.0.0 it is 0 there).
 */
function binaryPortion(pool: bigint, share: bigint, denominator: bigint): bigint {
  if (denominator === 0n) return 0n
  const perShare = (pool << 128n) / denominator
  if (perShare <= U128_MAX) return atMost(U128_MAX, (perShare * share) >> 64n) >> 64n
  const portion = (atMost(U128_MAX, pool * share) << 64n) / denominator
  return portion > U128_MAX ? 0n : portion >> 64n
}

/** From spec 397, in SafeFloats (SafeFloat::mul_div and its conversion to u64, :228 and :300 at spec 425). */
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

/** Powers of ten that matter: beyond 10^22 a mantissa has no digits left. */
const cappedPower = (exponent: number): bigint => 10n ** BigInt(Math.min(exponent, 22))

/** What a coldkey's claim on a hotkey's basket follows from. */
export interface BasketFacts {
  /** BasketRate: shares per rao of root stake, as the bits of an I96F32. */
  readonly rate: bigint
  /** The coldkey's stake on the hotkey on root, in rao. */
  readonly stake: bigint
  /** BasketClaimed: what was paid out of it; below 0 where more was bought. */
  readonly claimed: bigint
  /** BasketShares: all shares of the basket. */
  readonly total: bigint
}

/**
 * Basket shares a coldkey is owed: rate × root stake − claimed, rounded down, at least 0 and at most all there are
 * (get_basket_owed_shares and get_basket_position, staking/root_basket.rs between specs 448 and 475).
 */
export function basketSharesOwed({ rate, stake, claimed, total }: BasketFacts): bigint {
  const owed = ((rate * stake) >> 32n) - claimed
  if (owed <= 0n) return 0n
  return atMost(total, owed)
}
