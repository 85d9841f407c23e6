import type { Address } from '../chain/address.ts'
import type { Expectation } from './expectation.ts'

/** A hotkey or coldkey named in the configuration. */
export interface WatchedKey {
  readonly name: string
  readonly address: Address
  /** Absent or undefined without expectations. */
  readonly expect?: Expectation | undefined
}

/** The keys and subnets that the operator wants to read. */
export interface Scope {
  readonly hotkeys: readonly WatchedKey[]
  readonly coldkeys: readonly WatchedKey[]
  /** The subnets on which the watched hotkeys are registered, all subnets, or these netuids. */
  readonly subnets: 'watched' | 'all' | readonly number[]
  /** This exporter reads the subnets with netuid mod count = index; undefined for all subnets. */
  readonly shard?: { readonly index: number; readonly count: number } | undefined
  /** Maximum number of series of the neuron table. */
  readonly maxSeries: number
}
