import type { Address } from '../chain/address.ts'
import type { SubnetState } from './subnet.ts'
import { VersionedMap } from './versioned.ts'

/** System.Account of one address; amounts in the smallest unit. */
export interface AccountState {
  readonly nonce: number
  readonly free: bigint
  readonly reserved: bigint
  readonly frozen: bigint
}

/** What the chain answers for an account it does not keep. */
const NO_ACCOUNT: AccountState = { nonce: 0, free: 0n, reserved: 0n, frozen: 0n }

/** What is kept per block. What is kept per key is in Ledger. */
export interface Snapshot {
  readonly height: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly spec: number
  readonly subnets: ReadonlyMap<number, SubnetState>
  /** Rao. */
  readonly totalStake: bigint
  /** Rao. */
  readonly totalIssuance: bigint
}

/** What the chain keeps per account, hotkey or coldkey, at every kept height. */
export class Ledger {
  readonly accounts = new VersionedMap<Address, AccountState>()
  /** Coldkey by hotkey. */
  readonly owners = new VersionedMap<Address, Address>()
  /** Hotkeys by coldkey. */
  readonly owned = new VersionedMap<Address, readonly Address[]>()
  /** Delegate take by hotkey, u16. */
  readonly takes = new VersionedMap<Address, number>()
  /** Rao by hotkey, to spec 232. */
  readonly stakes = new VersionedMap<Address, bigint>()
  /** Alpha by netuid/hotkey, from spec 233. */
  readonly alphas = new VersionedMap<string, bigint>()

  forgetBefore(height: number): void {
    const maps = [this.accounts, this.owners, this.owned, this.takes, this.stakes, this.alphas]
    for (const map of maps) map.forgetBefore(height)
  }
}

/** The key of Ledger.alphas. */
export const alphaKey = (netuid: number, hotkey: Address): string => `${netuid}/${hotkey}`

/** The state at one height: what storage items are read from. */
export class StateAt {
  readonly block: Snapshot
  readonly ledger: Ledger

  constructor(block: Snapshot, ledger: Ledger) {
    this.block = block
    this.ledger = ledger
  }

  account(address: Address): AccountState {
    return this.ledger.accounts.get(address, this.block.height) ?? NO_ACCOUNT
  }

  owner(hotkey: Address): Address | undefined {
    return this.ledger.owners.get(hotkey, this.block.height)
  }

  owned(coldkey: Address): readonly Address[] {
    return this.ledger.owned.get(coldkey, this.block.height) ?? []
  }

  take(hotkey: Address): number | undefined {
    return this.ledger.takes.get(hotkey, this.block.height)
  }

  /** Rao on a hotkey, as TotalHotkeyStake kept it. */
  stake(hotkey: Address): bigint {
    return this.ledger.stakes.get(hotkey, this.block.height) ?? 0n
  }

  alpha(netuid: number, hotkey: Address): bigint {
    return this.ledger.alphas.get(alphaKey(netuid, hotkey), this.block.height) ?? 0n
  }
}
