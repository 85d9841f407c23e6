import type { Address } from '../chain/address.ts'
import type { Scope } from '../scope/scope.ts'
import { readOwner } from '../storage/hotkey.ts'
import { ITEMS } from '../storage/layout.ts'
import { list } from '../storage/list.ts'
import { readNetuids } from '../storage/subnet.ts'
import { ifUnderstood, openView, type View } from '../storage/view.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import { address } from '../upstream/decode.ts'

/** What the chain knows about an address. */
export interface AddressFacts {
  /** The coldkey that owns it, if it is a hotkey. */
  readonly owner: Address | undefined
  /** Number of hotkeys that it owns or stakes on; more than 0 only for a coldkey. Undefined if that is unknown. */
  readonly hotkeys: number | undefined
}

/** What the chain knows about the configured keys and subnets. */
export interface ScopeFacts {
  readonly keys: ReadonlyMap<Address, AddressFacts>
  readonly netuids: readonly number[]
}

/** Reads what the chain knows about the keys of a scope, at the finalized head of a node. Rejects with UpstreamError. */
export async function inspectScope(
  client: UpstreamClient,
  { hotkeys, coldkeys }: Scope,
  abort: AbortController,
): Promise<ScopeFacts> {
  const head = await client.finalizedHead(abort.signal)
  const view = await openView(client, head, new Map(), abort)
  const addresses = [...new Set([...hotkeys, ...coldkeys].map((key) => key.address))]
  const [netuids, facts] = await Promise.all([
    view.shared(readNetuids, undefined),
    Promise.all(addresses.map(async (each) => [each, await readFacts(view, each)] as const)),
  ])
  return { netuids, keys: new Map(facts) }
}

async function readFacts(view: View, key: Address): Promise<AddressFacts> {
  const [owner, owned, staking] = await Promise.all([
    view.shared(readOwner, key),
    ifUnderstood(view.read(ITEMS.ownedHotkeys, [key], list(address))),
    ifUnderstood(view.read(ITEMS.stakingHotkeys, [key], list(address))),
  ])
  const known = [owned, staking].filter((hotkeys) => hotkeys !== undefined)
  return { owner, hotkeys: known.length === 0 ? undefined : new Set(known.flat()).size }
}
