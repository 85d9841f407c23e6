import type { Address } from '../chain/address.ts'
import type { SimulatedEvent } from './events.ts'
import type { SubnetState } from './subnet.ts'
import { VersionedMap } from './versioned.ts'

/** System.Account of one address; amounts in the smallest unit. */
export interface AccountState {
  readonly nonce: number
  readonly free: bigint
  readonly reserved: bigint
  readonly frozen: bigint
}

/** The chain's response for an account that does not exist. */
const NO_ACCOUNT: AccountState = { nonce: 0, free: 0n, reserved: 0n, frozen: 0n }

/** State of a coldkey swap. Heights. */
export interface SwapState {
  /** To spec 380 here. */
  readonly scheduledAt?: number
  readonly to?: Address
  /** From spec 381 here. */
  readonly announcedFor?: number
  readonly disputedAt?: number
}

/** Child keys that take effect at a height. Proportions are parts of 2^64 − 1. */
export interface PendingChildrenState {
  readonly children: readonly (readonly [proportion: bigint, child: Address])[]
  readonly from: number
}

/** The metrics endpoint that a hotkey has published (PrometheusInfo). */
export interface EndpointState {
  /** Height of the extrinsic. */
  readonly block: number
  readonly version: number
  /** The address as an integer, u128. */
  readonly ip: bigint
  readonly port: number
  /** 4 or 6. */
  readonly ipType: number
}

/** A hotkey's fund of root dividends. */
export interface BasketState {
  /** All shares. */
  readonly shares: bigint
  /** I96F32 bits: shares per rao of stake on root. */
  readonly rate: bigint
}

/** State that is stored per block. Ledger has the state that is stored per key. */
export interface Snapshot {
  /** Seed of the chain, from which hashes are derived. */
  readonly seed: number
  readonly height: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  /** Spec version of the runtime that executed the block and wrote its state. */
  readonly spec: number
  /** Spec version of the runtime in the state, which executes the next block. Differs from `spec` if the block set new code. */
  readonly code: number
  readonly subnets: ReadonlyMap<number, SubnetState>
  /** Events of the block. */
  readonly events: readonly SimulatedEvent[]
  /** Rao. */
  readonly totalStake: bigint
  /** Rao. */
  readonly totalIssuance: bigint
  /** From spec 473: whether the migration of shares has not moved the entries of the original maps yet. */
  readonly movingShares: boolean
}

/** State that is stored per account, hotkey or coldkey, at every kept height. */
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
  /** Parts of the alpha by coldkey, by netuid/hotkey. Without an entry the owner has all. */
  readonly portions = new VersionedMap<string, ReadonlyMap<Address, number>>()
  /** Hotkeys of other owners on which a coldkey stakes. */
  readonly delegations = new VersionedMap<Address, readonly Address[]>()
  readonly swaps = new VersionedMap<Address, SwapState>()
  /** By netuid/hotkey. */
  readonly pendingChildren = new VersionedMap<string, PendingChildrenState>()
  /** Identity names by coldkey. */
  readonly identities = new VersionedMap<Address, string>()

  /** Number of times a hotkey's pool was closed, by netuid/hotkey. */
  readonly poolEpochs = new VersionedMap<string, number>()
  /** Pool epoch at which shares were written, by netuid/hotkey/coldkey. */
  readonly shareEpochs = new VersionedMap<string, number>()
  readonly baskets = new VersionedMap<Address, BasketState>()
  /** By hotkey/coldkey. */
  readonly claimed = new VersionedMap<string, bigint>()
  /** Locked alpha, by netuid/hotkey/coldkey. */
  readonly collateral = new VersionedMap<string, bigint>()

  /** By netuid/hotkey. */
  readonly endpoints = new VersionedMap<string, EndpointState>()

  forgetBefore(height: number): void {
    const staked = [this.stakes, this.alphas, this.portions, this.delegations]
    const about = [this.swaps, this.pendingChildren, this.identities, this.endpoints]
    const epochs = [this.poolEpochs, this.shareEpochs, this.baskets, this.claimed, this.collateral]
    for (const map of [this.accounts, this.owners, this.owned, this.takes, ...staked, ...about, ...epochs])
      map.forgetBefore(height)
  }
}

/** The key of Ledger.alphas. */
export const alphaKey = (netuid: number, hotkey: Address): string => `${netuid}/${hotkey}`

/** The key of Ledger.shareEpochs and Ledger.collateral. */
export const rowKey = (netuid: number, hotkey: Address, coldkey: Address): string =>
  `${alphaKey(netuid, hotkey)}/${coldkey}`

/** The key of Ledger.claimed. */
export const claimKey = (hotkey: Address, coldkey: Address): string => `${hotkey}/${coldkey}`

/** The state at one height, from which storage items are read. */
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

  /** Stake of a hotkey in rao, as in TotalHotkeyStake. */
  stake(hotkey: Address): bigint {
    return this.ledger.stakes.get(hotkey, this.block.height) ?? 0n
  }

  alpha(netuid: number, hotkey: Address): bigint {
    return this.ledger.alphas.get(alphaKey(netuid, hotkey), this.block.height) ?? 0n
  }

  /** Parts of a hotkey's alpha by coldkey; empty without alpha. */
  portions(netuid: number, hotkey: Address): ReadonlyMap<Address, number> {
    if (this.alpha(netuid, hotkey) === 0n) return new Map()
    const recorded = this.ledger.portions.get(alphaKey(netuid, hotkey), this.block.height)
    const owner = this.owner(hotkey)
    return recorded ?? new Map(owner === undefined ? [] : [[owner, 1]])
  }

  poolEpoch(netuid: number, hotkey: Address): number {
    return this.ledger.poolEpochs.get(alphaKey(netuid, hotkey), this.block.height) ?? 0
  }

  shareEpoch(netuid: number, hotkey: Address, coldkey: Address): number {
    return this.ledger.shareEpochs.get(rowKey(netuid, hotkey, coldkey), this.block.height) ?? 0
  }

  basket(hotkey: Address): BasketState {
    return this.ledger.baskets.get(hotkey, this.block.height) ?? { shares: 0n, rate: 0n }
  }

  claimed(hotkey: Address, coldkey: Address): bigint {
    return this.ledger.claimed.get(claimKey(hotkey, coldkey), this.block.height) ?? 0n
  }

  collateral(netuid: number, hotkey: Address, coldkey: Address): bigint | undefined {
    return this.ledger.collateral.get(rowKey(netuid, hotkey, coldkey), this.block.height)
  }

  /** The hotkeys on which a coldkey stakes, including its own. */
  staking(coldkey: Address): readonly Address[] {
    const others = this.ledger.delegations.get(coldkey, this.block.height) ?? []
    return [...new Set([...this.owned(coldkey), ...others])]
  }

  swap(coldkey: Address): SwapState {
    return this.ledger.swaps.get(coldkey, this.block.height) ?? {}
  }

  pendingChildren(netuid: number, hotkey: Address): PendingChildrenState {
    const pending = this.ledger.pendingChildren.get(alphaKey(netuid, hotkey), this.block.height)
    return pending ?? { children: [], from: 0 }
  }

  endpoint(netuid: number, hotkey: Address): EndpointState | undefined {
    return this.ledger.endpoints.get(alphaKey(netuid, hotkey), this.block.height)
  }

  identity(coldkey: Address): string | undefined {
    return this.ledger.identities.get(coldkey, this.block.height)
  }
}
