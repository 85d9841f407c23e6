import type { UpstreamClient } from '../upstream/client.ts'
import { readGenesis } from '../storage/genesis.ts'

/** Which chain a node is on. */
export interface ChainIdentity {
  /** Hash of block 0, 0x hex in lower case. */
  readonly genesis: string
  /** What the node calls it. */
  readonly name: string
}

/** What one node says that decides whether chain state can be read from it. */
export interface Assessment {
  readonly chain: ChainIdentity
  readonly syncing: boolean
  /** Height of its finalized head. */
  readonly height: number
}

/** Asks a node for what decides about it. Rejects with UpstreamError when one of it is not answered. */
export async function assess(client: UpstreamClient, signal: AbortSignal): Promise<Assessment> {
  const finalized = async () => {
    const { block } = await client.finalizedHead(signal)
    return { height: block.height, genesis: await readGenesis(client, block, signal) }
  }
  const [version, network, { height, genesis }] = await Promise.all([
    client.nodeVersion(signal),
    client.nodeNetwork(signal),
    finalized(),
  ])
  return { chain: { genesis, name: version.chain }, syncing: network.syncing, height }
}
