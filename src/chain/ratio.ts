import { nearestFloat } from './money.ts'

declare const ratio: unique symbol

/** A ratio from 0 to 1. */
export type Ratio = number & { readonly [ratio]: true }

const U16_MAX = 65_535

/** Converts a score or take, which the chain stores as u16 where 65,535 is 1 (subtensor `u16::MAX`). */
export const ratioOfU16 = (value: number): Ratio => (value / U16_MAX) as Ratio

/**
 * Combines the scores of several mechanisms, each weighted by the mechanism's share of the subnet's emission. Subtensor
 * stores Incentive per mechanism from spec 320 (subnets/mechanism.rs), without a combined value.
 */
export function weightedRatio(scores: readonly number[], weights: readonly number[]): Ratio {
  let sum = 0n
  let total = 0n
  for (const [index, score] of scores.entries()) {
    const weight = BigInt(weights[index] ?? 0)
    sum += weight * BigInt(score)
    total += weight
  }
  return (total === 0n ? 0 : nearestFloat(sum, total * BigInt(U16_MAX))) as Ratio
}
