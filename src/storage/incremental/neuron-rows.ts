import type { LimitFunction } from 'p-limit'
import type { Address } from '../../chain/address.ts'
import type { AlphaDigits, RaoDigits } from '../../chain/digits.ts'
import { address, count, digits } from '../../upstream/decode.ts'
import { ifUnderstood, type View } from '../view.ts'
import { ownerOf } from '../hotkey.ts'
import { ITEMS } from '../layout.ts'
import { readPerHotkey } from '../per-hotkey.ts'
import type { PreviousSubnet, UidSelection, SubnetReading } from './neuron-reading.ts'
import { reuse } from './reuse.ts'

/** Values that are stored per neuron, as columns by ascending UID. */
interface RowsReading {
  readonly uids: readonly number[]
  readonly hotkeys: readonly Address[]
  /** Undefined if the item's type is unsupported; so are the amounts. */
  readonly registeredAt: readonly number[] | undefined
  readonly coldkeys: readonly (Address | undefined)[]
  readonly amounts: readonly (RaoDigits | AlphaDigits)[] | undefined
  /** Rows that are new or whose UID has another neuron than before. */
  readonly fresh: ReadonlySet<number>
}

export interface RowsOptions {
  readonly netuid: number
  readonly size: number
  readonly selected: UidSelection
  /** LastUpdate by mechanism. */
  readonly updates: SubnetReading['updates']
  /** Limits the number of groups of rows, of all subnets, that are read in parallel. */
  readonly atOnce: LimitFunction
  /** Most rows of a group. */
  readonly rowsOfGroup: number
  /** Whether all stakes may have changed. */
  readonly allStakes: boolean
  readonly before: PreviousSubnet | undefined
}

interface Row {
  readonly hotkey: Address
  readonly registeredAt: number | undefined
  readonly coldkey: Address | undefined
  readonly amount: RaoDigits | AlphaDigits | undefined
}

/** A row to read. */
interface Place {
  readonly uid: number
  /** Among the selected rows. */
  readonly index: number
  /** The hotkey, if the row is selected by it. */
  readonly selected: Address | undefined
}

/** Reads the selected rows in parallel, in groups. Values that cannot have changed are not requested. */
export async function readRows(view: View, options: RowsOptions): Promise<RowsReading> {
  const { size, selected, before, atOnce, rowsOfGroup } = options
  const places: readonly Place[] =
    selected === 'all'
      ? Array.from({ length: size }, (_, uid) => ({ uid, index: uid, selected: undefined }))
      : Array.from(selected)
          .toSorted(([a], [b]) => a - b)
          .map(([uid, hotkey], index) => ({ uid, index, selected: hotkey }))
  const due = places.filter((place) => isDue(options, place))
  const previous = before?.subnet
  if (due.length === 0 && previous?.hotkeys.length === places.length) return unchanged(previous)
  const read = new Map<number, Row>()
  await Promise.all(
    groupsOf(due, rowsOfGroup).map((group) => {
      const task = () => readGroup(view, options, group, read)
      return group.length <= rowsOfGroup * SMALL_GROUP ? task() : atOnce(task)
    }),
  )
  // What was not read is unchanged.
  const rows = places.flatMap(({ index }) => read.get(index) ?? rowBefore(before, index) ?? [])
  const fresh = new Set<number>()
  for (const [row, { hotkey, registeredAt }] of rows.entries())
    if (hotkey !== previous?.hotkeys[row] || registeredAt !== previous.registeredAt?.[row]) fresh.add(row)
  const column = <Value>(cached: readonly Value[] | undefined, of: (row: Row) => Value) =>
    reuse(cached, rows.map(of))
  return {
    uids: reuse(
      previous?.uids,
      places.map(({ uid }) => uid),
    ),
    hotkeys: column(previous?.hotkeys, ({ hotkey }) => hotkey),
    registeredAt: reuse(previous?.registeredAt, complete(rows.map(({ registeredAt }) => registeredAt))),
    coldkeys: column(previous?.coldkeys, ({ coldkey }) => coldkey),
    amounts: reuse<RowsReading['amounts']>(
      previous?.stake?.amounts,
      complete(rows.map(({ amount }) => amount)),
    ),
    fresh,
  }
}

const unchanged = ({ uids, hotkeys, registeredAt, coldkeys, stake }: SubnetReading): RowsReading => ({
  uids,
  hotkeys,
  registeredAt,
  coldkeys,
  amounts: stake?.amounts,
  fresh: new Set(),
})

/**
 * Groups up to this share of a whole one do not wait for others: in a steady poll each subnet has a few rows to read, and requests are
 * fewest when these are asked for together.
 */
const SMALL_GROUP = 1 / 8

const groupsOf = <Each>(all: readonly Each[], size: number): readonly (readonly Each[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, group) =>
    all.slice(group * size, (group + 1) * size),
  )

/** The values of one storage item: either all are defined, or none is because the item's type is unsupported. */
const complete = <Value>(values: readonly (Value | undefined)[]): readonly Value[] | undefined =>
  values.includes(undefined) ? undefined : (values as readonly Value[])

/** Whether any value of a row can have changed. */
const isDue = (options: RowsOptions, place: Place): boolean =>
  mayBeAnother(options, place) || hasStakeMoved(options, place)

/** Whether the UID may have another neuron than before, or the neuron another owner. */
const mayBeAnother = (options: RowsOptions, { uid, index }: Place): boolean =>
  options.before?.subnet.hotkeys[index] === undefined ||
  isNamed(options.before, index, 'accounts') ||
  hasMoved(options, uid)

