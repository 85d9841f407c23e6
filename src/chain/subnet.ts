import type { Address } from './address.ts'
import type { Alpha, Rao } from './money.ts'
import type { Price } from './price.ts'

/** The subnet every runtime has: its validators, no miners, its alpha is TAO. */
export const ROOT_NETUID = 0

/** Subtensor refuses netuids from here on: storage indices are netuid + 4096 × mechanism (subnets/mechanism.rs:28). */
export const NETUID_LIMIT = 4096

/** The pool a subnet's alpha is traded in, from spec 233. */
export interface Pool {
  readonly price: Price | undefined
  readonly movingPrice: Price | undefined
  readonly tao: Rao
  readonly alphaIn: Alpha
  /** Alpha outside the pool, held by keys. */
  readonly alphaOut: Alpha
}

/** What its owner and the root of the chain decide about a subnet. What its runtime does not have is undefined, or ''. */
export interface SubnetSettings {
  readonly name: string
  readonly symbol: string
  readonly ownerColdkey: Address | undefined
  readonly ownerHotkey: Address | undefined
  readonly neuronsLimit: number
  /** Blocks. */
  readonly tempo: number
  /** Blocks. */
  readonly immunityPeriod: number
  /** Blocks a validator may go without setting weights before an epoch finds it inactive. */
  readonly activityCutoff: number
}

/** One subnet at one block. */
export interface Subnet extends SubnetSettings {
  readonly netuid: number
  readonly neurons: number
  /** Blocks since the last epoch that ran. */
  readonly sinceEpoch: number
  readonly registrationCost: Rao
  readonly pool: Pool | undefined
}

/**
 * From spec 423 the cutoff follows the tempo: max(1, ActivityCutoffFactorMilli × Tempo / 1000)
 * (utils/misc.rs:614 at spec 425). Blocks.
 */
export const activityCutoffOf = (factorMilli: number, tempo: number): number =>
  Math.max(1, Math.floor((factorMilli * tempo) / 1000))
