import type { Decimals } from './money.ts'

/** The native token as the chain describes itself (`/runtime/spec` properties). */
export interface Token {
  readonly symbol: string
  readonly decimals: Decimals
  readonly ss58Format: number
}

/** A runtime version (`/runtime/spec`). Token facts that the chain does not give are absent. */
export interface Runtime {
  readonly specName: string
  readonly specVersion: number
  readonly implVersion: number
  readonly authoringVersion: number
  readonly transactionVersion: number
  /** `live`, `development`, `local` or a name of the chain's own. */
  readonly chainType: string
  readonly token: Token | undefined
}

/** The newest spec whose formulas were read in the chain's source. */
export const NEWEST_KNOWN_SPEC = 475
