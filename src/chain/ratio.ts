import { nearestFloat } from './money.ts'

declare const ratio: unique symbol

/** A share in 0–1. */
export type Ratio = number & { readonly [ratio]: true }

const U16_MAX = 65_535

/** Scores and takes: the chain keeps them as u16 with 65,535 for 1 (subtensor `u16::MAX`). */
export const ratioOfU16 = (value: number): Ratio => (value / U16_MAX) as Ratio

/**
 * One score out of a score per mechanism, each weighted by the mechanism's share of the subnet's emission.
 * Subtensor keeps Incentive per mechanism from spec 320 (subnets/mechanism.rs) and no sum of its own.
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
