import { ZERO_ACCOUNT, type Address } from '../chain/address.ts'
import { address, count, field, optional, text, type Decoder } from '../upstream/decode.ts'
import { ITEMS } from './layout.ts'
import { pair } from './list.ts'
import { ifUnderstood, type View } from './view.ts'

/** A swap of a coldkey for another that is under way. Heights; what there is none of is undefined. */
export interface ColdkeySwap {
  /** The chain carries it out at this height (specs 273–384). */
  readonly scheduledAt: number | undefined
  /** The coldkey it goes to, where the chain says it: from spec 385 it keeps only a hash. */
  readonly to: Address | undefined
  /** From this height on its owner can carry out what was announced (from spec 385). */
  readonly announcedFor: number | undefined
  /** It was disputed at this height, and is stopped (from spec 385). */
  readonly disputedAt: number | undefined
}

/**
 * ColdkeySwapScheduled, to spec 384, and ColdkeySwapAnnouncements and ColdkeySwapDisputes (macros/dispatches.rs:2263
 * at spec 425). Before spec 273 a scheduled swap leaves nothing behind that Sidecar could tell from there being none.
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

/** The name in a coldkey's identity, which its owner chose; undefined where it has none. */
export async function readIdentity(view: View, coldkey: Address): Promise<string | undefined> {
  const nameOf = optional((value) => text(field(value, 'name')))
  for (const item of [ITEMS.identitiesV2, ITEMS.identities]) {
    const name = await view.readOptional(item, [coldkey], nameOf)
    if (name !== undefined) return name
  }
  return undefined
}
