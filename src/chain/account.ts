import { larger, type Rao } from './money.ts'
import type { Address } from './address.ts'

/** System.Account of one address. */
export interface Account {
  readonly address: Address
  readonly nonce: number
  readonly free: Rao
  readonly reserved: Rao
  readonly frozen: Rao
}

/** Runtimes to spec 146 keep two locks that overlap: what neither lets go is the larger of them. */
export const frozenOf = (miscFrozen: Rao, feeFrozen: Rao): Rao => larger(miscFrozen, feeFrozen)
