import type { Address } from '../chain/address.ts'
import { address, count, unsigned } from '../upstream/decode.ts'
import { ITEMS } from './layout.ts'
import { list, pair } from './list.ts'
import { ifUnderstood, type View } from './view.ts'

/** A change of child keys that is not in force yet. */
export interface PendingChildren {
  /** Number of child keys after the change; 0 if all are removed. */
  readonly children: number
  /** The change takes effect at the first epoch at or after this height. */
  readonly from: number
}

/** Reads PendingChildKeys, from spec 216 (staking/set_children.rs:567 at spec 425); undefined if nothing is pending. */
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
