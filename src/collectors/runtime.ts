import { NEWEST_KNOWN_SPEC } from '../chain/runtime.ts'
import { gauge } from '../metrics/define.ts'
import { defineCollector } from './define.ts'

export const runtime = defineCollector({
  name: 'runtime',
  scope: 'node',
  families: {
    specVersion: gauge(
      'bittensor_runtime_spec_version',
      'Spec version of the runtime that the node reports.',
      ['node'],
    ),
    transactionVersion: gauge(
      'bittensor_runtime_transaction_version',
      'Version of the transaction encoding. Signers must be updated when it changes.',
      ['node'],
    ),
    info: gauge('bittensor_runtime_info', 'Names and versions of the runtime that the node reports.', [
      'node',
      'spec_name',
      'spec_version',
      'impl_version',
      'authoring_version',
      'transaction_version',
      'chain_type',
    ]),
  },
  async read(sidecar, { signal, warn }) {
    const { runtime } = await sidecar.finalizedHead(signal)
    if (runtime.specVersion > NEWEST_KNOWN_SPEC)
      warn(
        `runtime spec ${runtime.specVersion} is newer than this exporter knows (${NEWEST_KNOWN_SPEC}): what its storage ` +
          'still has is read as before, and a formula may have changed; look for a newer release of the exporter',
      )
    return runtime
  },
  emit(runtime, say, node) {
    say.specVersion({ node }, runtime.specVersion)
    say.transactionVersion({ node }, runtime.transactionVersion)
    say.info({
      node,
      spec_name: runtime.specName,
      spec_version: runtime.specVersion,
      impl_version: runtime.implVersion,
      authoring_version: runtime.authoringVersion,
      transaction_version: runtime.transactionVersion,
      chain_type: runtime.chainType,
    })
  },
})
