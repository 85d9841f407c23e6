import type { Block } from '../chain/block.ts'
import { storageValue, type UpstreamClient } from '../upstream/client.ts'
import { hash } from '../upstream/decode.ts'
import { ITEMS } from './layout.ts'

/**
 * The hash of block 0 of the chain that a block belongs to, from System.BlockHash(0) in the state of that block. The runtime
 * never deletes this entry, because signatures include the hash (frame_system's CheckGenesis), so pruned nodes have it too;
 * Sidecar's `/blocks/0` fails on them. Rejects with UpstreamError.
 */
export async function readGenesis(
  client: UpstreamClient,
  block: Block,
  signal: AbortSignal,
): Promise<string> {
  if (block.height === 0) return block.hash.toLowerCase()
  return storageValue(client, { item: ITEMS.blockHash, keys: [0], block }, hash, signal)
}
