import { weightedRatio, type Ratio } from '../../chain/ratio.ts'
import { NETUID_LIMIT } from '../../chain/subnet.ts'
import { count, heightVector, optional, u16List, u16Vector } from '../decode.ts'
import type { View } from '../view.ts'
import { ITEMS } from './layout.ts'

/** What the chain keeps per mechanism of a subnet, brought together into one value per neuron. */
export interface MechanismVectors {
  incentive(uid: number): Ratio | undefined
  lastUpdate(uid: number): number | undefined
}

/**
 * Incentive and LastUpdate. From spec 320 they are kept at the storage index netuid + 4096 × mechanism
 * (subnets/mechanism.rs:35): incentive is weighted by each mechanism's share of the emission, as the chain weighs its
 * other scores, and the last update is the newest, as being active on one mechanism is being active (:264–394).
 */
export async function readMechanismVectors(
  view: View,
  netuid: number,
  size: number,
): Promise<MechanismVectors> {
  const weights = await readWeights(view, netuid)
  const indices = weights.map((_, mechanism) => netuid + NETUID_LIMIT * mechanism)
  const [incentives, lastUpdates] = await Promise.all([
    Promise.all(indices.map((index) => view.read(ITEMS.incentive, [index], u16Vector(size)))),
    Promise.all(indices.map((index) => view.read(ITEMS.lastUpdate, [index], heightVector(size)))),
  ])
  return {
    incentive(uid) {
      const scores = incentives.map((vector) => vector?.[uid])
      return allKnown(scores) ? weightedRatio(scores, weights) : undefined
    },
    lastUpdate(uid) {
      const heights = lastUpdates.map((vector) => vector?.[uid])
      return allKnown(heights) ? Math.max(...heights) : undefined
    },
  }
}

const allKnown = (values: readonly (number | undefined)[]): values is readonly number[] =>
  !values.includes(undefined)

/**
 * The share of the subnet's emission each mechanism has: MechanismEmissionSplit, padded with zeros, or even where it is
 * not set (subnets/mechanism.rs:227). One mechanism before spec 320.
 */
async function readWeights(view: View, netuid: number): Promise<readonly number[]> {
  const mechanisms = (await view.readIfKept(ITEMS.mechanismCountCurrent, [netuid], count)) ?? 1
  if (mechanisms <= 1) return [1]
  const split = await view.readIfKept(ITEMS.mechanismEmissionSplit, [netuid], optional(u16List))
  return Array.from({ length: mechanisms }, (_, mechanism) =>
    split === undefined ? 1 : (split[mechanism] ?? 0),
  )
}
