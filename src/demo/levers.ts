import type { Address } from '../chain/address.ts'
import type { Draft } from './draft.ts'
import { hasSwapCost } from './events.ts'
import { setWeights, sign } from './movement.ts'
import { register, type Candidate } from './register.ts'
import {
  alphaKey,
  claimKey,
  rowKey,
  type AccountState,
  type BasketState,
  type EndpointState,
  type PendingChildrenState,
  type SwapState,
} from './state.ts'
import { withElement, type SubnetState } from './subnet.ts'

type Settings = Partial<
  Pick<
    SubnetState,
    | 'name'
    | 'symbol'
    | 'ownerColdkey'
    | 'ownerHotkey'
    | 'maxAllowedUids'
    | 'maxValidators'
    | 'tempo'
    | 'immunityPeriod'
    | 'activityCutoff'
    | 'activityCutoffFactorMilli'
    | 'collateralLockShare'
    | 'epochConsensus'
  >
>

/** The event that reports a change of a setting (pallet subtensor, macros/events.rs at spec 425). */
const EVENTS: Readonly<Record<keyof Settings, string>> = {
  name: 'SubnetIdentitySet',
  symbol: 'SymbolUpdated',
  ownerColdkey: 'SubnetOwnerChanged',
  ownerHotkey: 'SubnetOwnerHotkeySet',
  maxAllowedUids: 'MaxAllowedUidsSet',
  maxValidators: 'MaxAllowedValidatorsSet',
  tempo: 'TempoSet',
  immunityPeriod: 'ImmunityPeriodSet',
  activityCutoff: 'ActivityCutoffSet',
  activityCutoffFactorMilli: 'ActivityCutoffFactorMilliSet',
  collateralLockShare: 'CollateralLockShareSet',
  epochConsensus: 'EpochConsensusSet',
}

/** For levers whose values the chain writes only at epochs: sets the height of the last epoch to this block. */
const atEpoch = (draft: Draft) => ({ lastEpoch: draft.block.height })

/**
 * Changes that tests can make to the chain. They take effect in the next block, after the simulated activity. Invalid changes
 * (a subnet that does not exist, a hotkey that is already registered) throw from advance().
 */
export abstract class Levers {
  private queue: ((draft: Draft) => void)[] = []

  protected next(lever: (draft: Draft) => void): void {
    this.queue.push(lever)
  }

  /** Applies the changes queued since the last block to the block under construction. */
  protected pull(draft: Draft): void {
    const levers = this.queue
    this.queue = []
    for (const lever of levers) lever(draft)
  }

  /** Upgrades the runtime: the next block sets the new code, and the block after it is the first that the new runtime writes. */
  setSpec(spec: number): void {
    this.next((draft) => {
      draft.block.code = spec
    })
  }

  /** Shifts the chain's clock by this many milliseconds from the next block on; negative shifts it back. */
  shiftClock(milliseconds: number): void {
    this.next((draft) => {
      draft.block.timestamp += milliseconds
    })
  }

  /** Registers a neuron on a free UID, otherwise on that of the next neuron to be replaced. Does nothing if all are protected. */
  registerNeuron(netuid: number, candidate: Candidate): void {
    this.next((draft) => register(draft, netuid, candidate))
  }

  /** Registers a hotkey on a UID and deregisters the previous one. */
  replaceNeuron(netuid: number, uid: number, candidate: Candidate): void {
    this.next((draft) => register(draft, netuid, candidate, uid))
  }

  setBalance(address: Address, balance: Partial<AccountState>): void {
    this.next((draft) => {
      draft.patchAccount(address, balance)
    })
  }

  /** Signs one extrinsic: increments the nonce and deducts the cost in rao (a fee by default). */
  sign(address: Address, cost?: bigint): void {
    this.next((draft) => {
      sign(draft, address, cost)
    })
  }

  setWeights(netuid: number, uid: number, mechanism = 0): void {
    this.next((draft) => {
      setWeights(draft, netuid, uid, mechanism)
    })
  }

  setPermit(netuid: number, uid: number, permit: boolean): void {
    this.next((draft) => {
      const { validatorPermit } = draft.subnet(netuid)
      draft.patchSubnet(netuid, {
        ...atEpoch(draft),
        validatorPermit: withElement(validatorPermit, uid, permit),
      })
    })
  }

  setActive(netuid: number, uid: number, active: boolean): void {
    this.next((draft) => {
      draft.patchSubnet(netuid, {
        ...atEpoch(draft),
        active: withElement(draft.subnet(netuid).active, uid, active),
      })
    })
  }

  /** Changes the owner of a hotkey. */
  setOwner(hotkey: Address, coldkey: Address): void {
    this.next((draft) => {
      const cost = hasSwapCost(draft.block.spec) ? [0] : []
      draft.emit('ColdkeySwapped', draft.owner(hotkey) ?? hotkey, coldkey, ...cost)
      draft.setOwner(hotkey, coldkey)
    })
  }

  /** Sets the stake of a hotkey: alpha on this subnet, and the same number of rao in TotalHotkeyStake. */
  setStake(netuid: number, hotkey: Address, units: bigint): void {
    this.next((draft) => {
      draft.setAlpha(netuid, hotkey, units)
      draft.setStake(hotkey, units)
      draft.emitStake('StakeAdded', netuid, hotkey, units)
    })
  }

