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
import { expectationsOf } from './expectations.ts'
import { fieldsAt } from './neuron-fields.ts'
import { neuronAt, neuronContext } from './neurons.ts'
import type { Account, Coldkey, Hotkey, Keys, Neuron } from './schema.ts'

export const keysNow = (state: WebState): Keys => ({
  demo: state.demo,
  block: state.latest.newest()?.block ?? null,
  hotkeys: state.scope.hotkeys.map((key) => hotkeyNow(state, key)),
  coldkeys: coldkeysOf(state).map((key) => coldkeyNow(state, key)),
  operations: operationsOf(state),
})

const operationsOf = ({ latest }: WebState): Keys['operations'] =>
  latest.of(extrinsics)?.data.recent?.map((operation) => ({ ...operation })) ?? null

function hotkeyNow(state: WebState, key: WatchedKey): Hotkey {
  const { name, address } = key
  const reading = state.latest.of(hotkeys)
  const found = reading?.data.find((hotkey) => hotkey.address === address)
  return {
    name,
    address,
    coldkey: found?.known?.coldkey ?? null,
    account: accountOf(state, address),
    stake_tao: amountsIn(reading?.decimals)(found?.known?.stake),
    take_ratio: found?.known?.take ?? null,
    neurons: neuronsOfHotkey(state, address, found?.registrations),
    expectations: expectationsOf(state, key),
  }
}

/** Neurons of a hotkey, found by its registrations, or in the neuron table if registrations are not read. */
function neuronsOfHotkey(
  state: WebState,
  address: string,
  registrations: readonly { readonly netuid: number; readonly uid: number }[] | undefined,
): Neuron[] | null {
  const read = state.latest.of(neuronsCollector)?.data
  const netuids = registrations?.map(({ netuid }) => netuid) ?? read?.subnets.map(({ netuid }) => netuid)
  if (netuids === undefined) return null
  const found = netuids.flatMap((netuid) => {
    const context = neuronContext(state, netuid)
    const row = context?.subnet.hotkeys.findIndex((hotkey) => hotkey === address) ?? -1
    return context === undefined || row < 0 ? [] : [neuronAt(context, row)]
  })
  const unread = registrations?.filter(({ netuid }) => !found.some((neuron) => neuron.netuid === netuid))
  return [...found, ...(unread ?? []).map((place) => unreadNeuron(state, address, place))].toSorted(
    (a, b) => a.netuid - b.netuid,
  )
}

/** A neuron of which only netuid and UID are known. */
const unreadNeuron = (
  { scope }: WebState,
  hotkey: string,
  { netuid, uid }: { readonly netuid: number; readonly uid: number },
): Neuron => ({
  netuid,
  uid,
  hotkey,
  coldkey: null,
  name: scope.hotkeys.find(({ address }) => address === hotkey)?.name ?? null,
  watched: true,
  ...fieldsAt(undefined, 0, undefined),
  immunity_ends_block: null,
  prune_rank: null,
})

/** The configured coldkeys, and the known owners of the watched hotkeys. */
function coldkeysOf({ scope, latest }: WebState): readonly WatchedKey[] {
  const read = latest.of(accounts)?.data.filter(({ role }) => role === 'coldkey') ?? []
  const owners = read.filter(({ address }) => !scope.coldkeys.some((key) => key.address === address))
  return [...scope.coldkeys, ...owners.map(({ name, address }) => ({ name, address }))]
}

function coldkeyNow(state: WebState, key: WatchedKey): Coldkey {
  const { name, address } = key
  const held = state.latest.of(value)
  const holdings = held?.data.find((coldkey) => coldkey.address === address)?.holdings
  const amount = amountsIn(held?.decimals)
  const swap = state.latest.of(swaps)?.data.coldkeys.find((coldkey) => coldkey.address === address)
  return {
    name,
    address,
    account: accountOf(state, address),
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
    expectations: expectationsOf(state, key),
  }
}

function accountOf({ latest }: WebState, address: string): Account | null {
  const reading = latest.of(accounts)
  const found: ChainAccount | undefined = reading?.data.find((each) => each.address === address)?.account
  if (found === undefined) return null
  const amount = amountsIn(reading?.decimals)
  return {
    free_tao: amount(found.free),
    reserved_tao: amount(found.reserved),
    frozen_tao: amount(found.frozen),
    nonce: found.nonce,
  }
}
