import type { Address } from '../../chain/address.ts'
import type { Scope } from '../../scope/scope.ts'
import { readRegistrations } from '../../storage/hotkey.ts'
import type { UidSelection } from '../../storage/incremental/index.ts'
import { readNetuids, readSize } from '../../storage/subnet.ts'
import type { View } from '../../storage/view.ts'

/**
 * The neurons that the operator wants: all rows of the listed subnets (or of every subnet), and the rows of the watched
 * hotkeys on any subnet. In a shard, only those of its own subnets.
 */
export interface Selection {
  readonly rows: ReadonlyMap<number, UidSelection>
  /** Subnets that are listed and do not exist. */
  readonly missing: readonly number[]
  /** Subnets of which only the watched rows are selected, because all of them would exceed the limit of series. */
  readonly leftOut: readonly number[]
}

/** A watched hotkey and its UID on a subnet. */
export interface WatchedPlace {
  readonly netuid: number
  readonly uid: number
  readonly hotkey: Address
}

/** Maximum number of families in which a neuron has a sample. */
const SERIES_PER_NEURON = 17

/** Whether a subnet belongs to this shard. Collectors with the shard rule `by-subnet` get their subnets from this file. */
const isOwn = ({ shard }: Scope, netuid: number): boolean =>
  shard === undefined || netuid % shard.count === shard.index

/** A reader to be shared within a view. */
export async function readSelection(view: View, scope: Scope): Promise<Selection> {
  const netuids = await view.shared(readNetuids, undefined)
  const existing = new Set(netuids)
  const listed = scope.subnets === 'all' ? netuids : scope.subnets === 'watched' ? [] : scope.subnets
  const own = listed
    .filter((netuid) => existing.has(netuid) && isOwn(scope, netuid))
    .toSorted((a, b) => a - b)
  const { within, leftOut } = await withinLimit(view, own, scope.maxSeries)
  const rows = new Map<number, UidSelection>(within.map((netuid) => [netuid, 'all']))
  for (const [netuid, uids] of uidsBySubnet(await view.shared(readWatchedPlaces, scope)))
    if (!rows.has(netuid)) rows.set(netuid, uids)
  return {
    rows: new Map(Array.from(rows).toSorted(([a], [b]) => a - b)),
    missing: listed.filter((netuid) => !existing.has(netuid)),
    leftOut,
  }
}

/** The places of the watched hotkeys on the subnets of this shard. A reader to be shared within a view. */
export async function readWatchedPlaces(view: View, scope: Scope): Promise<readonly WatchedPlace[]> {
  const places = await Promise.all(
    scope.hotkeys.map(async ({ address }) => {
      const registrations = await view.shared(readRegistrations, address)
      return registrations.map((registration) => ({ ...registration, hotkey: address }))
    }),
  )
  return places.flat().filter(({ netuid }) => isOwn(scope, netuid))
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

function uidsBySubnet(places: readonly WatchedPlace[]): ReadonlyMap<number, Map<number, Address>> {
  const uids = new Map<number, Map<number, Address>>()
  for (const { netuid, uid, hotkey } of places)
    uids.set(netuid, (uids.get(netuid) ?? new Map<number, Address>()).set(uid, hotkey))
  return uids
}
