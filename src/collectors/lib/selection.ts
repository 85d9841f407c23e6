import type { Address } from '../../chain/address.ts'
import type { Scope } from '../../scope/scope.ts'
import { readRegistrations } from '../../storage/hotkey.ts'
import type { UidSelection } from '../../storage/incremental/index.ts'
import { readNetuids, readSize } from '../../storage/subnet.ts'
import type { View } from '../../storage/view.ts'

/**
 * Which neurons of which subnets the operator wants to see: every row of the subnets that are listed (or of all), and
 * the watched hotkeys' rows wherever they are; of a shard, its own subnets of these.
 */
export interface Selection {
  readonly rows: ReadonlyMap<number, UidSelection>
  /** Subnets that are listed and do not exist. */
  readonly missing: readonly number[]
  /** Subnets of which only the watched rows are there, as all of them would be more series than the limit. */
  readonly leftOut: readonly number[]
}

/** A neuron is in no more families than this. */
const SERIES_PER_NEURON = 17

/** A reader to be shared within a view. */
export async function readSelection(view: View, scope: Scope): Promise<Selection> {
  const netuids = await view.shared(readNetuids, undefined)
  const existing = new Set(netuids)
  const isOurs = (netuid: number) =>
    scope.shard === undefined || netuid % scope.shard.count === scope.shard.index
  const listed = scope.subnets === 'all' ? netuids : scope.subnets === 'watched' ? [] : scope.subnets
  const whole = listed.filter((netuid) => existing.has(netuid) && isOurs(netuid)).toSorted((a, b) => a - b)
  const watched = await readWatchedUids(view, scope)
  const { within, leftOut } = await withinLimit(view, whole, scope.maxSeries)
  const rows = new Map<number, UidSelection>(within.map((netuid) => [netuid, 'all']))
  for (const [netuid, uids] of watched) if (isOurs(netuid) && !rows.has(netuid)) rows.set(netuid, uids)
  return {
    rows: new Map(Array.from(rows).toSorted(([a], [b]) => a - b)),
    missing: listed.filter((netuid) => !existing.has(netuid)),
    leftOut,
  }
}

/** The lowest netuids whose neurons fit, and the others. */
async function withinLimit(view: View, netuids: readonly number[], maxSeries: number) {
  const sizes = await Promise.all(netuids.map((netuid) => view.shared(readSize, netuid)))
  const within: number[] = []
  const leftOut: number[] = []
  let series = 0
  for (const [index, netuid] of netuids.entries()) {
    series += (sizes[index] ?? 0) * SERIES_PER_NEURON
    if (series <= maxSeries) within.push(netuid)
    else leftOut.push(netuid)
  }
  return { within, leftOut }
}

/** The watched hotkeys' UIDs, by subnet. */
async function readWatchedUids(view: View, scope: Scope): Promise<ReadonlyMap<number, Map<number, Address>>> {
  const found = new Map<number, Map<number, Address>>()
  const registrations = await Promise.all(
    scope.hotkeys.map(({ address }) => view.shared(readRegistrations, address)),
  )
  for (const [index, { address }] of scope.hotkeys.entries()) {
    for (const { netuid, uid } of registrations[index] ?? []) {
      const uids = found.get(netuid) ?? new Map<number, Address>()
      found.set(netuid, uids.set(uid, address))
    }
  }
  return found
}