/** Whether the stake of a neuron that was read before can have changed. */
function hasStakeMoved(options: RowsOptions, { uid, index }: Place): boolean {
  const { allStakes, before, selected } = options
  if (allStakes || before === undefined || isNamed(before, index, 'staked')) return true
  if (before.changes.missing === 'none') return false
  return (
    hasMoved(options, uid) || selected !== 'all' || before.watched.has(before.subnet.hotkeys[index] ?? '')
  )
}

/** Reads what can have changed of some rows, each item for all of them at once, and adds the rows to `read`. */
async function readGroup(
  view: View,
  options: RowsOptions,
  group: readonly Place[],
  read: Map<number, Row>,
): Promise<void> {
  const { before } = options
  const known: CachedRow[] = []
  const others: Place[] = []
  for (const place of group) {
    const row = rowBefore(before, place.index)
    if (row === undefined || mayBeAnother(options, place)) others.push(place)
    else known.push({ place, row })
  }
  await Promise.all([
    readOtherRows(view, options, others, read),
    readStakesAgain(view, options.netuid, known, read),
  ])
}

/** A row as it was read before. */
interface CachedRow {
  readonly place: Place
  readonly row: Row
}

/** Reads rows that may have another neuron; owner and stake only if they have, or if an event named the neuron. */
async function readOtherRows(
  view: View,
  options: RowsOptions,
  places: readonly Place[],
  read: Map<number, Row>,
): Promise<void> {
  const { netuid, before } = options
  const entries = places.map(({ uid }) => [netuid, uid])
  const isByHotkey = places.every(({ selected }) => selected !== undefined)
  const [hotkeys, heights] = await Promise.all([
    isByHotkey
      ? places.flatMap(({ selected }) => selected ?? [])
      : view.readColumn(ITEMS.keys, entries, address),
    ifUnderstood(view.readColumn(ITEMS.blockAtRegistration, entries, count)),
  ])
  const fresh: { place: Place; hotkey: Address; registeredAt: number | undefined }[] = []
  const same: CachedRow[] = []
  for (const [position, hotkey] of hotkeys.entries()) {
    const place = places[position]
    if (place === undefined) continue
    const registeredAt = heights?.[position]
    const row = rowBefore(before, place.index)
    const isSame = row?.hotkey === hotkey && row.registeredAt === registeredAt
    if (row === undefined || !isSame || isNamed(before, place.index, 'accounts'))
      fresh.push({ place, hotkey, registeredAt })
    else if (hasStakeMoved(options, place)) same.push({ place, row })
  }
  const freshKeys = fresh.map(({ hotkey }) => hotkey)
  const [coldkeys, amounts] = await Promise.all([
    readPerHotkey(view, ITEMS.owner, freshKeys, ownerOf),
    readStakes(view, netuid, freshKeys),
    readStakesAgain(view, netuid, same, read),
  ])
  for (const [position, { place, hotkey, registeredAt }] of fresh.entries())
    read.set(place.index, {
      hotkey,
      registeredAt,
      coldkey: coldkeys[position],
      amount: amounts?.[position],
    })
}

/** Reads the stakes of neurons that were read before. */
async function readStakesAgain(
  view: View,
  netuid: number,
  rows: readonly CachedRow[],
  read: Map<number, Row>,
): Promise<void> {
  const amounts = await readStakes(
    view,
    netuid,
    rows.map(({ row }) => row.hotkey),
  )
  for (const [position, { place, row }] of rows.entries())
    read.set(place.index, { ...row, amount: amounts?.[position] })
}

function rowBefore(before: PreviousSubnet | undefined, row: number): Row | undefined {
  if (before === undefined) return undefined
  const { hotkeys, registeredAt, coldkeys, stake } = before.subnet
  const hotkey = hotkeys[row]
  if (hotkey === undefined) return undefined
  const height = registeredAt?.[row]
  const amount = stake?.amounts[row]
  return { hotkey, registeredAt: height, coldkey: coldkeys[row], amount }
}

/** Whether LastUpdate of a UID moved. A registration sets it too. */
function hasMoved({ updates, before }: RowsOptions, uid: number): boolean {
  return (
    before === undefined ||
    uid >= before.subnet.size ||
    updates.some((heights, i) => heights === undefined || heights[uid] !== before.subnet.updates[i]?.[uid])
  )
}

/** Whether an event since the earlier reading names the hotkey or coldkey of a row. */
function isNamed(before: PreviousSubnet | undefined, row: number, how: 'accounts' | 'staked'): boolean {
  if (before === undefined) return true
  const named = before.changes[how]
  if (named.size === 0) return false
  const { hotkeys, coldkeys } = before.subnet
  return named.has(hotkeys[row] ?? '') || named.has(coldkeys[row] ?? '')
}

const taoStakeOf = (value: unknown) => digits(value) as RaoDigits
const alphaStakeOf = (value: unknown) => digits(value) as AlphaDigits

/** Stakes in the order of the hotkeys; undefined if the item's type is unsupported. */
const readStakes = (view: View, netuid: number, hotkeys: readonly Address[]) =>
  ifUnderstood<readonly (RaoDigits | AlphaDigits)[]>(
    view.layout.unit === 'tao'
      ? readPerHotkey(view, ITEMS.totalHotkeyStake, hotkeys, taoStakeOf)
      : view.readColumn(
          ITEMS.totalHotkeyAlpha,
          hotkeys.map((hotkey) => [hotkey, netuid]),
          alphaStakeOf,
        ),
  )
