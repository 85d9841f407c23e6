import type { Account as ChainAccount } from '../../chain/account.ts'
import type { WatchedKey } from '../../chain/watch.ts'
import { accounts } from '../../collectors/accounts.ts'
import { hotkeys } from '../../collectors/hotkeys.ts'
import { neurons as neuronsCollector } from '../../collectors/neurons.ts'
import { swaps } from '../../collectors/swaps.ts'
import { value } from '../../collectors/value.ts'
import type { Known } from '../known.ts'
import { amountsIn } from './amounts.ts'
import { expectationsOf } from './expectations.ts'
import { neuronAt, neuronContext } from './neurons.ts'
import type { Account, Coldkey, Hotkey, Keys, Neuron } from './schema.ts'

export const keysNow = (known: Known): Keys => ({
  demo: known.demo,
  block: known.latest.newest()?.block ?? null,
  hotkeys: known.watch.hotkeys.map((key) => hotkeyNow(known, key)),
  coldkeys: coldkeysOf(known).map((key) => coldkeyNow(known, key)),
})

function hotkeyNow(known: Known, key: WatchedKey): Hotkey {
  const { name, address } = key
  const reading = known.latest.of(hotkeys)
  const found = reading?.data.find((hotkey) => hotkey.address === address)
  return {
    name,
    address,
    coldkey: found?.known?.coldkey ?? null,
    account: accountOf(known, address),
    stake_tao: amountsIn(reading?.decimals)(found?.known?.stake),
    take_ratio: found?.known?.take ?? null,
    neurons: neuronsOfHotkey(known, address, found?.registrations),
    expectations: expectationsOf(known, key),
  }
}

/** Its places by its registrations; by the neuron table alone where registrations are not read. */
function neuronsOfHotkey(
  known: Known,
  address: string,
  registrations: readonly { readonly netuid: number; readonly uid: number }[] | undefined,
): Neuron[] | null {
  const table = known.latest.of(neuronsCollector)?.data.table
  const netuids = registrations?.map(({ netuid }) => netuid) ?? table?.subnets.map(({ netuid }) => netuid)
  if (netuids === undefined) return null
  const found = netuids.flatMap((netuid) => {
    const context = neuronContext(known, netuid)
    const row = context?.subnet.hotkeys.findIndex((hotkey) => hotkey === address) ?? -1
    return context === undefined || row < 0 ? [] : [neuronAt(context, row)]
  })
  const placesOnly = registrations?.filter(({ netuid }) => !found.some((neuron) => neuron.netuid === netuid))
  return [...found, ...(placesOnly ?? []).map((place) => unreadNeuron(known, address, place))].toSorted(
    (a, b) => a.netuid - b.netuid,
  )
}

/** A place that is known while nothing more of it is. */
const unreadNeuron = (
  { watch }: Known,
  hotkey: string,
  { netuid, uid }: { readonly netuid: number; readonly uid: number },
): Neuron => ({
  netuid,
  uid,
  hotkey,
  coldkey: null,
  name: watch.hotkeys.find(({ address }) => address === hotkey)?.name ?? null,
  watched: true,
  stake_tao: null,
  stake_alpha: null,
  rank_ratio: null,
  trust_ratio: null,
  validator_trust_ratio: null,
  consensus_ratio: null,
  incentive_ratio: null,
  dividends_ratio: null,
  emission_tao: null,
  emission_alpha: null,
  last_update_block: null,
  updated_blocks: null,
  validator_permit: null,
  active: null,
  registered_block: null,
  immune: null,
  immunity_ends_block: null,
  prune_rank: null,
})

/** Those of the configuration, and the owners of the watched hotkeys as far as they are known. */
function coldkeysOf({ watch, latest }: Known): readonly WatchedKey[] {
  const read = latest.of(accounts)?.data.filter(({ role }) => role === 'coldkey') ?? []
  const owners = read.filter(({ address }) => !watch.coldkeys.some((key) => key.address === address))
  return [...watch.coldkeys, ...owners.map(({ name, address }) => ({ name, address }))]
}

function coldkeyNow(known: Known, key: WatchedKey): Coldkey {
  const { name, address } = key
  const held = known.latest.of(value)
  const holdings = held?.data.find((coldkey) => coldkey.address === address)?.holdings
  const amount = amountsIn(held?.decimals)
  const swap = known.latest.of(swaps)?.data.coldkeys.find((coldkey) => coldkey.address === address)
  return {
    name,
    address,
    account: accountOf(known, address),
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
    expectations: expectationsOf(known, key),
  }
}

function accountOf({ latest }: Known, address: string): Account | null {
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
