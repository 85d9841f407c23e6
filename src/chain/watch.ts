import type { Address } from './address.ts'

/** A hotkey or coldkey named in the configuration. */
export interface WatchedKey {
  readonly name: string
  readonly address: Address
}

/** What the operator asked to see. */
export interface Watch {
  readonly hotkeys: readonly WatchedKey[]
  readonly coldkeys: readonly WatchedKey[]
  /** Those the watched hotkeys are on, all there are, or these. */
  readonly subnets: 'watched' | 'all' | readonly number[]
}
