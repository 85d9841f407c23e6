import type { Address } from './address.ts'
import type { AlphaDigits, RaoDigits } from './digits.ts'
import type { Price } from './price.ts'
import type { Ratio } from './ratio.ts'

/** What is staked, by row: TAO to spec 232; from 233 the subnet's alpha, with the spot price it is worth. */
export type StakeColumn =
  | { readonly unit: 'tao'; readonly amounts: readonly RaoDigits[] }
  | { readonly unit: 'alpha'; readonly amounts: readonly AlphaDigits[]; readonly price: Price | undefined }

/** What was earned in the last epoch, by row: TAO to spec 232, the subnet's alpha from 233. */
export type EmissionColumn =
  | { readonly unit: 'tao'; readonly amounts: readonly RaoDigits[] }
  | { readonly unit: 'alpha'; readonly amounts: readonly AlphaDigits[] }

/** Scores the chain keeps as u16, 65,535 for 1. */
export type ScoreName = 'rank' | 'trust' | 'validatorTrust' | 'consensus' | 'dividends'

/**
 * The neurons of one subnet at one block, as columns of equal length: row i is the neuron uids[i]. A column that the
 * runtime no longer computes, or not yet, or keeps in an unknown form, is undefined. Columns are never changed in place: what is the same object as
 * before holds what it held before.
 */
export interface SubnetNeurons {
  readonly netuid: number
  /** Ascending. */
  readonly uids: readonly number[]
  readonly hotkeys: readonly Address[]
  /** Undefined for a hotkey that nobody owns. */
  readonly coldkeys: readonly (Address | undefined)[]
  readonly stake: StakeColumn | undefined
  readonly scores: Readonly<Record<ScoreName, Uint16Array | undefined>>
  /** One score, or one ratio over several mechanisms. */
  readonly incentive: Uint16Array | readonly Ratio[] | undefined
  readonly emission: EmissionColumn | undefined
  /** Heights at which it last set weights, or was registered; the newest over all mechanisms. */
  readonly lastUpdate: readonly number[] | undefined
  readonly validatorPermit: readonly boolean[] | undefined
  readonly active: readonly boolean[] | undefined
  /** Heights. */
  readonly registeredAt: readonly number[] | undefined
  /** Blocks. */
  readonly immunityPeriod: number | undefined
}

/** A neuron cannot be replaced while its age is below the subnet's immunity period (registration.rs, all specs). */
export const isImmune = (height: number, registeredAt: number, immunityPeriod: number): boolean =>
  height - registeredAt < immunityPeriod
