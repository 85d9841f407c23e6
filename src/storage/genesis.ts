import type { Block } from '../chain/block.ts'
import { storageValue, type UpstreamClient } from '../upstream/client.ts'
import { hash } from '../upstream/decode.ts'
import { ITEMS } from './layout.ts'

/**
 * The hash of block 0 of the chain that a block belongs to. Read from the state of that very block: the runtime keeps
 * System.BlockHash(0) for good, as signatures are made over it (frame_system's CheckGenesis), so a pruned node has it, which
 * `/blocks/0` of Sidecar asks too much of. Rejects with UpstreamError.
 */
export async function readGenesis(
  client: UpstreamClient,
  block: Block,
  signal: AbortSignal,
): Promise<string> {
  if (block.height === 0) return block.hash.toLowerCase()
  return storageValue(client, { item: ITEMS.blockHash, keys: [0], block }, hash, signal)
}
