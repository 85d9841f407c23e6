import type { Address } from '../../chain/address.ts'
import type { AlphaDigits, RaoDigits } from '../../chain/digits.ts'
import type { ScoreName, StakeColumn, SubnetNeurons } from '../../chain/neuron.ts'
import { ROOT_NETUID } from '../../chain/subnet.ts'
import type { StorageItem } from '../client.ts'
import { address, booleanVector, count, digits, digitsVector, scoreVector } from '../decode.ts'
import type { View } from '../view.ts'
import type { Changes } from './changes.ts'
import { readOwner } from './hotkey.ts'
import { ITEMS } from './layout.ts'
import {
  combinedIncentive,
  newestUpdates,
  readIncentives,
  readLastUpdates,
  readMechanismWeights,
} from './mechanism.ts'
import { readPrice } from './price.ts'
import { readSize } from './subnet.ts'
import { reuse, reuseAll, rowsOf } from './reuse.ts'

/** Which neurons of a subnet to read: every one, or these UIDs, whose hotkeys are known. */
export type Rows = 'all' | ReadonlyMap<number, Address>

/** The neurons of a subnet, and what tells later whether they are still so. */
export interface SubnetReading extends SubnetNeurons {
  readonly selected: Rows
  /** Neurons on the subnet, whichever are selected. */
  readonly size: number
  /** Blocks since its last epoch. */
  readonly sinceEpoch: number
  /** LastUpdate by mechanism, of all neurons. */
  readonly updates: readonly (readonly number[] | undefined)[]
  readonly mechanismWeights: readonly number[]
  readonly vectors: Vectors
  /** Height of the last whole reading. */
  readonly wholeAt: number
}

/** A subnet as it was read at an earlier height, and what happened since. */
export interface Known {
  readonly subnet: SubnetReading
  readonly height: number
  readonly changes: Changes
}

/** What the chain writes at epochs, of all neurons, as it was last read. */
type Vectors = Columns & { readonly immunityPeriod: number }

/**
 * Reads the neurons of a subnet that exists: whole, or from what is known of an earlier block.
 *
 * What can have changed since: at an epoch (BlocksSinceLastStep did not go on counting) all vectors and all stakes; a
 * registration sets LastUpdate of its UID (subnets/uids.rs:104, 126), so hotkeys are asked for again where that moved;
 * a new hotkey resets the vectors at its UID; and the stake and owner of whoever an event names. Root's stake moves at
 * every subnet's epoch, and to spec 232 a hotkey's stake is one for all subnets: those are read each time.
 */
export async function readSubnetNeurons(
  view: View,
  netuid: number,
  selected: Rows,
  known: Known | undefined,
): Promise<SubnetReading> {
  const before = known !== undefined && isSameSelection(known.subnet.selected, selected) ? known : undefined
  const [size, sinceEpoch, price] = await Promise.all([
    view.shared(readSize, netuid),
    view.read(ITEMS.blocksSinceLastStep, [netuid], count),
    view.shared(readPrice, netuid),
  ])
  if (before !== undefined && size < before.subnet.size)
    return readSubnetNeurons(view, netuid, selected, undefined)
  const epoch =
    before === undefined || sinceEpoch !== before.subnet.sinceEpoch + view.block.height - before.height
  const mechanismWeights = epoch ? await readMechanismWeights(view, netuid) : before.subnet.mechanismWeights
  const updates = reuseAll(
    before?.subnet.updates,
    await readLastUpdates(view, netuid, mechanismWeights.length, size),
  )
  const places = await readPlaces(view, netuid, size, selected, updates, before)
  const renewed = epoch || places.fresh.size > 0 || size !== before.subnet.size
  const vectors = renewed ? await readVectors(view, netuid, size, mechanismWeights) : before.subnet.vectors
  const allStakes = epoch || netuid === ROOT_NETUID || view.layout.unit === 'tao'
  const touched = (row: number): boolean => places.fresh.has(row) || isNamed(before, row)
  const [coldkeys, amounts] = await Promise.all([
    readEach(places.hotkeys, before?.subnet.coldkeys, touched, (hotkey) => view.shared(readOwner, hotkey)),
    readEach(
      places.hotkeys,
      before?.subnet.stake.amounts as readonly (RaoDigits | AlphaDigits)[] | undefined,
      (row) => allStakes || touched(row),
      (hotkey) => readStake(view, netuid, hotkey),
    ),
  ])
  const stake = { unit: view.layout.unit, amounts, price } as StakeColumn
  const rows = selected === 'all' ? undefined : places.uids
  return {
    netuid,
    selected,
    size,
    sinceEpoch,
    updates,
    mechanismWeights,
    vectors,
    wholeAt: before?.subnet.wholeAt ?? view.block.height,
    ...places,
    coldkeys,
    stake,
    ...columnsOf(vectors, rows, before?.subnet),
    lastUpdate: reuse(before?.subnet.lastUpdate, rowsOf(newestUpdates(updates), rows)),
    immunityPeriod: vectors.immunityPeriod,
  }
}

