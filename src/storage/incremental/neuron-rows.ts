import type { LimitFunction } from 'p-limit'
import type { Address } from '../../chain/address.ts'
import type { AlphaDigits, RaoDigits } from '../../chain/digits.ts'
import { address, count, digits } from '../../upstream/decode.ts'
import { ifUnderstood, type View } from '../view.ts'
import { readOwner } from '../hotkey.ts'
import { ITEMS } from '../layout.ts'
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
  /** Limits the number of rows of all subnets that are read in parallel. */
  readonly atOnce: LimitFunction
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

/** Reads the selected rows in parallel. Values that cannot have changed are not requested. */
export async function readRows(view: View, options: RowsOptions): Promise<RowsReading> {
  const { size, selected, before, atOnce } = options
  const uids =
    selected === 'all'
      ? Array.from({ length: size }, (_, uid) => uid)
      : Array.from(selected.keys()).toSorted((a, b) => a - b)
  // A row of which nothing is requested costs no promise: in a steady poll these are nearly all.
  const rows = await allOf(
    uids.map((uid, row) => unchangedRow(options, uid, row) ?? atOnce(() => readRow(view, options, uid, row))),
  )
  const previous = before?.subnet
  const fresh = new Set<number>()
  for (const [row, { hotkey, registeredAt }] of rows.entries())
    if (hotkey !== previous?.hotkeys[row] || registeredAt !== previous.registeredAt?.[row]) fresh.add(row)
  const column = <Value>(cached: readonly Value[] | undefined, of: (row: Row) => Value) =>
    reuse(cached, rows.map(of))
  return {
    uids: reuse(previous?.uids, uids),
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

/** The values of one storage item: either all are defined, or none is because the item's type is unsupported. */
const complete = <Value>(values: readonly (Value | undefined)[]): readonly Value[] | undefined =>
  values.includes(undefined) ? undefined : (values as readonly Value[])

/** The values, in order. Only the promises among them are awaited. */
async function allOf(values: readonly (Row | Promise<Row>)[]): Promise<readonly Row[]> {
  const pending = values.flatMap((value, row) => (value instanceof Promise ? [{ row, value }] : []))
  const read = await Promise.all(pending.map(({ value }) => value))
  const byRow = new Map(pending.map(({ row }, index) => [row, read[index]]))
  return values.flatMap((value, row) => (value instanceof Promise ? (byRow.get(row) ?? []) : value))
}

/** The row as it was read before, if none of its values can have changed. */
function unchangedRow(options: RowsOptions, uid: number, row: number): Row | undefined {
  const { allStakes, before, selected } = options
  if (allStakes || before === undefined || hasMoved(options, uid)) return undefined
  if (isNamed(before, row, 'accounts') || isNamed(before, row, 'staked')) return undefined
  const cached = rowBefore(before, row)
  if (cached === undefined || before.changes.missing === 'none') return cached
  return selected !== 'all' || before.watched.has(cached.hotkey) ? undefined : cached
}

async function readRow(view: View, options: RowsOptions, uid: number, row: number): Promise<Row> {
  const { netuid, selected, allStakes, before } = options
  const cached = rowBefore(before, row)
  const named = isNamed(before, row, 'accounts')
  const readKey = () =>
    selected === 'all' ? view.read(ITEMS.keys, [netuid, uid], address) : selected.get(uid)
  const readHeight = () => ifUnderstood(view.read(ITEMS.blockAtRegistration, [netuid, uid], count))
  const ownerAndStake = async (hotkey: Address) => {
    const [coldkey, amount] = await Promise.all([
      view.shared(readOwner, hotkey),
      readStake(view, netuid, hotkey),
    ])
    return { hotkey, coldkey, amount }
  }
  if (cached === undefined) {
    const [registeredAt, rest] = await Promise.all([
      readHeight(),
      Promise.resolve(readKey()).then((hotkey) => ownerAndStake(hotkey as Address)),
    ])
    return { ...rest, registeredAt }
  }
  const moved = hasMoved(options, uid)
  if (named || moved) {
    const [hotkey, registeredAt] = await Promise.all([readKey(), readHeight()])
    if (named || hotkey !== cached.hotkey || registeredAt !== cached.registeredAt)
      return { ...(await ownerAndStake(hotkey as Address)), registeredAt }
  }
  const isStakeMoved =
    allStakes ||
    isNamed(before, row, 'staked') ||
    (before !== undefined &&
      before.changes.missing !== 'none' &&
      (moved || selected !== 'all' || before.watched.has(cached.hotkey)))
  return isStakeMoved ? { ...cached, amount: await readStake(view, netuid, cached.hotkey) } : cached
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

const readStake = (view: View, netuid: number, hotkey: Address) =>
  ifUnderstood<RaoDigits | AlphaDigits>(
    view.layout.unit === 'tao'
      ? view.shared(readTaoStake, hotkey)
      : view.read(ITEMS.totalHotkeyAlpha, [hotkey, netuid], (value) => digits(value) as AlphaDigits),
  )

const readTaoStake = (view: View, hotkey: Address): Promise<RaoDigits> =>
  view.read(ITEMS.totalHotkeyStake, [hotkey], (value) => digits(value) as RaoDigits)
