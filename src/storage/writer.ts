import type { Block } from '../chain/block.ts'
import type { Runtime } from '../chain/runtime.ts'
import { storageValue, type UpstreamClient } from '../upstream/client.ts'
import { count, field, optional, DecodeError, type Decoder } from '../upstream/decode.ts'
import { UpstreamError } from '../upstream/errors.ts'
import { ITEMS } from './layout.ts'

/** The runtime that wrote the state of a block. */
export type Writer = Pick<Runtime, 'specName' | 'specVersion'>

/**
 * The runtime that wrote the state of a block, which is the one that executed it: `System.LastRuntimeUpgrade` in that state.
 * A runtime notes itself there at the beginning of the first block it executes (frame_executive's `initialize_block`), before
 * its migrations; at the block that sets new code, where the node reports the new version already, the old one still stands.
 *
 * Where the state has no such note, or one that cannot be read, it is the runtime in the state of the parent block.
 * Rejects with UpstreamError.
 */
export async function readWriter(client: UpstreamClient, block: Block, signal: AbortSignal): Promise<Writer> {
  const noted = await readNoted(client, block, signal)
  if (noted !== undefined) return noted
  const executing = block.height === 0 ? block.hash : await client.parentHash(block, signal)
  return client.runtimeAt(executing, signal)
}

const noted: Decoder<Writer> = (value) => {
  const specName = field(value, 'specName')
  if (typeof specName !== 'string') throw new DecodeError('expected a name of the runtime')
  return { specName, specVersion: count(field(value, 'specVersion')) }
}

async function readNoted(
  client: UpstreamClient,
  block: Block,
  signal: AbortSignal,
): Promise<Writer | undefined> {
  try {
    const place = { item: ITEMS.lastRuntimeUpgrade, keys: [], block }
    return await storageValue(client, place, optional(noted), signal)
  } catch (error) {
    if (error instanceof UpstreamError && (error.reason === 'shape' || error.reason === 'no_item'))
      return undefined
    throw error
  }
}
