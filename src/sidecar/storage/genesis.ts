import type { Block } from '../../chain/block.ts'
import { shapeError, storagePath, type SidecarClient } from '../client.ts'
import { hash, WireFault } from '../decode.ts'
import { ITEMS } from './layout.ts'

/**
 * The hash of block 0 of the chain that a block belongs to. Read from the state of that very block: the runtime keeps
 * System.BlockHash(0) for good, as signatures are made over it (frame_system's CheckGenesis), so a pruned node has it, which
 * `/blocks/0` of Sidecar asks too much of. Rejects with SidecarError.
 */
export async function readGenesis(client: SidecarClient, block: Block, signal: AbortSignal): Promise<string> {
  if (block.height === 0) return block.hash.toLowerCase()
  try {
    return hash(await client.storage(ITEMS.blockHash, [0], block, signal))
  } catch (error) {
    if (!(error instanceof WireFault)) throw error
    throw shapeError(client.node, storagePath(ITEMS.blockHash, [0], block), error.message)
  }
}