  /** Divides a hotkey's alpha on a subnet among coldkeys, in integer parts. */
  setPortions(netuid: number, hotkey: Address, portions: ReadonlyMap<Address, number>): void {
    this.next((draft) => {
      draft.setPortions(netuid, hotkey, portions)
    })
  }

  /** Closes a hotkey's share pool on a subnet this many times. Only the shares of the stamped coldkeys stay valid. */
  setPoolEpoch(netuid: number, hotkey: Address, epoch: number, stamped: readonly Address[]): void {
    this.next((draft) => {
      const { height } = draft.block
      draft.ledger.poolEpochs.set(alphaKey(netuid, hotkey), height, epoch)
      for (const coldkey of stamped)
        draft.ledger.shareEpochs.set(rowKey(netuid, hotkey, coldkey), height, epoch)
    })
  }

  /** Sets whether the migration of shares has not moved the entries of the original maps yet, from spec 473. */
  setMovingShares(moving: boolean): void {
    this.next((draft) => {
      draft.block.movingShares = moving
    })
  }

  setBasket(hotkey: Address, basket: BasketState): void {
    this.next((draft) => {
      draft.ledger.baskets.set(hotkey, draft.block.height, basket)
    })
  }

  /** Sets the shares of a hotkey's basket that were paid out to a coldkey, minus those it bought. */
  setClaimed(hotkey: Address, coldkey: Address, claimed: bigint): void {
    this.next((draft) => {
      draft.ledger.claimed.set(claimKey(hotkey, coldkey), draft.block.height, claimed)
    })
  }

  /** Locks alpha of a coldkey on a hotkey as collateral; undefined releases it. */
  setCollateral(netuid: number, hotkey: Address, coldkey: Address, locked: bigint | undefined): void {
    this.next((draft) => {
      draft.ledger.collateral.set(rowKey(netuid, hotkey, coldkey), draft.block.height, locked)
    })
  }

  /** Removes a hotkey from its coldkey's OwnedHotkeys without changing its Owner. */
  leaveOutOfOwned(hotkey: Address): void {
    this.next((draft) => {
      const coldkey = draft.owner(hotkey)
      if (coldkey === undefined) return
      const rest = draft.owned(coldkey).filter((key) => key !== hotkey)
      draft.ledger.owned.set(coldkey, draft.block.height, rest)
    })
  }

  /** Changes the Owner of a hotkey without removing it from its coldkey's OwnedHotkeys. */
  disown(hotkey: Address): void {
    this.next((draft) => {
      draft.ledger.owners.set(hotkey, draft.block.height, hotkey)
    })
  }

  /** Skips all epochs of a subnet, or lets them run again. */
  setStuck(netuid: number, stuck: boolean): void {
    this.next((draft) => {
      draft.patchSubnet(netuid, { stuck })
    })
  }

  /** Sets the pending swap of a coldkey; undefined ends it. */
  setSwap(coldkey: Address, swap: SwapState | undefined): void {
    this.next((draft) => {
      draft.ledger.swaps.set(coldkey, draft.block.height, swap)
    })
  }

  /** Sets a pending change of child keys; undefined ends it. */
  setPendingChildren(netuid: number, hotkey: Address, pending: PendingChildrenState | undefined): void {
    this.next((draft) => {
      draft.ledger.pendingChildren.set(alphaKey(netuid, hotkey), draft.block.height, pending)
    })
  }

  /** Publishes a metrics endpoint, which may be anything; undefined removes it. */
  setEndpoint(netuid: number, hotkey: Address, endpoint: EndpointState | undefined): void {
    this.next((draft) => {
      draft.ledger.endpoints.set(alphaKey(netuid, hotkey), draft.block.height, endpoint)
      if (endpoint !== undefined) draft.emit('PrometheusServed', netuid, hotkey)
    })
  }

  setIdentity(coldkey: Address, name: string | undefined): void {
    this.next((draft) => {
      draft.ledger.identities.set(coldkey, draft.block.height, name)
    })
  }

  /** @param take as u16. */
  setTake(hotkey: Address, take: number): void {
    this.next((draft) => {
      draft.setTake(hotkey, take)
    })
  }

  /** Changes any parameters, pool values or vectors of a subnet. */
  setSubnet(netuid: number, patch: Partial<Omit<SubnetState, 'netuid'>>): void {
    this.next((draft) => {
      draft.patchSubnet(netuid, { ...atEpoch(draft), ...patch })
    })
  }

  /** Changes settings of a subnet and emits their events. */
  setSettings(netuid: number, settings: Settings): void {
    this.next((draft) => {
      const before = draft.subnet(netuid)
      draft.patchSubnet(netuid, settings)
      for (const [setting, value] of Object.entries(settings) as [keyof Settings, string | number][])
        if (setting === 'ownerColdkey') draft.emit(EVENTS[setting], netuid, before.ownerColdkey, value)
        else if (setting === 'name') draft.emit(EVENTS[setting], netuid)
        else draft.emit(EVENTS[setting], netuid, value)
    })
  }

  removeSubnet(netuid: number): void {
    this.next((draft) => {
      for (const hotkey of draft.subnet(netuid).keys) draft.setAlpha(netuid, hotkey, 0n)
      draft.block.subnets.delete(netuid)
      draft.emit('NetworkRemoved', netuid)
    })
  }
}
