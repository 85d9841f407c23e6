import type { Address } from '../chain/address.ts'
import { alphaKey, StateAt, type AccountState, type Ledger, type Snapshot } from './state.ts'
import { hasStakeFee, type SimulatedEvent } from './events.ts'
import type { SubnetState } from './subnet.ts'

/** The block under construction. Reads see its writes; earlier blocks do not change. */
export class Draft extends StateAt {
  declare readonly block: Snapshot & {
    code: number
    timestamp: number
    totalStake: bigint
    totalIssuance: bigint
    movingShares: boolean
    readonly subnets: Map<number, SubnetState>
    readonly events: SimulatedEvent[]
  }

  constructor(block: Snapshot, ledger: Ledger) {
    super({ ...block, subnets: new Map(block.subnets), events: [] }, ledger)
  }

  /** Emits an event of the SubtensorModule pallet. */
  emit(method: string, ...data: readonly (string | number | bigint)[]): void {
    this.block.events.push({ method: { pallet: 'subtensorModule', method }, data: data.map(String) })
  }

  /** Emits an event for a stake change by the hotkey's owner; from spec 233 it includes the subnet. */
  emitStake(method: 'StakeAdded' | 'StakeRemoved', netuid: number, hotkey: Address, units: bigint): void {
    if (this.block.spec < 233) this.emit(method, hotkey, units)
    else {
      const fee = hasStakeFee(this.block.spec) ? [0] : []
      this.emit(method, this.owner(hotkey) ?? hotkey, hotkey, units, units, netuid, ...fee)
    }
  }

  /** The subnets, ascending. */
  subnets(): SubnetState[] {
    return [...this.block.subnets.values()]
  }

  /** Throws for a subnet that does not exist. */
  subnet(netuid: number): SubnetState {
    const subnet = this.block.subnets.get(netuid)
    if (subnet === undefined) throw new RangeError(`the simulated chain has no subnet ${netuid}`)
    return subnet
  }

  /** Adds a subnet and keeps the order by netuid. */
  addSubnet(subnet: SubnetState): void {
    const { subnets } = this.block
    subnets.set(subnet.netuid, subnet)
    const ordered = [...subnets.values()].sort((a, b) => a.netuid - b.netuid)
    subnets.clear()
    for (const each of ordered) subnets.set(each.netuid, each)
  }

  patchSubnet(netuid: number, patch: Partial<SubnetState>): void {
    this.block.subnets.set(netuid, { ...this.subnet(netuid), ...patch })
  }

  patchAccount(address: Address, patch: Partial<AccountState>): void {
    this.ledger.accounts.set(address, this.block.height, { ...this.account(address), ...patch })
  }

  /** Makes a coldkey the owner of a hotkey, instead of the previous owner. */
  setOwner(hotkey: Address, coldkey: Address): void {
    const { height } = this.block
    const before = this.owner(hotkey)
    if (before === coldkey) return
    if (before !== undefined) {
      const rest = this.owned(before).filter((key) => key !== hotkey)
      this.ledger.owned.set(before, height, rest.length === 0 ? undefined : rest)
    }
    this.ledger.owners.set(hotkey, height, coldkey)
    this.ledger.owned.set(coldkey, height, [...this.owned(coldkey), hotkey])
  }

  setTake(hotkey: Address, take: number): void {
    this.ledger.takes.set(hotkey, this.block.height, take)
  }

  setStake(hotkey: Address, units: bigint): void {
    this.block.totalStake += units - this.stake(hotkey)
    this.ledger.stakes.set(hotkey, this.block.height, units)
  }

  /** Divides a hotkey's alpha on a subnet among coldkeys, in integer parts. */
  setPortions(netuid: number, hotkey: Address, portions: ReadonlyMap<Address, number>): void {
    const { height } = this.block
    this.ledger.portions.set(alphaKey(netuid, hotkey), height, portions)
    for (const coldkey of portions.keys()) {
      const staking = this.staking(coldkey)
      if (!staking.includes(hotkey)) this.ledger.delegations.set(coldkey, height, [...staking, hotkey])
    }
  }

  setAlpha(netuid: number, hotkey: Address, units: bigint): void {
    const subnet = this.block.subnets.get(netuid)
    if (subnet !== undefined)
      this.patchSubnet(netuid, { staked: subnet.staked + units - this.alpha(netuid, hotkey) })
    this.ledger.alphas.set(alphaKey(netuid, hotkey), this.block.height, units === 0n ? undefined : units)
  }
}
