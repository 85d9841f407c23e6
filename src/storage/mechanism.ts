import { weightedRatio, type Ratio } from '../chain/ratio.ts'
import { NETUID_LIMIT } from '../chain/subnet.ts'
import { heightVector, optional, scoreVector, u16List, u8 } from '../upstream/decode.ts'
import { ifUnderstood, type View } from './view.ts'
import { ITEMS } from './layout.ts'

/** Number of mechanisms of a subnet; undefined before spec 320, where each subnet has one. */
export const readMechanismCount = (view: View, netuid: number): Promise<number | undefined> =>
  view.readOptional(ITEMS.mechanismCountCurrent, [netuid], u8)

/**
 * Weights by which a subnet's emission is split between its mechanisms: MechanismEmissionSplit, padded with zeros, or equal
 * weights if it is not set (subnets/mechanism.rs:227). A single mechanism before spec 320.
 */
export async function readMechanismWeights(view: View, netuid: number): Promise<readonly number[]> {
  const mechanisms = (await view.shared(readMechanismCount, netuid)) ?? 1
  if (mechanisms <= 1) return [1]
  const split = await view.readOptional(ITEMS.mechanismEmissionSplit, [netuid], optional(u16List))
  return Array.from({ length: mechanisms }, (_, mechanism) =>
    split === undefined ? 1 : (split[mechanism] ?? 0),
  )
}

/** Storage index of items that are stored per mechanism from spec 320: netuid + 4096 × mechanism (subnets/mechanism.rs:35). */
const storageIndex = (netuid: number, mechanism: number): number => netuid + NETUID_LIMIT * mechanism

/** Incentive by mechanism; undefined where it is not computed. */
export const readIncentives = (
  view: View,
  netuid: number,
  mechanisms: number,
  size: number,
): Promise<readonly (Uint16Array | undefined)[]> =>
  Promise.all(
    Array.from({ length: mechanisms }, (_, mechanism) =>
      ifUnderstood(view.read(ITEMS.incentive, [storageIndex(netuid, mechanism)], scoreVector(size))),
    ),
  )

/** LastUpdate by mechanism; undefined where it is not stored. */
export const readLastUpdates = (
  view: View,
  netuid: number,
  mechanisms: number,
  size: number,
): Promise<readonly (readonly number[] | undefined)[]> =>
  Promise.all(
    Array.from({ length: mechanisms }, (_, mechanism) =>
      ifUnderstood(view.read(ITEMS.lastUpdate, [storageIndex(netuid, mechanism)], heightVector(size))),
    ),
  )

/**
 * One incentive per UID: the mechanisms' incentives weighted by their share of the emission, as the chain weights other scores
 * (subnets/mechanism.rs:264–394).
 */
export function combinedIncentive(
  incentives: readonly (Uint16Array | undefined)[],
  weights: readonly number[],
): Uint16Array | readonly Ratio[] | undefined {
  if (!allKnown(incentives)) return undefined
  const [first] = incentives
  if (first === undefined || incentives.length === 1) return first
  return Array.from(first, (_, uid) =>
    weightedRatio(
      incentives.map((scores) => scores[uid] ?? 0),
      weights,
    ),
  )
}

/** The newest last update per UID, because activity on one mechanism suffices. */
export function newestUpdates(
  updates: readonly (readonly number[] | undefined)[],
): readonly number[] | undefined {
  if (!allKnown(updates)) return undefined
  const [first] = updates
  if (first === undefined || updates.length === 1) return first
  return first.map((_, uid) => Math.max(...updates.map((heights) => heights[uid] ?? 0)))
}

const allKnown = <Vector>(vectors: readonly (Vector | undefined)[]): vectors is readonly Vector[] =>
  !vectors.includes(undefined)
