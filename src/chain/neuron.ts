import type { Address } from './address.ts'
import type { Alpha, Rao } from './money.ts'
import type { Ratio } from './ratio.ts'

/** What is staked on a neuron: TAO to spec 232; from 233 the subnet's alpha, and its worth at the spot price. */
export type NeuronStake =
  | { readonly unit: 'tao'; readonly value: Rao }
  | { readonly unit: 'alpha'; readonly value: Rao | undefined; readonly amount: Alpha }

/** What a neuron earned in the last epoch: TAO to spec 232, the subnet's alpha from 233. */
export type Emission =
  { readonly unit: 'tao'; readonly amount: Rao } | { readonly unit: 'alpha'; readonly amount: Alpha }

/** One neuron at one block. What its runtime no longer computes, or not yet, is undefined. */
export interface Neuron {
  readonly netuid: number
  readonly uid: number
  readonly hotkey: Address
  readonly coldkey: Address | undefined
  readonly stake: NeuronStake
  readonly rank: Ratio | undefined
  readonly trust: Ratio | undefined
  readonly validatorTrust: Ratio | undefined
  readonly consensus: Ratio | undefined
  readonly incentive: Ratio | undefined
  readonly dividends: Ratio | undefined
  readonly emission: Emission | undefined
  /** Height at which it last set weights, was registered, or (a miner) was last touched. */
  readonly lastUpdate: number | undefined
  readonly validatorPermit: boolean | undefined
  readonly active: boolean | undefined
  readonly registeredAt: number
  readonly immune: boolean
}

/** A neuron cannot be replaced while its age is below the subnet's immunity period (registration.rs, all specs). */
export const isImmune = (height: number, registeredAt: number, immunityPeriod: number): boolean =>
  height - registeredAt < immunityPeriod
