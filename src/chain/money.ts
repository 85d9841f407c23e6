/**
 * Exact amounts. Each unit is an opaque type over bigint: the compiler rejects arithmetic, comparison and mixing of units, so
 * an amount is converted once, at the edge, and nowhere else.
 */

declare const unit: unique symbol

/** An amount of TAO in rao, the chain's smallest unit. TAO = rao / 10^decimals, decimals from `/runtime/spec`. */
export interface Rao {
  readonly [unit]: 'rao'
}

/**
 * An amount of one subnet's alpha in its smallest unit. The type parameter is the netuid where it is known at
 * compile time: alphas of different subnets are different currencies and do not add up.
 */
export interface Alpha<Netuid extends number = number> {
  readonly [unit]: 'alpha'
  readonly netuid: Netuid
}

type Amount = Rao | Alpha

/** Number of decimal places of a token. */
export type Decimals = number

export const rao = (units: bigint): Rao => units as unknown as Rao

export const alpha = <Netuid extends number>(units: bigint, _netuid: Netuid): Alpha<Netuid> =>
  units as unknown as Alpha<Netuid>

/** The integer that the chain stores: for chain formulas only, never for display. */
export const unitsOf = (amount: Amount): bigint => amount as unknown as bigint

export function add(a: Rao, b: Rao): Rao
export function add<Netuid extends number>(a: Alpha<Netuid>, b: Alpha<NoInfer<Netuid>>): Alpha<Netuid>
export function add(a: Amount, b: Amount): Amount {
  return (unitsOf(a) + unitsOf(b)) as unknown as Amount
}

/** The larger of two amounts of TAO. */
export const larger = (a: Rao, b: Rao): Rao => (unitsOf(a) >= unitsOf(b) ? a : b)

/** Whole tokens as the float64 nearest to the exact amount (half to even), for any number of decimals. */
export const wholeTokens = (amount: Amount, decimals: Decimals): number =>
  nearestFloat(unitsOf(amount), 10n ** BigInt(decimals))

/** Parses whole tokens written as a plain decimal ("10", "0.000001"). Undefined if it is invalid or has too many decimals. */
export function raoFromText(text: string, decimals: Decimals): Rao | undefined {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text)
  if (match === null) return undefined
  const [, whole = '', fraction = ''] = match
  if (fraction.length > decimals) return undefined
  return rao(BigInt(whole + fraction.padEnd(decimals, '0')))
}

/**
 * The float64 nearest to numerator / denominator, ties to even. The quotient is computed with more bits than a float64 has,
 * plus a sticky last bit for the remainder, so the only rounding is that of Number(bigint), which is exact. Correct for
 * results in the range of normal float64s; throws RangeError unless the denominator is positive.
 */
export function nearestFloat(numerator: bigint, denominator: bigint): number {
  if (denominator <= 0n) throw new RangeError('the denominator must be positive')
  if (isSafe(numerator) && isSafe(denominator)) return Number(numerator) / Number(denominator)
  const magnitude = numerator < 0n ? -numerator : numerator
  const shift = BigInt(66 - bitLength(magnitude) + bitLength(denominator))
  const scaled = shift >= 0n ? magnitude << shift : magnitude
  const divisor = shift >= 0n ? denominator : denominator << -shift
  const quotient = scaled / divisor
  const sticky = quotient * divisor === scaled ? 0n : 1n
  const value = Number(quotient | sticky) * 2 ** -Number(shift)
  return numerator < 0n ? -value : value
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/** Whether a value is exact in float64. The IEEE 754 division of two such values is correctly rounded. */
const isSafe = (value: bigint): boolean => value <= SAFE && value >= -SAFE

const bitLength = (value: bigint): number => value.toString(2).length
