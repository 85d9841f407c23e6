import type { LimitFunction } from 'p-limit'
import type { Address } from '../../chain/address.ts'
import type { ScoreName, StakeColumn } from '../../chain/neuron.ts'
import { ROOT_NETUID } from '../../chain/subnet.ts'
import { booleanVector, digitsVector, scoreVector } from '../../upstream/decode.ts'
import { UpstreamError } from '../../upstream/errors.ts'
import { ifUnderstood, type View } from '../view.ts'
import { ITEMS, type KnownItem } from '../layout.ts'
import {
  combinedIncentive,
  newestUpdates,
  readIncentives,
  readLastUpdates,
  readMechanismWeights,
} from '../mechanism.ts'
import type { Columns, PreviousSubnet, SubnetReading, UidSelection, Vectors } from './neuron-reading.ts'
import { readRows } from './neuron-rows.ts'
import { readPrice } from '../price.ts'
import { readLastEpoch, readImmunityPeriod, readSize } from '../subnet.ts'
import { reuse, reuseAll, rowsOf } from './reuse.ts'

/**
 * Reads the neurons of a subnet that exists: whole, or from what is known of an earlier block.
 *
 * What can have changed since: at an epoch (LastMechansimStepBlock moved) all vectors and all stakes; a
 * registration sets LastUpdate of its UID (subnets/uids.rs:104, 126), so hotkeys are asked for again where that moved;
 * a new hotkey resets the vectors at its UID; the stake and owner of whoever an event names, and the vectors of a subnet that
 * one names (see Changes). While blocks cannot be read, all of a subnet at its epoch and at its turn, and in between the rows
 * whose LastUpdate moved and the stakes of those that were selected or are watched by name. Root's stake moves at every
 * subnet's epoch, and to spec 232 a hotkey's stake is one for all subnets: those are read each time.
 */
export async function readSubnetNeurons(
  view: View,
  netuid: number,
  selected: UidSelection,
  cached: PreviousSubnet | undefined,
  rowsAtOnce: LimitFunction,
): Promise<SubnetReading> {
  const before =
    cached !== undefined && isSameSelection(cached.subnet.selected, selected) ? cached : undefined
  const [size, lastEpoch] = await Promise.all([
    view.shared(readSize, netuid),
    view.shared(readLastEpoch, netuid),
  ])
  if (selected !== 'all') checkUids(view, netuid, selected, size)
  const epoch = before === undefined || lastEpoch === undefined || lastEpoch !== before.subnet.lastEpoch
  if (before !== undefined && (size < before.subnet.size || (epoch && before.changes.missing !== 'none')))
    return readSubnetNeurons(view, netuid, selected, undefined, rowsAtOnce)
  // Some of what is read at epochs is for the owner and the chain's root to change at any time.
  const vectorsMoved = before === undefined || epoch || before.changes.netuids.has(netuid)
  const allStakes = epoch || netuid === ROOT_NETUID || view.layout.unit === 'tao'
  const mechanisms = readMechanismState(
    view,
    netuid,
    size,
    vectorsMoved ? undefined : before.subnet,
    before?.subnet.updates,
  )
  const rowsOfUpdates = (updates: SubnetReading['updates']) =>
    readRows(view, { netuid, size, selected, updates, atOnce: rowsAtOnce, allStakes, before })
  // A first reading waits for nothing it does not need: its requests fill all connections from the start.
  const rows =
    before === undefined ? rowsOfUpdates([]) : mechanisms.then(({ updates }) => rowsOfUpdates(updates))
  const vectorsNow = async () => readVectors(view, netuid, size, (await mechanisms).mechanismWeights)
  const vectorsRead = vectorsMoved
    ? vectorsNow()
    : rows.then(({ fresh }) =>
        fresh.size > 0 || size !== before.subnet.size ? vectorsNow() : before.subnet.vectors,
      )
  const [{ mechanismWeights, updates }, { coldkeys, amounts, ...places }, vectors, price] = await Promise.all(
    [mechanisms, rows, vectorsRead, view.shared(readPrice, netuid)],
  )
  const stake =
    amounts === undefined ? undefined : ({ unit: view.layout.unit, amounts, price } as StakeColumn)
  const chosen = selected === 'all' ? undefined : places.uids
  return {
    netuid,
    selected,
    size,
    lastEpoch,
    updates,
    mechanismWeights,
    vectors,
    wholeAt: before?.subnet.wholeAt ?? view.block.height,
    ...places,
    coldkeys,
    stake,
    ...columnsOf(vectors, chosen, before?.subnet),
    lastUpdate: reuse(before?.subnet.lastUpdate, rowsOf(newestUpdates(updates), chosen)),
    immunityPeriod: vectors.immunityPeriod,
  }
}

