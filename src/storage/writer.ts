import type { Block } from '../chain/block.ts'
import type { Runtime } from '../chain/runtime.ts'
import { storageValue, type UpstreamClient } from '../upstream/client.ts'
import { count, field, optional, DecodeError, type Decoder } from '../upstream/decode.ts'
import { UpstreamError } from '../upstream/errors.ts'
import { ITEMS } from './layout.ts'

/** The runtime that wrote the state of a block. */
export type Writer = Pick<Runtime, 'specName' | 'specVersion'>

/**
 * The runtime that executed a block and therefore wrote its state, from `System.LastRuntimeUpgrade` in that state. A runtime
 * writes the item at the beginning of the first block that it executes (frame_executive's `initialize_block`), before its
 * migrations. At a block that sets new code it still contains the old runtime, although the node already reports the new one.
 *
 * If the item is missing or unreadable, the result is the runtime in the state of the parent block. Rejects with UpstreamError.
 */
export async function readWriter(client: UpstreamClient, block: Block, signal: AbortSignal): Promise<Writer> {
  const recorded = await readLastUpgrade(client, block, signal)
  if (recorded !== undefined) return recorded
  const executing = block.height === 0 ? block.hash : await client.parentHash(block, signal)
  return client.runtimeAt(executing, signal)
}

const lastUpgrade: Decoder<Writer> = (value) => {
  const specName = field(value, 'specName')
  if (typeof specName !== 'string') throw new DecodeError('expected a runtime name as a string')
  return { specName, specVersion: count(field(value, 'specVersion')) }
}

async function readLastUpgrade(
  client: UpstreamClient,
  block: Block,
  signal: AbortSignal,
): Promise<Writer | undefined> {
  try {
    const place = { item: ITEMS.lastRuntimeUpgrade, keys: [], block }
    return await storageValue(client, place, optional(lastUpgrade), signal)
  } catch (error) {
    if (error instanceof UpstreamError && (error.reason === 'shape' || error.reason === 'no_item'))
      return undefined
    throw error
  }
}
