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
import { readRows, type RowsOptions } from './neuron-rows.ts'
import { readPrice } from '../price.ts'
import { readLastEpoch, readImmunityPeriod, readSize } from '../subnet.ts'
import { reuse, reuseAll, rowsOf } from './reuse.ts'

/**
 * Reads the neurons of an existing subnet, completely or based on an earlier reading. Based on an earlier reading, it reads:
 *
 * - at an epoch (LastMechansimStepBlock moved), all vectors and all stakes;
 * - the hotkey of a UID whose LastUpdate moved, because a registration sets it (subnets/uids.rs:104, 126);
 * - all vectors after a new hotkey, which resets the vectors at its UID;
 * - stake and owner of the accounts that an event names, and the vectors of a subnet that an event names (see Changes);
 * - while blocks cannot be read: everything at the subnet's epoch and full refresh, and in between the rows whose LastUpdate
 *   moved and the stakes of neurons that are selected or watched by name;
 * - stakes that change without an event of the subnet: on root, whose stake moves at every subnet's epoch, and up to spec 232,
 *   where a hotkey has one stake for all subnets.
 */
export async function readSubnetNeurons(
  view: View,
  netuid: number,
  selected: UidSelection,
  cached: PreviousSubnet | undefined,
  groups: Pick<RowsOptions, 'atOnce' | 'rowsOfGroup'>,
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
    return readSubnetNeurons(view, netuid, selected, undefined, groups)
  // The subnet's owner and the chain's root can change some of the values that are read at epochs at any time.
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
    readRows(view, { netuid, size, selected, updates, allStakes, before, ...groups })
  // The first reading needs no updates, so it does not wait for them: its requests fill all connections immediately.
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

/** Throws UpstreamError if Uids contains a UID beyond the subnet's size, for which the vectors have no value. */
function checkUids(
  { node }: View,
  netuid: number,
  selected: ReadonlyMap<number, Address>,
  size: number,
): void {
  for (const [uid, hotkey] of selected) {
    if (uid < size) continue
    const path = `/pallets/SubtensorModule/storage/Uids?keys[]=${netuid}&keys[]=${hotkey}`
    const message = `expected a UID below ${size}, the number of neurons of the subnet, got ${uid}`
    throw new UpstreamError({ node, path, reason: 'shape', message })
  }
}

/** The values of the selected rows. */
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

/** The emission weights of the subnet's mechanisms, and LastUpdate by mechanism. */
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
