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

/** The frozen balance in runtimes up to spec 146, which keep two overlapping locks: the larger of the two. */
export const frozenOf = (miscFrozen: Rao, feeFrozen: Rao): Rao => larger(miscFrozen, feeFrozen)
