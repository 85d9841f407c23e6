import type { Address } from './address.ts'
import type { Alpha, Rao } from './money.ts'
import type { Price } from './price.ts'
import type { Ratio } from './ratio.ts'

/** The subnet every runtime has: its validators, no miners, its alpha is TAO. */
export const ROOT_NETUID = 0

/** Subtensor refuses netuids from here on: storage indices are netuid + 4096 × mechanism (subnets/mechanism.rs:28). */
export const NETUID_LIMIT = 4096

/** The pool a subnet's alpha is traded in, from spec 233. */
export interface Pool {
  readonly price: Price | undefined
  readonly movingPrice: Price | undefined
  readonly tao: Rao | undefined
  readonly alphaIn: Alpha | undefined
  /**
   * SubnetAlphaOut: alpha issued outside the pool. Besides what is staked it counts burned alpha, the protocol's own alpha
   * and emission that is pending (coinbase/alpha.rs:52 and coinbase/run_coinbase.rs:113 at spec 425).
   */
  readonly alphaOut: Alpha | undefined
  /** TotalAlphaStaked: alpha staked on all hotkeys. Undefined where the runtime has no such item (to spec 447 at the earliest). */
  readonly alphaStaked: Alpha | undefined
}

/** What its owner and the root of the chain decide about a subnet. What its runtime does not have, or keeps in an unknown form, is undefined or ''. */
export interface SubnetSettings {
  readonly name: string
  readonly symbol: string
  readonly ownerColdkey: Address | undefined
  readonly ownerHotkey: Address | undefined
  readonly neuronsLimit: number | undefined
  /** Blocks. */
  readonly tempo: number | undefined
  /** Blocks. */
  readonly immunityPeriod: number | undefined
  /** Blocks a validator may go without setting weights before an epoch finds it inactive. */
  readonly activityCutoff: number | undefined
  /**
   * CollateralLockShare: the share of the registration cost that is locked as the miner's stake instead of burned
   * (do_register, subnets/registration.rs at spec 437). Undefined before spec 437.
   */
  readonly collateralLock: Ratio | undefined
  /**
   * SubnetEpochConsensus as the chain names it: `Yuma`, or `Null`, under which an epoch gives one validator permit,
   * leaves bonds as they are and sets consensus and trust to 0. Undefined where the runtime has no such item (to spec 473):
   * every subnet has Yuma there.
   */
  readonly consensus: string | undefined
}

/** One subnet at one block. */
export interface Subnet extends SubnetSettings {
  readonly netuid: number
  readonly neurons: number
  /** Blocks since the last epoch that ran; undefined when none ever did. */
  readonly sinceEpoch: number | undefined
  readonly registrationCost: Rao | undefined
  readonly pool: Pool | undefined
}

/**
 * From spec 423 the cutoff follows the tempo: max(1, ActivityCutoffFactorMilli × Tempo / 1000)
 * (utils/misc.rs:614 at spec 425). Blocks.
 */
export const activityCutoffOf = (factorMilli: number, tempo: number): number =>
  Math.max(1, Math.floor((factorMilli * tempo) / 1000))
