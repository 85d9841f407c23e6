import type { Decimals } from './money.ts'

/** The native token, from the chain's properties (`/runtime/spec`). */
export interface Token {
  readonly symbol: string
  readonly decimals: Decimals
  readonly ss58Format: number
}

/** A runtime version (`/runtime/spec`). */
export interface Runtime {
  readonly specName: string
  readonly specVersion: number
  readonly implVersion: number
  readonly authoringVersion: number
  readonly transactionVersion: number
  /** `live`, `development`, `local` or a custom name. */
  readonly chainType: string
  /** Undefined if the chain's properties are incomplete. */
  readonly token: Token | undefined
}

/** The newest spec whose formulas were verified against the chain's source. */
export const NEWEST_KNOWN_SPEC = 475
