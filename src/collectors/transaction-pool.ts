import { gauge } from '../metrics/define.ts'
import { defineCollector } from './define.ts'

/** By itself, because some nodes do not let their pool be read, and a large pool is a large answer. */
export const transactionPool = defineCollector({
  name: 'transaction_pool',
  scope: 'node',
  families: {
    pending: gauge(
      'bittensor_node_pending_extrinsics',
      "Number of extrinsics in the node's transaction pool.",
      ['node'],
    ),
  },
  read: (sidecar, { signal }) => sidecar.pendingExtrinsics(signal),
  emit(pending, say, node) {
    say.pending({ node }, pending)
  },
})
