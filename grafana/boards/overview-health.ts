import type { Panel } from '../kit/panel.ts'
import { by, metric, neuron, NEURON, ON, perSubnet, signedIn } from '../kit/promql.ts'
import { stat } from '../kit/stat.ts'
import { atLeast, atMost, below } from '../kit/theme.ts'
import { UNIT } from '../kit/units.ts'

/** Validators weigh miners everywhere but on root, where newer runtimes have no weights. */
const NOT_ROOT = 'netuid!="0"'
const PERMITTED = `${neuron('validator_permit', ON.hotkey, NOT_ROOT)} == 1`

/** One number for each thing that must be right. */
export const health: readonly Panel[] = [
  stat({
    title: 'Nodes down',
    runbook: 'BittensorNodeDown',
    description: 'Nodes whose Sidecar, or whose node behind it, did not answer the last round.',
    unit: UNIT.number,
    noValue: 'no data',
    thresholds: below(1),
    w: 3,
    h: 4,
    more: 'nodes',
    queries: [{ expr: `sum(1 - ${by('node', metric('bittensor_node_up'))})`, legend: 'down' }],
  }),
  stat({
    title: 'Age of the data',
    runbook: 'BittensorChainStateOld',
    description:
      'Time since the block that all chain state shown here was read at. Finality, polls and scrapes make about a minute of it.',
    unit: UNIT.seconds,
    decimals: 0,
    noValue: 'no data',
    thresholds: atMost(90, 180),
    w: 3,
    h: 4,
    more: 'exporter',
    queries: [{ expr: `time() - max(${metric('bittensor_chain_block_timestamp_seconds')})`, legend: 'age' }],
  }),
  stat({
    title: 'Collectors failing',
    runbook: 'BittensorExporterCollectorFailing',
    description:
      'Collectors whose last round failed. What they own is stale, and disappears after stale_after.',
    unit: UNIT.number,
    noValue: 'no data',
    thresholds: below(1),
    w: 3,
    h: 4,
    more: 'exporter',
    queries: [
      {
        expr: `sum(1 - ${by('collector, node', metric('bittensor_exporter_collector_success'))})`,
        legend: 'failing',
      },
    ],
  }),
  stat({
    title: 'Fewest peers',
    runbook: 'BittensorNodePeersLow',
    description:
      'Peers of the node that has the fewest. Below 150 a node is at risk of hearing of blocks late.',
    unit: UNIT.count,
    noValue: 'no data',
    thresholds: atLeast(50, 150),
    w: 3,
    h: 4,
    more: 'nodes',
    queries: [{ expr: `min(${metric('bittensor_node_peers')})`, legend: 'peers' }],
  }),
  stat({
    title: 'Oldest weights',
    runbook: 'BittensorNeuronUpdateLate',
    description:
      'Blocks since the last update of the watched validator that is nearest to the activity cutoff of its subnet, as a share of that cutoff; at 100 % it turns inactive. Neurons with a validator permit, root left out.',
    unit: UNIT.ratio,
    decimals: 0,
    noValue: 'no validator',
    thresholds: atMost(0.5, 0.9),
    w: 3,
    h: 4,
    queries: [
      {
        expr: `max(${perSubnet(neuron('updated_blocks', ON.hotkey, NOT_ROOT), 'activity_cutoff_blocks')} and on (${NEURON}) ${PERMITTED})`,
        legend: 'of the cutoff',
      },
    ],
  }),
  stat({
    title: 'Validators inactive',
    runbook: 'BittensorNeuronInactive',
    description:
      'Watched neurons that have a validator permit and that the last epoch found inactive, root left out.',
    unit: UNIT.number,
    noValue: 'no validator',
    thresholds: below(1),
    w: 3,
    h: 4,
    queries: [
      {
        expr: `sum((1 - ${neuron('active', ON.hotkey, NOT_ROOT)}) and on (${NEURON}) ${PERMITTED})`,
        legend: 'inactive',
      },
    ],
  }),
  stat({
    title: 'Signed in the last hour',
    runbook: 'BittensorColdkeySigned',
    description:
      'Transactions signed with watched keys. Each one that you did not expect is worth a question.',
    unit: UNIT.count,
    noValue: 'no data',
    w: 3,
    h: 4,
    more: 'keys',
    queries: [
      { expr: `sum(${by('address', signedIn('1h', metric('bittensor_account_nonce')))})`, legend: 'signed' },
    ],
  }),
  stat({
    title: 'Runtime',
    runbook: 'BittensorRuntimeUpgraded',
    description:
      'Spec version of the runtime, the highest of all nodes. When it moves, signers may need an update.',
    unit: UNIT.number,
    noValue: 'no data',
    w: 3,
    h: 4,
    more: 'nodes',
    queries: [{ expr: `max(${metric('bittensor_runtime_spec_version')})`, legend: 'spec' }],
  }),
]
