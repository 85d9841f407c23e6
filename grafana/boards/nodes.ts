import { runtimeUpgrades } from '../kit/annotations.ts'
import { BEHIND, behind, finalized, HEAD_AGE, headAge, node, now, PEERS } from './nodes-now.ts'
import { dashboard, type Dashboard } from '../kit/dashboard.ts'
import type { Panel } from '../kit/panel.ts'
import { metric, ON, rate } from '../kit/promql.ts'
import { NODE } from '../kit/rows.ts'
import { series } from '../kit/series.ts'
import { table } from '../kit/table.ts'
import { COLOUR, words } from '../kit/theme.ts'
import { timeline } from '../kit/timeline.ts'
import { UNIT } from '../kit/units.ts'

const time: readonly Panel[] = [
  timeline({
    title: 'Up',
    description: 'Whether each node, and its Sidecar if it has one, answered.',
    unit: UNIT.number,
    noValue: 'no data',
    mappings: [words({ '1': ['up', COLOUR.good], '0': ['down', COLOUR.bad] })],
    w: 8,
    h: 6,
    queries: [{ expr: node('up'), legend: '{{node}}' }],
  }),
  timeline({
    title: 'Syncing',
    runbook: 'BittensorNodeSyncing',
    description:
      'Whether each node says that it is catching up with the chain. A stalled node may say no: see the age of its head.',
    unit: UNIT.number,
    noValue: 'no data',
    mappings: [words({ '1': ['syncing', COLOUR.bad], '0': ['in sync', COLOUR.good] })],
    w: 8,
    h: 6,
    queries: [{ expr: node('syncing'), legend: '{{node}}' }],
  }),
  timeline({
    title: 'Source of chain state',
    description:
      'The node that keys, subnets and neurons are read from. It changes when that node falls behind or fails.',
    unit: UNIT.number,
    noValue: 'no data',
    mappings: [words({ '1': ['source', COLOUR.plain] })],
    w: 8,
    h: 6,
    queries: [
      {
        expr: metric('bittensor_chain_source_info', ON.node),
        legend: '{{node}}',
        calm: { empty: 'The source may be a node that is not chosen.' },
      },
    ],
  }),
  series({
    title: 'Peers',
    runbook: 'BittensorNodePeersFalling',
    description: 'Peers of each node. Few and falling is the sign that comes first.',
    unit: UNIT.count,
    noValue: 'no data',
    min: 0,
    thresholds: PEERS,
    limits: true,
    w: 8,
    h: 8,
    queries: [{ expr: node('peers'), legend: '{{node}}' }],
  }),
  series({
    title: 'Head age',
    runbook: 'BittensorNodeStalled',
    description: 'Time since the finalized block that each node knows, by the clock of Prometheus.',
    unit: UNIT.seconds,
    noValue: 'no data',
    min: 0,
    thresholds: HEAD_AGE,
    limits: true,
    w: 8,
    h: 8,
    queries: [{ expr: headAge, legend: '{{node}}' }],
  }),
  series({
    title: 'Behind the best node',
    runbook: 'BittensorNodeBehind',
    description: 'Finalized blocks between each node and the best of all nodes.',
    unit: UNIT.blocks,
    decimals: 0,
    noValue: 'no data',
    min: 0,
    thresholds: BEHIND,
    limits: true,
    w: 8,
    h: 8,
    queries: [{ expr: behind, legend: '{{node}}' }],
  }),
  series({
    title: 'Not yet finalized',
    description:
      'Blocks between the best and the finalized block of each node. When all rise, the chain does not finalize.',
    unit: UNIT.blocks,
    decimals: 0,
    noValue: 'no data',
    min: 0,
    w: 8,
    h: 8,
    queries: [{ expr: `${node('best_block_height')} - ${finalized}`, legend: '{{node}}' }],
  }),
  series({
    title: 'Pending extrinsics',
    description:
      'Extrinsics in the transaction pool of each node; absent for a node that does not let it be read.',
    unit: UNIT.count,
    noValue: 'no node lets its pool be read',
    min: 0,
    w: 8,
    h: 8,
    queries: [{ expr: node('pending_extrinsics'), legend: '{{node}}' }],
  }),
  series({
    title: 'Runtime version',
    description: 'Spec version of the runtime each node executes.',
    unit: UNIT.number,
    noValue: 'no data',
    w: 8,
    h: 8,
    stepped: true,
    queries: [{ expr: metric('bittensor_runtime_spec_version', ON.node), legend: '{{node}}' }],
  }),
]

const sidecar: readonly Panel[] = [
  series({
    title: 'Time of requests, 95th percentile',
    description: 'Longest duration of 95 of 100 requests to each node or its Sidecar, with their retries.',
    unit: UNIT.seconds,
    noValue: 'no request was made',
    min: 0,
    w: 12,
    h: 8,
    more: 'exporter',
    queries: [
      {
        expr: `histogram_quantile(0.95, sum by (node, le) (${rate(metric('bittensor_exporter_upstream_request_duration_seconds_bucket', ON.node))}))`,
        legend: '{{node}}',
      },
    ],
  }),
  series({
    title: 'Failed requests',
    description: 'Requests to each node or its Sidecar that failed after their retries, by reason.',
    unit: UNIT.requestsPerSecond,
    noValue: 'no request failed',
    min: 0,
    w: 12,
    h: 8,
    queries: [
      {
        expr: `sum by (node, reason) (${rate(metric('bittensor_exporter_upstream_request_failures_total', ON.node))})`,
        legend: '{{node}}: {{reason}}',
        calm: { empty: 'A reason is counted from its first failure.' },
      },
    ],
  }),
  timeline({
    title: 'Decodes signed extrinsics',
    runbook: 'BittensorNodeMisreadsExtrinsics',
    description:
      'Whether the signed extrinsics of each node are decoded. Operations of keys are not counted while they are not.',
    unit: UNIT.number,
    noValue: 'no block with signed extrinsics was read',
    mappings: [words({ '1': ['decodes', COLOUR.good], '0': ['misreads', COLOUR.bad] })],
    w: 24,
    h: 4,
    queries: [
      {
        expr: node('decodes_extrinsics'),
        legend: '{{node}}',
        calm: { empty: 'Only blocks of the source are read, and only while something needs them.' },
      },
    ],
  }),
  table({
    title: 'Runtime of each node',
    description:
      'Names and versions of the runtime each node executes. When the transaction version moves, signers need an update.',
    noValue: 'no node answered yet',
    w: 24,
    h: 5,
    keys: [
      NODE,
      { label: 'spec_name', title: 'Spec name' },
      { label: 'spec_version', title: 'Spec' },
      { label: 'transaction_version', title: 'Transactions' },
      { label: 'impl_version', title: 'Implementation', width: 135 },
      { label: 'authoring_version', title: 'Authoring' },
      { label: 'chain_type', title: 'Chain type' },
    ],
    columns: [
      { title: 'Info', expr: metric('bittensor_runtime_info', ON.node), unit: UNIT.number, hidden: true },
    ],
  }),
]

/** The nodes, each by itself and against the others. */
export const nodes: Dashboard = dashboard({
  board: 'nodes',
  description:
    'Subtensor nodes, each read directly or through its own Sidecar: are they up, in step, and in touch?',
  variables: ['node'],
  annotations: [runtimeUpgrades],
  sections: [
    { panels: now },
    { title: 'Through time', collapsed: true, panels: time },
    { title: 'Requests and runtime', collapsed: true, panels: sidecar },
  ],
})
