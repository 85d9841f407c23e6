import type { Account as ChainAccount } from '../../chain/account.ts'
import type { WatchedKey } from '../../scope/scope.ts'
import { accounts } from '../../collectors/accounts.ts'
import { extrinsics } from '../../collectors/extrinsics.ts'
import { hotkeys } from '../../collectors/hotkeys.ts'
import { neurons as neuronsCollector } from '../../collectors/neurons.ts'
import { swaps } from '../../collectors/swaps.ts'
import { value } from '../../collectors/value.ts'
import type { WebState } from '../web-state.ts'
import { amountsIn } from './amounts.ts'
import { expectationsIn } from './expectations.ts'
import { fieldsAt } from './neuron-fields.ts'
import { neuronAt, neuronContext, type NeuronContext } from './neurons.ts'
import type { Account, Coldkey, Hotkey, Keys, Neuron } from './schema.ts'

export function keysNow(state: WebState): Keys {
  const index = indexOf(state)
  return {
    demo: state.demo,
    block: state.latest.newest()?.block ?? null,
    hotkeys: state.scope.hotkeys.map((key) => hotkeyNow(index, key)),
    coldkeys: coldkeysOf(state).map((key) => coldkeyNow(index, key)),
    operations: operationsOf(state),
  }
}

const operationsOf = ({ latest }: WebState): Keys['operations'] =>
  latest.of(extrinsics)?.data.recent?.map((operation) => ({ ...operation })) ?? null

/** The readings of all keys by address, so that the time for all keys grows with their number, not with its square. */
function indexOf(state: WebState) {
  const { latest } = state
  const byAddress = <Item extends { readonly address: string }>(items: readonly Item[] = []) =>
    new Map<string, Item>(items.map((item) => [item.address, item]))
  const neurons = new Map<number, SubnetIndex>()
  return {
    state,
    hotkeys: latest.of(hotkeys),
    hotkeyAt: byAddress(latest.of(hotkeys)?.data),
    accountAt: byAddress(latest.of(accounts)?.data),
    held: latest.of(value),
    heldBy: byAddress(latest.of(value)?.data),
    swapOf: byAddress(latest.of(swaps)?.data.coldkeys),
    nameOf: new Map<string, string>(state.scope.hotkeys.map(({ address, name }) => [address, name])),
    netuids: latest.of(neuronsCollector)?.data.subnets.map(({ netuid }) => netuid),
    expectationsOf: expectationsIn(state),
    subnet(netuid: number): SubnetIndex {
      const known = neurons.get(netuid)
      if (known !== undefined) return known
      const context = neuronContext(state, netuid)
      const rows = new Map<string, number>(context?.subnet.hotkeys.map((hotkey, row) => [hotkey, row]))
      const made = { context, rows }
      neurons.set(netuid, made)
      return made
    },
  }
}

interface SubnetIndex {
  readonly context: NeuronContext | undefined
  /** By hotkey. */
  readonly rows: ReadonlyMap<string, number>
}

type Index = ReturnType<typeof indexOf>

function hotkeyNow(index: Index, key: WatchedKey): Hotkey {
  const { name, address } = key
  const found = index.hotkeyAt.get(address)
  return {
    name,
    address,
    coldkey: found?.known?.coldkey ?? null,
    account: accountOf(index, address),
    stake_tao: amountsIn(index.hotkeys?.decimals)(found?.known?.stake),
    take_ratio: found?.known?.take ?? null,
    neurons: neuronsOfHotkey(index, address, found?.registrations),
    expectations: index.expectationsOf(key),
  }
}

/** Neurons of a hotkey, found by its registrations, or in the neuron table if registrations are not read. */
function neuronsOfHotkey(
  index: Index,
  address: string,
  registrations: readonly { readonly netuid: number; readonly uid: number }[] | undefined,
): Neuron[] | null {
  const netuids = registrations?.map(({ netuid }) => netuid) ?? index.netuids
  if (netuids === undefined) return null
  const found = netuids.flatMap((netuid) => {
    const { context, rows } = index.subnet(netuid)
    const row = rows.get(address)
    return context === undefined || row === undefined ? [] : [neuronAt(context, row)]
  })
  const read = new Set(found.map(({ netuid }) => netuid))
  const unread = registrations?.filter(({ netuid }) => !read.has(netuid)) ?? []
  return [...found, ...unread.map((place) => unreadNeuron(index, address, place))].toSorted(
    (a, b) => a.netuid - b.netuid,
  )
}

/** A neuron of which only netuid and UID are known. */
const unreadNeuron = (
  { nameOf }: Index,
  hotkey: string,
  { netuid, uid }: { readonly netuid: number; readonly uid: number },
): Neuron => ({
  netuid,
  uid,
  hotkey,
  coldkey: null,
  name: nameOf.get(hotkey) ?? null,
  watched: true,
  ...fieldsAt(undefined, 0, undefined),
  immunity_ends_block: null,
  prune_rank: null,
})

/** The configured coldkeys, and the known owners of the watched hotkeys. */
function coldkeysOf({ scope, latest }: WebState): readonly WatchedKey[] {
  const read = latest.of(accounts)?.data.filter(({ role }) => role === 'coldkey') ?? []
  const configured = new Set<string>(scope.coldkeys.map(({ address }) => address))
  const owners = read.filter(({ address }) => !configured.has(address))
  return [...scope.coldkeys, ...owners.map(({ name, address }) => ({ name, address }))]
}

function coldkeyNow(index: Index, key: WatchedKey): Coldkey {
  const { name, address } = key
  const holdings = index.heldBy.get(address)?.holdings
  const amount = amountsIn(index.held?.decimals)
  const swap = index.swapOf.get(address)
  return {
    name,
    address,
    account: accountOf(index, address),
    stake_tao: amount(holdings?.total),
    positions:
      holdings?.positions.map((position) => ({
        hotkey: position.hotkey,
        netuid: position.netuid,
        stake_alpha: amount(position.amount),
        collateral_alpha: amount(position.collateral),
      })) ?? null,
    baskets: holdings?.baskets.map(({ hotkey, shares }) => ({ hotkey, shares: String(shares) })) ?? null,
    identity: swap?.identity ?? null,
    swap_scheduled_block: swap?.swap.scheduledAt ?? null,
    swap_announced_block: swap?.swap.announcedFor ?? null,
    swap_disputed_block: swap?.swap.disputedAt ?? null,
    swap_new_coldkey: swap?.swap.to ?? null,
    expectations: index.expectationsOf(key),
  }
}

function accountOf({ state, accountAt }: Index, address: string): Account | null {
  const found: ChainAccount | undefined = accountAt.get(address)?.account
  if (found === undefined) return null
  const amount = amountsIn(state.latest.of(accounts)?.decimals)
  return {
    free_tao: amount(found.free),
    reserved_tao: amount(found.reserved),
    frozen_tao: amount(found.frozen),
    nonce: found.nonce,
  }
}
