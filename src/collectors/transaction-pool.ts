import { gauge, once } from '../metrics/define.ts'
import { collector } from './define.ts'

/** A collector of its own, because some nodes do not allow reading their pool, and the response for a large pool is large. */
export const transactionPool = collector('transaction_pool', {
  description: 'Extrinsics waiting in the pool of every node.',
  scope: 'node',
  shard: 'first',
  create: () => ({ read: (client, { signal }) => client.pendingExtrinsics(signal) }),
  families: [
    once(
      (pending: number) => pending,
      [
        gauge(
          'bittensor_node_pending_extrinsics',
          "Number of extrinsics in the node's transaction pool.",
          (pending) => pending,
        ),
      ],
    ),
  ],
})
