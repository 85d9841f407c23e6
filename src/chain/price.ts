import { nearestFloat, rao, unitsOf, type Alpha, type Rao } from './money.ts'

/**
 * TAO per alpha in the chain's own fixed-point format: price = bits / 2^fractionBits. Rao and alpha have the same number of
 * decimals, so the price of one unit is the price of one token.
 */
export interface Price {
  readonly bits: bigint
  readonly fractionBits: 32 | 64
}

/** Price on root and on subnets with SubnetMechanism 0: one alpha is one TAO (swap/src/pallet/impls.rs:21 at spec 425). */
export const PRICE_ONE: Price = { bits: 1n << 32n, fractionBits: 32 }

/**
 * Price from the pool's reserves: SubnetTAO / SubnetAlphaIn as an I96F32 or U96F32, rounded down; 0 for an empty pool. Specs
 * 233–289 (staking/stake_utils.rs:33 at v2.0.0), and 290–422 while SwapV3Initialized is false, with SubnetTaoProvided and
 * SubnetAlphaInProvided added in (swap/src/pallet/impls.rs:50 at v3.4.7-422).
 */
export function poolPrice(tao: Rao, alphaIn: Alpha): Price {
  const reserve = unitsOf(alphaIn)
  return { bits: reserve === 0n ? 0n : (unitsOf(tao) << 32n) / reserve, fractionBits: 32 }
}

/**
 * Price of initialised pools in specs 290–422: AlphaSqrtPrice is a U64F64; its square is rounded down to a U64F64 and then
 * to a U96F32 (swap/src/pallet/impls.rs:50 at v3.4.7-422).
 */
export const squareRootPrice = (bits: bigint): Price => ({ bits: (bits * bits) >> 96n, fractionBits: 32 })

/**
 * Price from spec 423, as a U64F64: ((1 − q) / q) × (SubnetTAO / SubnetAlphaIn), q = SwapBalancer.quote / 10^18, each step
 * rounded down, 0 for an empty pool (swap/src/pallet/impls.rs:21 and balancer.rs:220 at spec 425).
 * @param quote must be above 0 and below QUOTE_ONE.
 */
export function balancerPrice(quote: bigint, tao: Rao, alphaIn: Alpha): Price {
  const reserve = unitsOf(alphaIn)
  if (reserve === 0n) return { bits: 0n, fractionBits: 64 }
  const weights = ((QUOTE_ONE - quote) << 64n) / quote
  const reserves = (unitsOf(tao) << 64n) / reserve
  return { bits: (weights * reserves) >> 64n, fractionBits: 64 }
}

/** The value 1 of SwapBalancer.quote, a Perquintill. */
export const QUOTE_ONE = 10n ** 18n

/** The price in SubnetMovingPrice, an I96F32 that is never negative (staking/stake_utils.rs:37 at spec 425). */
export const movingPrice = (bits: bigint): Price => ({ bits, fractionBits: 32 })

/** Value of an amount of alpha at a price, rounded down to a whole rao. */
export const valueAt = (amount: Alpha, price: Price): Rao =>
  rao((unitsOf(amount) * price.bits) >> BigInt(price.fractionBits))

/** Alpha of one subnet, and the price used to value it. */
export interface Holding {
  readonly amount: Alpha
  readonly price: Price
}

/**
 * Total value of holdings on several subnets. Up to spec 289 the chain rounds each value down before adding them
 * (staking/helpers.rs:45 at v2.0.0); from 290 it adds first and rounds once (staking/helpers.rs:42 at spec 425).
 */
export function totalValue(holdings: readonly Holding[], rounding: 'each' | 'sum'): Rao {
  let total = 0n
  for (const { amount, price } of holdings) {
    const exact = (unitsOf(amount) * price.bits) << BigInt(64 - price.fractionBits)
    total += rounding === 'each' ? (exact >> 64n) << 64n : exact
  }
  return rao(total >> 64n)
}

/** TAO per alpha as the nearest float64. */
export const priceNumber = (price: Price): number =>
  nearestFloat(price.bits, 1n << BigInt(price.fractionBits))
