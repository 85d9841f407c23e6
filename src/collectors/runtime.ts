import { NEWEST_KNOWN_SPEC, type Runtime } from '../chain/runtime.ts'
import { gauge, info, once } from '../metrics/define.ts'
import { collector } from './define.ts'

export const runtime = collector('runtime', {
  description: 'Runtime and transaction versions of every node.',
  scope: 'node',
  shard: 'first',
  create: () => ({
    async read(client, { signal, warn }) {
      const { runtime } = await client.finalizedHead(signal)
      if (runtime.specVersion > NEWEST_KNOWN_SPEC)
        warn(
          `runtime spec ${runtime.specVersion} is newer than this exporter knows (${NEWEST_KNOWN_SPEC}): what its storage ` +
            'still has is read as before, and a formula may have changed; look for a newer release of the exporter',
        )
      return runtime
    },
  }),
  families: [
    once(
      (runtime: Runtime) => runtime,
      [
        gauge(
          'bittensor_runtime_spec_version',
          'Spec version of the runtime that the node reports.',
          ({ specVersion }) => specVersion,
        ),
        gauge(
          'bittensor_runtime_transaction_version',
          'Version of the transaction encoding. Signers must be updated when it changes.',
          ({ transactionVersion }) => transactionVersion,
        ),
        info('bittensor_runtime_info', 'Names and versions of the runtime that the node reports.', {
          spec_name: ({ specName }) => specName,
          spec_version: ({ specVersion }) => specVersion,
          impl_version: ({ implVersion }) => implVersion,
          authoring_version: ({ authoringVersion }) => authoringVersion,
          transaction_version: ({ transactionVersion }) => transactionVersion,
          chain_type: ({ chainType }) => chainType,
        }),
      ],
    ),
  ],
})
