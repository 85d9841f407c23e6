import { ZERO_ACCOUNT, type Address } from '../chain/address.ts'
import { address, count, field, optional, text, type Decoder } from '../upstream/decode.ts'
import { ITEMS } from './layout.ts'
import { pair } from './list.ts'
import { ifUnderstood, type View } from './view.ts'

/** State of a pending coldkey swap. All values are undefined without one. */
export interface ColdkeySwap {
  /** Height at which the chain executes the swap (specs 273–384). */
  readonly scheduledAt: number | undefined
  /** The new coldkey. Undefined from spec 385, where the chain stores only its hash. */
  readonly to: Address | undefined
  /** Height from which the owner can execute an announced swap (from spec 385). */
  readonly announcedFor: number | undefined
  /** Height at which the swap was disputed, which blocks it (from spec 385). */
  readonly disputedAt: number | undefined
}

/**
 * Reads ColdkeySwapScheduled (up to spec 384), ColdkeySwapAnnouncements and ColdkeySwapDisputes (macros/dispatches.rs:2263 at
 * spec 425). Before spec 273, Sidecar's response is the same with and without a scheduled swap.
 */
export async function readColdkeySwap(view: View, coldkey: Address): Promise<ColdkeySwap> {
  const [scheduled, announcedFor, disputedAt] = await Promise.all([
    ifUnderstood(view.read(ITEMS.coldkeySwapScheduled, [coldkey], optional(pair(count, address)))),
    ifUnderstood(view.read(ITEMS.coldkeySwapAnnouncements, [coldkey], optional(announcement))),
    ifUnderstood(view.read(ITEMS.coldkeySwapDisputes, [coldkey], optional(count))),
  ])
  const [scheduledAt, to] = scheduled ?? [0, ZERO_ACCOUNT]
  if (scheduledAt === 0) return { scheduledAt: undefined, to: undefined, announcedFor, disputedAt }
  return { scheduledAt, to, announcedFor, disputedAt }
}

const announcement: Decoder<number> = (value) => pair(count, (hash) => hash)(value)[0]

/** The name in a coldkey's identity, chosen by its owner; undefined without an identity. */
export async function readIdentity(view: View, coldkey: Address): Promise<string | undefined> {
  const nameOf = optional((value) => text(view.scrub)(field(value, 'name')))
  for (const item of [ITEMS.identitiesV2, ITEMS.identities]) {
    const name = await view.readOptional(item, [coldkey], nameOf)
    if (name !== undefined) return name
  }
  return undefined
}
