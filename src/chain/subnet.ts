import type { Address } from './address.ts'
import type { Alpha, Rao } from './money.ts'
import type { Price } from './price.ts'
import type { Ratio } from './ratio.ts'

/** The root subnet, which every runtime has. It has validators but no miners, and its alpha is TAO. */
export const ROOT_NETUID = 0

/** Netuids are below this: storage indices are netuid + 4096 × mechanism (subnets/mechanism.rs:28). */
export const NETUID_LIMIT = 4096

/** The pool in which a subnet's alpha is traded, from spec 233. */
export interface Pool {
  readonly price: Price | undefined
  readonly movingPrice: Price | undefined
  readonly tao: Rao | undefined
  readonly alphaIn: Alpha | undefined
  /**
   * SubnetAlphaOut: alpha issued outside the pool. Includes staked alpha, burned alpha, the protocol's own alpha and pending
   * emission (coinbase/alpha.rs:52 and coinbase/run_coinbase.rs:113 at spec 425).
   */
  readonly alphaOut: Alpha | undefined
  /** TotalAlphaStaked: alpha staked on all hotkeys. Undefined if the runtime lacks the item (up to spec 447 at least). */
  readonly alphaStaked: Alpha | undefined
}

/**
 * Settings of a subnet, made by its owner or by the root of the chain. A setting is undefined or '' if the runtime lacks it or
 * stores it with an unknown type.
 */
export interface SubnetSettings {
  readonly name: string
  readonly symbol: string
  readonly ownerColdkey: Address | undefined
  readonly ownerHotkey: Address | undefined
  readonly neuronsLimit: number | undefined
  /** MaxAllowedValidators: validator permits that an epoch grants at most (epoch/run_epoch.rs at spec 475). */
  readonly validatorsLimit: number | undefined
  /** Blocks. */
  readonly tempo: number | undefined
  /** Blocks. */
  readonly immunityPeriod: number | undefined
  /** Blocks without setting weights after which an epoch marks a validator inactive. */
  readonly activityCutoff: number | undefined
  /**
   * CollateralLockShare: share of the registration cost that is locked as the miner's stake instead of burned
   * (do_register, subnets/registration.rs at spec 437). Undefined before spec 437.
   */
  readonly collateralLock: Ratio | undefined
  /**
   * SubnetEpochConsensus in the chain's spelling: `Yuma`, or `Null`, under which an epoch grants one validator permit, keeps
   * bonds unchanged and sets consensus and trust to 0. Undefined if the runtime lacks the item (up to spec 473), where every
   * subnet uses Yuma.
   */
  readonly consensus: string | undefined
}

/** One subnet at one block. */
export interface Subnet extends SubnetSettings {
  readonly netuid: number
  readonly neurons: number
  /** Blocks since the last epoch that ran; undefined if none has. */
  readonly sinceEpoch: number | undefined
  /** MechanismCountCurrent. Undefined before spec 320. */
  readonly mechanisms: number | undefined
  readonly registrationCost: Rao | undefined
  readonly pool: Pool | undefined
}

/**
 * The activity cutoff in blocks from spec 423, where it depends on the tempo: max(1, ActivityCutoffFactorMilli × Tempo / 1000)
 * (utils/misc.rs:614 at spec 425).
 */
export const activityCutoffOf = (factorMilli: number, tempo: number): number =>
  Math.max(1, Math.floor((factorMilli * tempo) / 1000))