type Columns = Pick<SubnetNeurons, 'scores' | 'incentive' | 'emission' | 'validatorPermit' | 'active'>

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

function isSameSelection(before: Rows, now: Rows): boolean {
  if (before === 'all' || now === 'all') return before === now
  return before.size === now.size && Array.from(now).every(([uid, hotkey]) => before.get(uid) === hotkey)
}

/** True when an event since names the hotkey of a row or the coldkey that owned it. */
function isNamed(before: Known | undefined, row: number): boolean {
  if (before === undefined) return true
  const { accounts } = before.changes
  if (accounts.size === 0) return false
  const { hotkeys, coldkeys } = before.subnet
  return accounts.has(hotkeys[row] ?? '') || accounts.has(coldkeys[row] ?? '')
}

/** Who is where: rows by UID ascending. */
interface Places {
  readonly uids: readonly number[]
  readonly hotkeys: readonly Address[]
  readonly registeredAt: readonly number[]
  /** Rows that another neuron holds than before, or that were not there. */
  readonly fresh: ReadonlySet<number>
}

async function readPlaces(
  view: View,
  netuid: number,
  size: number,
  selected: Rows,
  updates: SubnetReading['updates'],
  before: Known | undefined,
): Promise<Places> {
  const all = selected === 'all'
  const uids = all
    ? Array.from({ length: size }, (_, uid) => uid)
    : Array.from(selected.keys()).toSorted((a, b) => a - b)
  const hasMoved = (uid: number, row: number): boolean =>
    before === undefined ||
    uid >= before.subnet.size ||
    updates.some((heights, i) => heights === undefined || heights[uid] !== before.subnet.updates[i]?.[uid]) ||
    isNamed(before, row)
  const fresh = new Set<number>()
  const places = await Promise.all(
    uids.map(async (uid, row) => {
      const wasHotkey = before?.subnet.hotkeys[row]
      const wasRegistered = before?.subnet.registeredAt[row]
      if (wasHotkey !== undefined && wasRegistered !== undefined && !hasMoved(uid, row))
        return { hotkey: wasHotkey, registeredAt: wasRegistered }
      const [hotkey, registeredAt] = await Promise.all([
        selected === 'all' ? view.read(ITEMS.keys, [netuid, uid], address) : (selected.get(uid) as Address),
        view.read(ITEMS.blockAtRegistration, [netuid, uid], count),
      ])
      if (hotkey !== wasHotkey || registeredAt !== wasRegistered) fresh.add(row)
      return { hotkey, registeredAt }
    }),
  )
  return {
    uids: reuse(before?.subnet.uids, uids),
    hotkeys: reuse(
      before?.subnet.hotkeys,
      places.map(({ hotkey }) => hotkey),
    ),
    registeredAt: reuse(
      before?.subnet.registeredAt,
      places.map(({ registeredAt }) => registeredAt),
    ),
    fresh,
  }
}

/** One value per row: read where it is needed, else what it was. */
async function readEach<Value>(
  hotkeys: readonly Address[],
  before: readonly Value[] | undefined,
  isNeeded: (row: number) => boolean,
  read: (hotkey: Address) => Promise<Value>,
): Promise<readonly Value[]> {
  const values = await Promise.all(
    hotkeys.map((hotkey, row) =>
      before === undefined || row >= before.length || isNeeded(row) ? read(hotkey) : (before[row] as Value),
    ),
  )
  return reuse(before, values)
}

const readStake = (view: View, netuid: number, hotkey: Address): Promise<RaoDigits | AlphaDigits> =>
  view.layout.unit === 'tao'
    ? view.shared(readTaoStake, hotkey)
    : view.read(ITEMS.totalHotkeyAlpha, [hotkey, netuid], (value) => digits(value) as AlphaDigits)

const readTaoStake = (view: View, hotkey: Address): Promise<RaoDigits> =>
  view.read(ITEMS.totalHotkeyStake, [hotkey], (value) => digits(value) as RaoDigits)

const SCORES: readonly (readonly [ScoreName, StorageItem])[] = [
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
    Promise.all(SCORES.map(([, item]) => view.readIfKept(item, [netuid], scoreVector(size)))),
    readIncentives(view, netuid, weights.length, size),
    view.read(ITEMS.emission, [netuid], digitsVector(size)),
    view.read(ITEMS.validatorPermit, [netuid], booleanVector(size)),
    view.read(ITEMS.active, [netuid], booleanVector(size)),
    view.read(ITEMS.immunityPeriod, [netuid], count),
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
