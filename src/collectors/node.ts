import { gauge } from '../metrics/define.ts'
import { storageValue, type NodeNetwork, type NodeVersion } from '../upstream/client.ts'
import { count } from '../upstream/decode.ts'
import { ITEMS } from '../storage/layout.ts'
import { defineCollector } from './define.ts'

interface NodeReading {
  readonly version: NodeVersion
  readonly network: NodeNetwork
  readonly bestHeight: number
  readonly finalizedHeight: number
  /** Seconds since the epoch, by the finalized head. */
  readonly finalizedAt: number
}

export const node = defineCollector({
  name: 'node',
  scope: 'node',
  families: {
    peers: gauge('bittensor_node_peers', 'Number of peers the node is connected to.', ['node']),
    syncing: gauge('bittensor_node_syncing', '1 while the node reports that it is syncing.', ['node']),
    shouldHavePeers: gauge(
      'bittensor_node_should_have_peers',
      '1 if the node reports that it should have peers, 0 on a development chain.',
      ['node'],
    ),
    info: gauge('bittensor_node_info', 'Chain, client and role of the node.', [
      'node',
      'chain',
      'client_name',
      'client_version',
      'role',
    ]),
    bestHeight: gauge('bittensor_node_best_block_height', "Height of the node's best block.", ['node']),
    finalizedHeight: gauge('bittensor_node_finalized_block_height', "Height of the node's finalized block.", [
      'node',
    ]),
    timestamp: gauge(
      'bittensor_node_block_timestamp_seconds',
      "Time of the node's finalized block according to the chain (Timestamp.Now).",
      ['node'],
    ),
  },
  async read(sidecar, { signal }): Promise<NodeReading> {
    const finalized = async () => {
      const { block } = await sidecar.finalizedHead(signal)
      const milliseconds = await storageValue(sidecar, { item: ITEMS.now, keys: [], block }, count, signal)
      return { finalizedHeight: block.height, finalizedAt: milliseconds / 1000 }
    }
    const [version, network, bestHeight, head] = await Promise.all([
      sidecar.nodeVersion(signal),
      sidecar.nodeNetwork(signal),
      sidecar.bestHeight(signal),
      finalized(),
    ])
    return { version, network, bestHeight, ...head }
  },
  emit({ version, network, bestHeight, finalizedHeight, finalizedAt }, say, node) {
    say.peers({ node }, network.peers)
    say.syncing({ node }, network.syncing)
    say.shouldHavePeers({ node }, network.shouldHavePeers)
    say.info({
      node,
      chain: version.chain,
      client_name: version.clientName,
      client_version: version.clientVersion,
      role: network.roles.join(','),
    })
    say.bestHeight({ node }, bestHeight)
    say.finalizedHeight({ node }, finalizedHeight)
    say.timestamp({ node }, finalizedAt)
  },
})
