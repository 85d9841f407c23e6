import type { Address } from '../chain/address.ts'
import { address, count, unsigned } from '../upstream/decode.ts'
import { ITEMS } from './layout.ts'
import { list, pair } from './list.ts'
import { ifUnderstood, type View } from './view.ts'

/** Child keys that were set and are not in force yet. */
export interface PendingChildren {
  /** 0 where all are to be taken away. */
  readonly children: number
  /** They come into force with the first epoch from this height on. */
  readonly from: number
}

/** PendingChildKeys, from spec 216 (staking/set_children.rs:567 at spec 425); undefined where nothing is pending. */
export async function readPendingChildren(
  view: View,
  hotkey: Address,
  netuid: number,
): Promise<PendingChildren | undefined> {
  const pending = await ifUnderstood(
    view.read(ITEMS.pendingChildKeys, [netuid, hotkey], pair(list(child), count)),
  )
  if (pending === undefined) return undefined
  const [children, from] = pending
  return from === 0 ? undefined : { children: children.length, from }
}

const child = pair(unsigned, address)
