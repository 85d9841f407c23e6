import { SidecarError, type FailureReason } from '../errors.ts'
import type { View } from '../view.ts'

/** What the events of some blocks tell of the state that changed in them. */
export interface Changes {
  /** Every account named in any event, as SS58. Whoever is named may have changed. */
  readonly accounts: ReadonlySet<string>
}

/** Nothing happened: the state is that of the block it was read at. */
const NO_CHANGES: Changes = { accounts: new Set() }

/** More blocks than this are not caught up with: everything is read again. */
const BLOCKS_AT_MOST = 20

/**
 * What happened in the blocks above a height, up to the view's. Undefined when that cannot be told: too many blocks,
 * heights in the wrong order, or a Sidecar that cannot decode a block.
 */
export async function readChanges(view: View, since: number): Promise<Changes | undefined> {
  const { height } = view.block
  if (height === since) return NO_CHANGES
  if (height < since || height - since > BLOCKS_AT_MOST) return undefined
  const heights = Array.from({ length: height - since }, (_, i) => since + 1 + i)
  try {
    const blocks = await Promise.all(heights.map((each) => view.body(each)))
    const accounts = new Set<string>()
    for (const { eventsBefore, extrinsics, eventsAfter } of blocks)
      for (const { data } of [...eventsBefore, ...extrinsics.flatMap(({ events }) => events), ...eventsAfter])
        collectAccounts(data, accounts)
    return blocks.at(-1)?.hash === view.block.hash ? { accounts } : undefined
  } catch (error) {
    if (error instanceof SidecarError && UNTOLD.has(error.reason)) return undefined
    throw error
  }
}

/** Why a block cannot tell what happened in it, though state may well be read. */
const UNTOLD: ReadonlySet<FailureReason> = new Set([
  'status',
  'shape',
  'block_gone',
  'wrong_block',
  'too_large',
])

/** SS58 addresses of 32-byte accounts with prefix 42, anywhere in an event's data. Their checksum is Sidecar's affair. */
const ACCOUNT = /^5[1-9A-HJ-NP-Za-km-z]{46,47}$/

function collectAccounts(data: unknown, accounts: Set<string>): void {
  if (typeof data === 'string') {
    if (ACCOUNT.test(data)) accounts.add(data)
  } else if (typeof data === 'object' && data !== null) {
    for (const value of Object.values(data)) collectAccounts(value, accounts)
  }
}
