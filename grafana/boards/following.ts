import type { Panel } from '../kit/panel.ts'
import { by, metric } from '../kit/promql.ts'
import { SUBNET } from '../kit/rows.ts'
import { series } from '../kit/series.ts'
import { table } from '../kit/table.ts'
import { COLOUR } from '../kit/theme.ts'
import { UNIT } from '../kit/units.ts'

const NOT_FOLLOWED = { empty: 'No key is watched, or the collector extrinsics is off.' } as const

/** Blocks of the chain whose extrinsics are not read yet. */
const behind = `max(${metric('bittensor_chain_block_height')}) - max(${metric('bittensor_followed_block_height')})`

/** Progress of reading blocks for the watched keys, and subnets that are omitted from the neuron table. */
export const following: readonly Panel[] = [
  series({
    title: 'Blocks not followed yet',
    runbook: 'BittensorExporterFollowerBehind',
    description:
      'Blocks up to that of the chain state whose extrinsics were not read yet. After an outage they are caught up with; a line that rises all the time does not keep up.',
    unit: UNIT.blocks,
    decimals: 0,
    noValue: NOT_FOLLOWED.empty,
    min: 0,
    w: 8,
    h: 8,
    queries: [{ expr: behind, legend: 'behind', color: COLOUR.plain, calm: NOT_FOLLOWED }],
  }),
  series({
    title: 'Blocks followed',
    runbook: 'BittensorExporterBlocksSkipped',
    description:
      'Blocks read for the operations of the watched keys, and blocks skipped as they could not be had: what was signed in those is not known, and balances are not explained across them.',
    unit: UNIT.blocks,
    decimals: 0,
    noValue: NOT_FOLLOWED.empty,
    min: 0,
    w: 8,
    h: 8,
    queries: [
      {
        expr: by('result', `increase(${metric('bittensor_followed_blocks_total')}[$__rate_interval])`),
        legend: '{{result}}',
        calm: NOT_FOLLOWED,
      },
    ],
  }),
  table({
    title: 'Subnets left out',
    runbook: 'BittensorExporterSubnetLeftOut',
    description:
      'Subnets of which only the watched neurons are published: with the others there would be more series than limits.max_series of the configuration.',
    noValue: 'none',
    w: 8,
    h: 8,
    keys: [{ label: 'instance', title: 'Instance', width: 150 }, SUBNET],
    columns: [
      {
        title: 'Left out',
        expr: metric('bittensor_exporter_subnet_left_out'),
        unit: UNIT.number,
        hidden: true,
        calm: { empty: 'All subnets fit.' },
      },
    ],
  }),
  series({
    title: 'Runtime',
    runbook: 'BittensorExporterOutdated',
    description:
      'Spec version of the runtime that wrote the published chain state, and the newest one that this release of the exporter was checked against.',
    unit: UNIT.number,
    decimals: 0,
    noValue: 'no data',
    w: 12,
    h: 8,
    queries: [
      { expr: `max(${metric('bittensor_chain_state_spec_version')})`, legend: 'chain' },
      { expr: `max(${metric('bittensor_exporter_newest_known_spec_version')})`, legend: 'newest known' },
    ],
  }),
  table({
    title: 'Unknown types',
    runbook: 'BittensorExporterUnknownLayout',
    description:
      'Storage items, events and calls whose types in the metadata of the runtime the exporter does not know. What is read from them is absent.',
    noValue: 'none',
    w: 12,
    h: 8,
    keys: [
      { label: 'kind', title: 'Kind' },
      { label: 'pallet', title: 'Pallet' },
      { label: 'item', title: 'Item' },
    ],
    columns: [
      {
        title: 'Unknown',
        expr: by('kind, pallet, item', metric('bittensor_exporter_unknown_layout')),
        unit: UNIT.number,
        hidden: true,
        calm: { empty: 'All types are known.' },
      },
    ],
  }),
]
