import type { Panel } from '../kit/panel.ts'
import { failedShare, metric, ON } from '../kit/promql.ts'
import { NODE } from '../kit/rows.ts'
import { stat } from '../kit/stat.ts'
import { table } from '../kit/table.ts'
import {
  ALL_IS_GOOD,
  judged,
  SEVERAL_ARE_WORTH_A_LOOK,
  YES_IS_BAD,
  YES_IS_GOOD,
  YES_OR_NO,
} from '../kit/theme.ts'
import { UNIT } from '../kit/units.ts'
import { THRESHOLDS } from '../../src/thresholds.ts'

/** One property of the chosen nodes. */
export const node = (property: string): string => metric(`bittensor_node_${property}`, ON.node)
/** Height of the finalized block of each chosen node. */
export const finalized = node('finalized_block_height')
/** Seconds since that block. */
export const headAge = `time() - ${node('block_timestamp_seconds')}`
/** Behind the best of all nodes, also of those that are not chosen. */
export const behind = `scalar(max(${metric('bittensor_node_finalized_block_height')})) - ${finalized}`

/** Colours of the peers of a node. */
export const PEERS = judged({ notice: THRESHOLDS.node.peers, bad: THRESHOLDS.node.peersIsolated })
/**
 * Colours of the age of a finalized block. A stalled head is red by the time BittensorNodeStalled fires, which waits two minutes beyond
 * its threshold. `time()` adds the age of the last scrape, so a healthy head may be amber for a moment, but not red.
 */
export const HEAD_AGE = judged({ notice: THRESHOLDS.node.blockAge, bad: THRESHOLDS.exporter.chainBlockAge })
/** Colours of the blocks that a node is behind. */
export const BEHIND = judged({ notice: THRESHOLDS.node.behind })

/** The nodes as they are now. */
export const now: readonly Panel[] = [
  stat({
    title: 'Nodes up',
    runbook: 'BittensorNodeDown',
    description: 'Chosen nodes that answered the last round, of all that are chosen.',
    unit: UNIT.ratio,
    decimals: 0,
    noValue: 'no data',
    thresholds: ALL_IS_GOOD,
    w: 4,
    h: 4,
    freshness: 'scrape',
    queries: [{ expr: `avg(${node('up')})`, legend: 'up' }],
  }),
  stat({
    title: 'Fewest peers',
    runbook: 'BittensorNodePeersLow',
    description: 'Peers of the chosen node that has the fewest.',
    unit: UNIT.count,
    noValue: 'no data',
    thresholds: PEERS,
    w: 4,
    h: 4,
    freshness: 'scrape',
    queries: [{ expr: `min(${node('peers')})`, legend: 'peers' }],
  }),
  stat({
    title: 'Oldest head',
    runbook: 'BittensorNodeStalled',
    description: 'Time since the finalized block of the chosen node that is furthest behind.',
    unit: UNIT.seconds,
    noValue: 'no data',
    thresholds: HEAD_AGE,
    w: 4,
    h: 4,
    freshness: 'scrape',
    queries: [{ expr: `max(${headAge})`, legend: 'age' }],
  }),
  stat({
    title: 'Furthest behind',
    runbook: 'BittensorNodeBehind',
    description: 'Finalized blocks that the slowest chosen node is behind the best node.',
    unit: UNIT.blocks,
    decimals: 0,
    noValue: 'no data',
    thresholds: BEHIND,
    w: 4,
    h: 4,
    freshness: 'scrape',
    queries: [{ expr: `max(${behind})`, legend: 'behind' }],
  }),
  stat({
    title: 'Runtimes',
    runbook: 'BittensorNodeSpecVersionsDiffer',
    description:
      'Different spec versions among all nodes: more than one for longer than an upgrade takes is a node left behind.',
    unit: UNIT.number,
    noValue: 'no data',
    thresholds: SEVERAL_ARE_WORTH_A_LOOK,
    w: 4,
    h: 4,
    freshness: 'scrape',
    queries: [
      {
        expr: `count(count by (spec_version, transaction_version) (${metric('bittensor_runtime_info')}))`,
        legend: 'runtimes',
      },
    ],
  }),
  stat({
    title: 'Requests failing',
    runbook: 'BittensorExporterUpstreamErrors',
    description:
      'Requests to the chosen nodes or their Sidecars that failed after their retries, as a share of all.',
    unit: UNIT.ratio,
    decimals: 2,
    noValue: 'no data',
    thresholds: judged({ notice: THRESHOLDS.exporter.requestFailures }),
    w: 4,
    h: 4,
    more: 'exporter',
    freshness: 'scrape',
    queries: [
      {
        expr: failedShare(
          metric('bittensor_exporter_upstream_request_failures_total', ON.node),
          metric('bittensor_exporter_upstream_requests_total', ON.node),
        ),
        legend: 'failing',
      },
    ],
  }),
  table({
    title: 'Nodes',
    description: 'Each node as it, or its Sidecar, reports itself now, and the software it runs.',
    noValue: 'no node answered yet',
    w: 24,
    h: 6,
    keys: [
      { ...NODE, width: 100 },
      { label: 'chain', title: 'Chain', width: 75 },
      { label: 'role', title: 'Role', width: 75 },
      { label: 'client_name', title: 'Client', width: 130 },
      { label: 'client_version', title: 'Version' },
    ],
    columns: (
      [
        ['Up', node('up'), { mappings: [YES_IS_GOOD], width: 50 }],
        ['Info', node('info'), { labels: 'node, chain, role, client_name, client_version', hidden: true }],
        ['Peers', node('peers'), { unit: UNIT.count, thresholds: PEERS, width: 65 }],
        ['Wants peers', node('should_have_peers'), { mappings: [YES_OR_NO], width: 110 }],
        ['Syncing', node('syncing'), { mappings: [YES_IS_BAD], width: 80 }],
        ['Finalized', finalized, { unit: UNIT.count, width: 90 }],
        ['Behind', behind, { unit: UNIT.blocks, thresholds: BEHIND, width: 85 }],
        ['Head age', headAge, { unit: UNIT.seconds, thresholds: HEAD_AGE, width: 85 }],
        ['Pool', node('pending_extrinsics'), { unit: UNIT.count, width: 60 }],
        ['Spec', metric('bittensor_runtime_spec_version', ON.node), { width: 60 }],
      ] as const
    ).map(([title, expr, look]) => ({ title, expr, labels: 'node', unit: UNIT.number, ...look })),
  }),
]
