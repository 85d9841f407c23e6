import { gauge, info, once } from '../metrics/define.ts'
import { storageValue, type NodeNetwork, type NodeVersion } from '../upstream/client.ts'
import { count } from '../upstream/decode.ts'
import { ITEMS } from '../storage/layout.ts'
import { collector } from './define.ts'

interface NodeReading {
  readonly version: NodeVersion
  readonly network: NodeNetwork
  readonly bestHeight: number
  readonly finalizedHeight: number
  /** Seconds since the epoch, by the finalized head. */
  readonly finalizedAt: number
}

export const node = collector('node', {
  description: 'Health, peers, heights and client version of every node.',
  scope: 'node',
  shard: 'first',
  create: () => ({
    async read(client, { signal }): Promise<NodeReading> {
      const finalized = async () => {
        const { block } = await client.finalizedHead(signal)
        const milliseconds = await storageValue(client, { item: ITEMS.now, keys: [], block }, count, signal)
        return { finalizedHeight: block.height, finalizedAt: milliseconds / 1000 }
      }
      const [version, network, bestHeight, head] = await Promise.all([
        client.nodeVersion(signal),
        client.nodeNetwork(signal),
        client.bestHeight(signal),
        finalized(),
      ])
      return { version, network, bestHeight, ...head }
    },
  }),
  families: [
    once(
      (reading: NodeReading) => reading,
      [
        gauge(
          'bittensor_node_peers',
          'Number of peers the node is connected to.',
          ({ network }) => network.peers,
        ),
        gauge(
          'bittensor_node_syncing',
          '1 while the node reports that it is syncing.',
          ({ network }) => network.syncing,
        ),
        gauge(
          'bittensor_node_should_have_peers',
          '1 if the node reports that it should have peers, 0 on a development chain.',
          ({ network }) => network.shouldHavePeers,
        ),
        info('bittensor_node_info', 'Chain, client and role of the node.', {
          chain: ({ version }) => version.chain,
          client_name: ({ version }) => version.clientName,
          client_version: ({ version }) => version.clientVersion,
          role: ({ network }) => network.roles.join(','),
        }),
        gauge(
          'bittensor_node_best_block_height',
          "Height of the node's best block.",
          ({ bestHeight }) => bestHeight,
        ),
        gauge(
          'bittensor_node_finalized_block_height',
          "Height of the node's finalized block.",
          ({ finalizedHeight }) => finalizedHeight,
        ),
        gauge(
          'bittensor_node_block_timestamp_seconds',
          "Time of the node's finalized block according to the chain (Timestamp.Now).",
          ({ finalizedAt }) => finalizedAt,
        ),
      ],
    ),
  ],
})
