import type { Decimals } from '../../chain/money.ts'
import type { NeuronRows } from '../../collectors/lib/neuron-reading.ts'
import { deregistration } from '../../collectors/deregistration.ts'
import { neurons as neuronsCollector } from '../../collectors/neurons.ts'
import type { WebState } from '../web-state.ts'
import { fieldsAt } from './neuron-fields.ts'
import type { Neuron, Neurons } from './schema.ts'
import { rowsSorted, type NeuronQuery } from './sorting.ts'
import { neuronsOf, notRead, nothingFresh, selectionOf } from './subnets.ts'

/** What the records of one subnet's neurons are made of. */
export interface NeuronContext {
  readonly subnet: NeuronRows
  readonly decimals: Decimals | undefined
  /** Names of watched hotkeys, by address. */
  readonly names: ReadonlyMap<string, string>
  /** By UID, 1 is next to be replaced; empty where unknown. */
  readonly pruneRanks: ReadonlyMap<number, number>
}

/** Undefined if no current neurons of the subnet are known: it is not read, does not exist, or the reading has expired. */
export function neuronContext(state: WebState, netuid: number): NeuronContext | undefined {
  const reading = state.latest.of(neuronsCollector)
  const subnet = neuronsOf(state, netuid)
  if (reading === undefined || subnet === undefined) return undefined
  const { names } = reading.data
  const pruning = state.latest.of(deregistration)?.data.subnets.find((each) => each.netuid === netuid)
  const pruneRanks = new Map(pruning?.order?.map((uid, index) => [uid, index + 1]))
  return { subnet, decimals: reading.decimals, names, pruneRanks }
}

/** A page of a subnet's neurons, sorted. Throws RequestError: 503 without fresh data, 404 if the subnet's neurons are not read. */
export function neuronsNow(state: WebState, netuid: number, query: NeuronQuery): Neurons {
  const reading = state.latest.of(neuronsCollector)
  if (reading?.block === undefined) throw nothingFresh('neurons')
  const subnet = neuronsOf(state, netuid)
  const context = neuronContext(state, netuid)
  if (subnet === undefined || context === undefined) throw notRead(netuid, reading.data.subnets)
  const { offset, limit, isWatchedOnly } = query
  const isListed = (row: number) => !isWatchedOnly || context.names.has(subnet.hotkeys[row] ?? '')
  const listed = rowsSorted(context, query).filter(isListed)
  const rows = listed.slice(offset, offset + limit)
  return {
    demo: state.demo,
    block: reading.block,
    netuid,
    neurons_read: selectionOf(subnet),
    total: listed.length,
    offset,
    neurons: rows.map((row) => neuronAt(context, row)),
  }
}

/** One row of the columns as a record. */
export function neuronAt({ subnet, decimals, names, pruneRanks }: NeuronContext, row: number): Neuron {
  const uid = subnet.uids[row] ?? 0
  const hotkey = subnet.hotkeys[row] ?? ''
  const name = names.get(hotkey)
  const registered = subnet.registeredAt?.[row]
  const { immunityPeriod } = subnet
  return {
    netuid: subnet.netuid,
    uid,
    hotkey,
    coldkey: subnet.coldkeys[row] ?? null,
    name: name ?? null,
    watched: name !== undefined,
    ...fieldsAt(subnet, row, decimals),
    immunity_ends_block:
      registered === undefined || immunityPeriod === undefined ? null : registered + immunityPeriod,
    prune_rank: pruneRanks.get(uid) ?? null,
  }
}
