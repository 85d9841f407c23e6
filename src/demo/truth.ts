import { ZERO_ACCOUNT, type Address } from '../chain/address.ts'
import type { AccountState, StateAt } from './state.ts'
import { squareRootBits, type SubnetState } from './subnet.ts'

/** Ground truth of one neuron. Scores are u16, amounts are in the smallest unit. */
interface NeuronTruth {
  readonly uid: number
  readonly hotkey: Address
  readonly coldkey: Address
  /** Stake in rao, which specs up to 232 store. */
  readonly stake: bigint
  /** Alpha on this subnet, which specs from 233 store. */
  readonly alpha: bigint
  readonly rank: number
  readonly trust: number
  readonly validatorTrust: number
  readonly consensus: number
  readonly dividends: number
  readonly pruningScore: number
  readonly stakeWeight: number
  readonly emission: bigint
  /** By mechanism. */
  readonly incentive: readonly number[]
  /** By mechanism: heights. */
  readonly lastUpdate: readonly number[]
  readonly validatorPermit: boolean
  readonly active: boolean
  readonly registeredAt: number
}

/** Ground truth of one subnet: parameters, pool, and neurons by UID. */
export interface SubnetTruth extends SubnetState {
  /** U64F64. */
  readonly squareRootPriceBits: bigint
  readonly neurons: readonly NeuronTruth[]
}

/** Ground truth at one height, independent of storage layouts and JSON. */
export interface Truth {
  readonly height: number
  readonly hash: string
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly spec: number
  readonly totalIssuance: bigint
  readonly subnets: ReadonlyMap<number, SubnetTruth>
  account(address: Address): AccountState
  /** The coldkey that owns a hotkey, or undefined. */
  owner(hotkey: Address): Address | undefined
  /** As u16; undefined for the runtime's default. */
  take(hotkey: Address): number | undefined
  stake(hotkey: Address): bigint
  alpha(netuid: number, hotkey: Address): bigint
}

/** Extracts the ground truth from a state. */
export function truthOf(state: StateAt, hash: string): Truth {
  const { height, timestamp, spec, totalIssuance, subnets } = state.block
  return {
    height,
    hash,
    timestamp,
    spec,
    totalIssuance,
    subnets: new Map([...subnets].map(([netuid, subnet]) => [netuid, subnetTruth(subnet, state)])),
    account: (address) => state.account(address),
    owner: (hotkey) => state.owner(hotkey),
    take: (hotkey) => state.take(hotkey),
    stake: (hotkey) => state.stake(hotkey),
    alpha: (netuid, hotkey) => state.alpha(netuid, hotkey),
  }
}

const subnetTruth = (subnet: SubnetState, state: StateAt): SubnetTruth => ({
  ...subnet,
  squareRootPriceBits: squareRootBits(subnet),
  neurons: subnet.keys.map((hotkey, uid) => ({
    uid,
    hotkey,
    coldkey: state.owner(hotkey) ?? ZERO_ACCOUNT,
    stake: state.stake(hotkey),
    alpha: state.alpha(subnet.netuid, hotkey),
    rank: subnet.rank[uid] ?? 0,
    trust: subnet.trust[uid] ?? 0,
    validatorTrust: subnet.validatorTrust[uid] ?? 0,
    consensus: subnet.consensus[uid] ?? 0,
    dividends: subnet.dividends[uid] ?? 0,
    pruningScore: subnet.pruningScores[uid] ?? 0,
    stakeWeight: subnet.stakeWeight[uid] ?? 0,
    emission: subnet.emission[uid] ?? 0n,
    incentive: subnet.incentive.map((scores) => scores[uid] ?? 0),
    lastUpdate: subnet.lastUpdate.map((heights) => heights[uid] ?? 0),
    validatorPermit: subnet.validatorPermit[uid] ?? false,
    active: subnet.active[uid] ?? false,
    registeredAt: subnet.registeredAt[uid] ?? 0,
  })),
})
