import type { UpstreamClient } from '../upstream/client.ts'
import { readGenesis } from '../storage/genesis.ts'

/** The chain that a node is on. */
export interface ChainIdentity {
  /** Hash of block 0: 0x and lower-case hex. */
  readonly genesis: string
  /** The chain's name as the node reports it. */
  readonly name: string
}

/** The state of one node, as far as it decides whether chain state can be read from it. */
export interface NodeHealth {
  readonly chain: ChainIdentity
  readonly syncing: boolean
  /** Height of its finalized head. */
  readonly height: number
}

/** Reads the health of a node. Rejects with UpstreamError when any of its requests fails. */
export async function readHealth(client: UpstreamClient, signal: AbortSignal): Promise<NodeHealth> {
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
