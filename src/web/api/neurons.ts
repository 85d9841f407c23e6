import { alphaOfDigits } from '../../chain/digits.ts'
import type { Decimals } from '../../chain/money.ts'
import type { SubnetNeurons } from '../../chain/neuron.ts'
import { valueAt } from '../../chain/price.ts'
import { ratioOfU16 } from '../../chain/ratio.ts'
import { deregistration } from '../../collectors/deregistration.ts'
import { neurons as neuronsCollector } from '../../collectors/neurons.ts'
import type { WebState } from '../web-state.ts'
import { amountsIn } from './amounts.ts'
import type { Neuron, Neurons } from './schema.ts'
import { rowsSorted, type NeuronQuery } from './sorting.ts'
import { neuronsOf, notRead, nothingFresh, selectionOf } from './subnets.ts'

/** The data of one subnet's neurons from which rows are made. */
export interface NeuronContext {
  readonly subnet: SubnetNeurons
  readonly height: number
  readonly decimals: Decimals | undefined
  /** Names of watched hotkeys, by address. */
  readonly names: ReadonlyMap<string, string>
  /** Deregistration order by UID, 1 = next to be replaced; empty if unknown. */
  readonly pruneRanks: ReadonlyMap<number, number>
}

/** Undefined if the subnet does not exist, is not read, or has no fresh data. */
export function neuronContext(state: WebState, netuid: number): NeuronContext | undefined {
  const reading = state.latest.of(neuronsCollector)
  const subnet = neuronsOf(state, netuid)
  if (reading === undefined || subnet === undefined) return undefined
  const { table, names } = reading.data
  const pruning = state.latest.of(deregistration)?.data.subnets.find((each) => each.netuid === netuid)
  const pruneRanks = new Map(pruning?.order?.map((uid, index) => [uid, index + 1]))
  return { subnet, height: table.height, decimals: reading.decimals, names, pruneRanks }
}

/** A page of a subnet's neurons, sorted. Throws RequestError: 503 without fresh data, 404 if the subnet's neurons are not read. */
export function neuronsNow(state: WebState, netuid: number, query: NeuronQuery): Neurons {
  const reading = state.latest.of(neuronsCollector)
  if (reading?.block === undefined) throw nothingFresh('neurons')
  const subnet = neuronsOf(state, netuid)
  const context = neuronContext(state, netuid)
  if (subnet === undefined || context === undefined) throw notRead(netuid, reading.data.table.subnets)
  const { offset, limit } = query
  const rows = rowsSorted(context, query).slice(offset, offset + limit)
  return {
    demo: state.demo,
    block: reading.block,
    netuid,
    neurons_read: selectionOf(subnet),
    total: subnet.uids.length,
    offset,
    neurons: rows.map((row) => neuronAt(context, row)),
  }
}

/** Converts one row of the columns to a record. */
export function neuronAt(
  { subnet, height, decimals, names, pruneRanks }: NeuronContext,
  row: number,
): Neuron {
  const { netuid, stake, emission, scores, incentive, immunityPeriod } = subnet
  const amount = amountsIn(decimals)
  const score = (column: Uint16Array | undefined) => ratioOf(column?.[row])
  const uid = subnet.uids[row] ?? 0
  const hotkey = subnet.hotkeys[row] ?? ''
  const name = names.get(hotkey)
  const updated = subnet.lastUpdate?.[row]
  const registered = subnet.registeredAt?.[row]
  const immunityEnds =
    registered === undefined || immunityPeriod === undefined ? undefined : registered + immunityPeriod
  return {
    netuid,
    uid,
    hotkey,
    coldkey: subnet.coldkeys[row] ?? null,
    name: name ?? null,
    watched: name !== undefined,
    ...stakeAt(stake, row),
    rank_ratio: score(scores.rank),
    trust_ratio: score(scores.trust),
    validator_trust_ratio: score(scores.validatorTrust),
    consensus_ratio: score(scores.consensus),
    incentive_ratio: incentive instanceof Uint16Array ? score(incentive) : (incentive?.[row] ?? null),
    dividends_ratio: score(scores.dividends),
    emission_tao: emission?.unit === 'tao' ? amount(emission.amounts[row]) : null,
    emission_alpha: emission?.unit === 'alpha' ? amount(emission.amounts[row]) : null,
    last_update_block: updated ?? null,
    updated_blocks: updated === undefined ? null : height - updated,
    validator_permit: subnet.validatorPermit?.[row] ?? null,
    active: subnet.active?.[row] ?? null,
    registered_block: registered ?? null,
    immune: immunityEnds === undefined ? null : height < immunityEnds,
    immunity_ends_block: immunityEnds ?? null,
    prune_rank: pruneRanks.get(uid) ?? null,
  }

  function stakeAt(column: SubnetNeurons['stake'], at: number) {
    if (column === undefined) return { stake_tao: null, stake_alpha: null }
    if (column.unit === 'tao') return { stake_tao: amount(column.amounts[at]), stake_alpha: null }
    const digits = column.amounts[at]
    if (digits === undefined || column.price === undefined)
      return { stake_tao: null, stake_alpha: amount(digits) }
    return {
      stake_tao: amount(valueAt(alphaOfDigits(digits, netuid), column.price)),
      stake_alpha: amount(digits),
    }
  }
}

const ratioOf = (score: number | undefined): number | null => (score === undefined ? null : ratioOfU16(score))