/** Throws UpstreamError where Uids has a UID that the subnet has not: the vectors have no value at it. */
function checkUids(
  { node }: View,
  netuid: number,
  selected: ReadonlyMap<number, Address>,
  size: number,
): void {
  for (const [uid, hotkey] of selected) {
    if (uid < size) continue
    const path = `/pallets/SubtensorModule/storage/Uids?keys[]=${netuid}&keys[]=${hotkey}`
    const message = `expected a UID below ${size}, as the subnet has so many neurons, got ${uid}`
    throw new UpstreamError({ node, path, reason: 'shape', message })
  }
}

/** The vectors' values of the selected rows. */
function columnsOf(
  vectors: Vectors,
  rows: readonly number[] | undefined,
  before: Columns | undefined,
): Columns {
  const { scores, emission } = vectors
  const amounts = rowsOf<string>(emission?.amounts, rows)
  return {
    scores: Object.fromEntries(
      SCORES.map(([name]) => [name, reuse(before?.scores[name], rowsOf(scores[name], rows))]),
    ) as Columns['scores'],
    incentive: reuse(before?.incentive, rowsOf(vectors.incentive, rows)),
    emission:
      emission === undefined
        ? undefined
        : ({
            unit: emission.unit,
            amounts: reuse<typeof amounts>(before?.emission?.amounts, amounts),
          } as Columns['emission']),
    validatorPermit: reuse(before?.validatorPermit, rowsOf(vectors.validatorPermit, rows)),
    active: reuse(before?.active, rowsOf(vectors.active, rows)),
  }
}

function isSameSelection(before: UidSelection, now: UidSelection): boolean {
  if (before === 'all' || now === 'all') return before === now
  return before.size === now.size && Array.from(now).every(([uid, hotkey]) => before.get(uid) === hotkey)
}

/** How the subnet's emission is split over its mechanisms, and LastUpdate by mechanism. */
async function readMechanismState(
  view: View,
  netuid: number,
  size: number,
  sinceEpoch: SubnetReading | undefined,
  before: SubnetReading['updates'] | undefined,
): Promise<Pick<SubnetReading, 'mechanismWeights' | 'updates'>> {
  const mechanismWeights = sinceEpoch?.mechanismWeights ?? (await readMechanismWeights(view, netuid))
  const updates = await readLastUpdates(view, netuid, mechanismWeights.length, size)
  return { mechanismWeights, updates: reuseAll(before, updates) }
}

const SCORES: readonly (readonly [ScoreName, KnownItem])[] = [
  ['rank', ITEMS.rank],
  ['trust', ITEMS.trust],
  ['validatorTrust', ITEMS.validatorTrust],
  ['consensus', ITEMS.consensus],
  ['dividends', ITEMS.dividends],
]

async function readVectors(
  view: View,
  netuid: number,
  size: number,
  weights: readonly number[],
): Promise<Vectors> {
  const [scores, incentives, emission, validatorPermit, active, immunityPeriod] = await Promise.all([
    Promise.all(SCORES.map(([, item]) => ifUnderstood(view.read(item, [netuid], scoreVector(size))))),
    readIncentives(view, netuid, weights.length, size),
    ifUnderstood(view.read(ITEMS.emission, [netuid], digitsVector(size))),
    ifUnderstood(view.read(ITEMS.validatorPermit, [netuid], booleanVector(size))),
    ifUnderstood(view.read(ITEMS.active, [netuid], booleanVector(size))),
    view.shared(readImmunityPeriod, netuid),
  ])
  return {
    scores: Object.fromEntries(SCORES.map(([name], index) => [name, scores[index]])) as Vectors['scores'],
    incentive: combinedIncentive(incentives, weights),
    emission:
      emission === undefined
        ? undefined
        : ({ unit: view.layout.unit, amounts: emission as readonly string[] } as Vectors['emission']),
    validatorPermit,
    active,
    immunityPeriod,
  }
}
