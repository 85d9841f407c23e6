import type { Address } from '../chain/address.ts'
import type { Expectation } from './expectation.ts'

/** A hotkey or coldkey named in the configuration. */
export interface WatchedKey {
  readonly name: string
  readonly address: Address
  /** What must hold for it; not given, or undefined, where nothing is expected. */
  readonly expect?: Expectation | undefined
}

/** What the operator asked to see. */
export interface Scope {
  readonly hotkeys: readonly WatchedKey[]
  readonly coldkeys: readonly WatchedKey[]
  /** Those the watched hotkeys are on, all there are, or these. */
  readonly subnets: 'watched' | 'all' | readonly number[]
  /** Of several exporters that share the subnets, this has those with netuid mod count = index; undefined: all. */
  readonly shard?: { readonly index: number; readonly count: number } | undefined
  /** Series of the neuron table, at most. */
  readonly maxSeries: number
}
