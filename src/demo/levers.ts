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
    | 'tempo'
    | 'immunityPeriod'
    | 'activityCutoff'
    | 'activityCutoffFactorMilli'
    | 'collateralLockShare'
    | 'epochConsensus'
  >
>

/** The event that tells of a setting (pallet subtensor, macros/events.rs at spec 425). */
const EVENTS: Readonly<Record<keyof Settings, string>> = {
  name: 'SubnetIdentitySet',
  symbol: 'SymbolUpdated',
  ownerColdkey: 'SubnetOwnerChanged',
  ownerHotkey: 'SubnetOwnerHotkeySet',
  maxAllowedUids: 'MaxAllowedUidsSet',
  tempo: 'TempoSet',
  immunityPeriod: 'ImmunityPeriodSet',
  activityCutoff: 'ActivityCutoffSet',
  activityCutoffFactorMilli: 'ActivityCutoffFactorMilliSet',
  collateralLockShare: 'CollateralLockShareSet',
  epochConsensus: 'EpochConsensusSet',
}

/** The chain writes what these levers change at epochs: the block counts as one, as far as its clock tells. */
const atEpoch = (draft: Draft) => ({ lastEpoch: draft.block.height })

/**
 * What tests may do to the chain. Everything takes effect in the next block, after what people do in it; what does not
 * make sense there (a subnet that does not exist, a hotkey that is registered already) throws from advance().
 */
export abstract class Levers {
  private queue: ((draft: Draft) => void)[] = []

  protected next(lever: (draft: Draft) => void): void {
    this.queue.push(lever)
  }

  /** Applies to the block being made what was asked for since the last one. */
  protected pull(draft: Draft): void {
    const levers = this.queue
    this.queue = []
    for (const lever of levers) lever(draft)
  }

  /** A runtime upgrade: the next block sets the new code, and the block after it is the first that the new runtime writes. */
  setSpec(spec: number): void {
    this.next((draft) => {
      draft.block.code = spec
    })
  }

  /** The clock of the chain jumps: the next block, and all after it, are so many milliseconds later, or earlier. */
  shiftClock(milliseconds: number): void {
    this.next((draft) => {
      draft.block.timestamp += milliseconds
    })
  }

  /** On a free UID, else on that of the neuron that is next to go, else (all protected) nowhere. */
  registerNeuron(netuid: number, candidate: Candidate): void {
    this.next((draft) => register(draft, netuid, candidate))
  }

  /** Puts another hotkey on a UID: the one that was there is deregistered. */
  replaceNeuron(netuid: number, uid: number, candidate: Candidate): void {
    this.next((draft) => register(draft, netuid, candidate, uid))
  }

  setBalance(address: Address, balance: Partial<AccountState>): void {
    this.next((draft) => {
      draft.patchAccount(address, balance)
    })
  }

  /** One extrinsic signed by an account: nonce + 1, less the cost in rao (a fee by default). */
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

  /** Gives a hotkey to another coldkey. */
  setOwner(hotkey: Address, coldkey: Address): void {
    this.next((draft) => {
      const cost = hasSwapCost(draft.block.spec) ? [0] : []
      draft.emit('ColdkeySwapped', draft.owner(hotkey) ?? hotkey, coldkey, ...cost)
      draft.setOwner(hotkey, coldkey)
    })
  }

  /** What a hotkey has staked: alpha on this subnet, and the same number of rao in its TotalHotkeyStake. */
  setStake(netuid: number, hotkey: Address, units: bigint): void {
    this.next((draft) => {
      draft.setAlpha(netuid, hotkey, units)
      draft.setStake(hotkey, units)
      draft.emitStake('StakeAdded', netuid, hotkey, units)
    })
  }

  /** Divides a hotkey's alpha on a subnet among coldkeys, in whole parts. */
  setPortions(netuid: number, hotkey: Address, portions: ReadonlyMap<Address, number>): void {
    this.next((draft) => {
      draft.setPortions(netuid, hotkey, portions)
    })
  }

  /** Closes a hotkey's share pool on a subnet this many times and stamps the rows of these coldkeys; all other rows are void. */
  setPoolEpoch(netuid: number, hotkey: Address, epoch: number, stamped: readonly Address[]): void {
    this.next((draft) => {
      const { height } = draft.block
      draft.ledger.poolEpochs.set(alphaKey(netuid, hotkey), height, epoch)
      for (const coldkey of stamped)
        draft.ledger.shareEpochs.set(rowKey(netuid, hotkey, coldkey), height, epoch)
    })
  }

  /** Whether the migration of shares has still to move the rows of the first maps, from spec 473. */
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

  /** Shares of a hotkey's basket that were paid out to a coldkey, less those it bought. */
  setClaimed(hotkey: Address, coldkey: Address, claimed: bigint): void {
    this.next((draft) => {
      draft.ledger.claimed.set(claimKey(hotkey, coldkey), draft.block.height, claimed)
    })
  }

  /** Alpha of a coldkey on a hotkey that is locked as collateral; undefined releases it. */
  setCollateral(netuid: number, hotkey: Address, coldkey: Address, locked: bigint | undefined): void {
    this.next((draft) => {
      draft.ledger.collateral.set(rowKey(netuid, hotkey, coldkey), draft.block.height, locked)
    })
  }

  /** Leaves a hotkey out of what its coldkey owns by OwnedHotkeys, though its Owner is the same. */
  leaveOutOfOwned(hotkey: Address): void {
    this.next((draft) => {
      const coldkey = draft.owner(hotkey)
      if (coldkey === undefined) return
      const rest = draft.owned(coldkey).filter((key) => key !== hotkey)
      draft.ledger.owned.set(coldkey, draft.block.height, rest)
    })
  }

  /** Gives a hotkey an Owner that nobody is, though it stays among what its coldkey owns by OwnedHotkeys. */
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

  /** What is under way to swap a coldkey; undefined ends it. */
  setSwap(coldkey: Address, swap: SwapState | undefined): void {
    this.next((draft) => {
      draft.ledger.swaps.set(coldkey, draft.block.height, swap)
    })
  }

  /** Child keys that are not in force yet; undefined when they are. */
  setPendingChildren(netuid: number, hotkey: Address, pending: PendingChildrenState | undefined): void {
    this.next((draft) => {
      draft.ledger.pendingChildren.set(alphaKey(netuid, hotkey), draft.block.height, pending)
    })
  }

  /** Where a hotkey says that its metrics are: whatever it likes, as a stranger may. Undefined takes it back. */
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

  /** u16. */
  setTake(hotkey: Address, take: number): void {
    this.next((draft) => {
      draft.setTake(hotkey, take)
    })
  }

  /** Any of a subnet's parameters, pool or vectors. */
  setSubnet(netuid: number, patch: Partial<Omit<SubnetState, 'netuid'>>): void {
    this.next((draft) => {
      draft.patchSubnet(netuid, { ...atEpoch(draft), ...patch })
    })
  }

  /** What the owner of a subnet or the root of the chain decides about it, with the events that tell of it. */
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
