import type { Address } from '../chain/address.ts'
import type { Watch } from '../chain/watch.ts'
import { readRegistrations } from '../sidecar/storage/hotkey.ts'
import type { Rows } from '../sidecar/storage/neuron.ts'
import { readNetuids } from '../sidecar/storage/subnet.ts'
import type { View } from '../sidecar/view.ts'

/**
 * Which neurons of which subnets the operator wants to see: every row of the subnets that are listed (or of all), and
 * the watched hotkeys' rows wherever they are. Subnets that are listed and do not exist are in `missing`.
 */
export interface Selection {
  readonly rows: ReadonlyMap<number, Rows>
  readonly missing: readonly number[]
}

/** A reader to be shared within a view. */
export async function readSelection(view: View, watch: Watch): Promise<Selection> {
  const netuids = await view.shared(readNetuids, undefined)
  const existing = new Set(netuids)
  const listed = watch.subnets === 'all' ? netuids : watch.subnets === 'watched' ? [] : watch.subnets
  const rows = new Map<number, Rows>(
    listed.filter((netuid) => existing.has(netuid)).map((netuid) => [netuid, 'all']),
  )
  for (const [netuid, uids] of await readWatchedUids(view, watch))
    if (!rows.has(netuid)) rows.set(netuid, uids)
  const ascending = Array.from(rows).toSorted(([a], [b]) => a - b)
  return { rows: new Map(ascending), missing: listed.filter((netuid) => !existing.has(netuid)) }
}

/** The watched hotkeys' UIDs, by subnet. */
async function readWatchedUids(view: View, watch: Watch): Promise<ReadonlyMap<number, Map<number, Address>>> {
  const found = new Map<number, Map<number, Address>>()
  const registrations = await Promise.all(
    watch.hotkeys.map(({ address }) => view.shared(readRegistrations, address)),
  )
  for (const [index, { address }] of watch.hotkeys.entries()) {
    for (const { netuid, uid } of registrations[index] ?? []) {
      const uids = found.get(netuid) ?? new Map<number, Address>()
      found.set(netuid, uids.set(uid, address))
    }
  }
  return found
}
