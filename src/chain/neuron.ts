import type { Address } from './address.ts'
import type { AlphaDigits, RaoDigits } from './digits.ts'
import type { Price } from './price.ts'
import type { Ratio } from './ratio.ts'

/** Stakes by row: in TAO up to spec 232, in the subnet's alpha from 233, with its spot price. */
export type StakeColumn =
  | { readonly unit: 'tao'; readonly amounts: readonly RaoDigits[] }
  | { readonly unit: 'alpha'; readonly amounts: readonly AlphaDigits[]; readonly price: Price | undefined }

/** Earnings of the last epoch by row: in TAO up to spec 232, in the subnet's alpha from 233. */
export type EmissionColumn =
  | { readonly unit: 'tao'; readonly amounts: readonly RaoDigits[] }
  | { readonly unit: 'alpha'; readonly amounts: readonly AlphaDigits[] }

/** Scores that the chain stores as u16, where 65,535 is 1. */
export type ScoreName = 'rank' | 'trust' | 'validatorTrust' | 'consensus' | 'dividends'

/**
 * The neurons of one subnet at one block, as columns of equal length: row i is the neuron uids[i]. A column is undefined if
 * the runtime does not compute it or stores it with an unknown type. Columns are immutable: an identical object has identical
 * contents.
 */
export interface SubnetNeurons {
  readonly netuid: number
  /** Ascending. */
  readonly uids: readonly number[]
  readonly hotkeys: readonly Address[]
  /** Undefined for a hotkey without an owner. */
  readonly coldkeys: readonly (Address | undefined)[]
  readonly stake: StakeColumn | undefined
  readonly scores: Readonly<Record<ScoreName, Uint16Array | undefined>>
  /** Scores of the only mechanism, or ratios combined from several. */
  readonly incentive: Uint16Array | readonly Ratio[] | undefined
  readonly emission: EmissionColumn | undefined
  /** Heights at which each neuron last set weights or was registered; the newest of all mechanisms. */
  readonly lastUpdate: readonly number[] | undefined
  readonly validatorPermit: readonly boolean[] | undefined
  readonly active: readonly boolean[] | undefined
  /** Heights. */
  readonly registeredAt: readonly number[] | undefined
  /** Blocks. */
  readonly immunityPeriod: number | undefined
}

/** Whether a neuron is immune: its age is below the subnet's immunity period (registration.rs, all specs). */
export const isImmune = (height: number, registeredAt: number, immunityPeriod: number): boolean =>
  height - registeredAt < immunityPeriod
