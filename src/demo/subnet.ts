import type { Address } from '../chain/address.ts'

/**
 * State of one subnet at one height. Immutable: a block that changes it creates a new record, and new arrays for the vectors
 * that change. Amounts are in the smallest unit; vectors are by UID.
 */
export interface SubnetState {
  readonly netuid: number
  readonly name: string
  readonly symbol: string
  readonly ownerColdkey: Address
  readonly ownerHotkey: Address
  readonly createdAt: number
  readonly maxAllowedUids: number
  readonly maxValidators: number
  readonly tempo: number
  readonly immunityPeriod: number
  readonly activityCutoff: number
  readonly activityCutoffFactorMilli: number
  readonly minNonImmuneUids: number
  readonly immuneOwnerUidsLimit: number
  readonly burn: bigint
  readonly difficulty: bigint
  readonly registrationsThisBlock: number
  readonly registrationsThisInterval: number
  readonly targetRegistrations: number
  /** Blocks. */
  readonly adjustmentInterval: number
  /** Height of the last epoch that ran, 0 without one. */
  readonly lastEpoch: number
  /** Whether its epochs are skipped, as for a subnet with inconsistent keys. */
  readonly stuck: boolean
  readonly epochConsensus: 'Yuma' | 'Null'
  /** Share of the registration cost that is locked, as u16. */
  readonly collateralLockShare: number

  readonly tao: bigint
  readonly alphaIn: bigint
  readonly alphaOut: bigint
  /** Alpha on all hotkeys. */
  readonly staked: bigint
  readonly taoProvided: bigint
  readonly alphaInProvided: bigint
  /** I96F32 bits. */
  readonly movingPrice: bigint
  /** 0 is a stable subnet, whose alpha is one TAO; 1 has a pool. */
  readonly mechanismKind: 0 | 1
  readonly swapInitialized: boolean
  /** Parts of 10^18. */
  readonly balancerQuote: bigint

  readonly mechanisms: number
  readonly emissionSplit: readonly number[] | null

  readonly keys: readonly Address[]
  readonly registeredAt: readonly number[]
  readonly rank: readonly number[]
  readonly trust: readonly number[]
  readonly consensus: readonly number[]
  readonly dividends: readonly number[]
  readonly validatorTrust: readonly number[]
  readonly pruningScores: readonly number[]
  readonly stakeWeight: readonly number[]
  readonly emission: readonly bigint[]
  readonly active: readonly boolean[]
  readonly validatorPermit: readonly boolean[]
  /** By mechanism, then UID. */
  readonly incentive: readonly (readonly number[])[]
  /** By mechanism, then UID: heights. */
  readonly lastUpdate: readonly (readonly number[])[]
}

/** A copy of an array with one element replaced. */
export function withElement<Element>(array: readonly Element[], index: number, element: Element): Element[] {
  const copy = array.slice()
  copy[index] = element
  return copy
}

const indices = new WeakMap<readonly Address[], ReadonlyMap<Address, number>>()

/** The UID of a hotkey on a subnet; undefined if it is not registered. */
export function uidOf(subnet: SubnetState, hotkey: Address): number | undefined {
  let index = indices.get(subnet.keys)
  if (index === undefined) {
    index = new Map(subnet.keys.map((key, uid) => [key, uid]))
    indices.set(subnet.keys, index)
  }
  return index.get(hotkey)
}

/** Height of a neuron's newest update on any of the subnet's mechanisms. */
export const newestUpdate = (subnet: SubnetState, uid: number): number =>
  Math.max(...subnet.lastUpdate.map((heights) => heights[uid] ?? 0))

/** AlphaSqrtPrice of a pool, as U64F64 bits: the square root of tao / alphaIn. */
export function squareRootBits({ tao, alphaIn }: Pick<SubnetState, 'tao' | 'alphaIn'>): bigint {
  if (alphaIn === 0n) return 0n
  return BigInt(Math.floor(Math.sqrt(Number(tao) / Number(alphaIn)) * 2 ** 53)) << 11n
}
