import type { Board } from '../kit/links.ts'
import type { Panel } from '../kit/panel.ts'
import { by, metric, NEURON, neuron, ON } from '../kit/promql.ts'
import { KEY, UID_OF_SUBNET } from '../kit/rows.ts'
import { series } from '../kit/series.ts'
import { stat } from '../kit/stat.ts'
import { table } from '../kit/table.ts'
import { atLeast, below, COLOUR, YES_IS_GOOD } from '../kit/theme.ts'
import { timeline } from '../kit/timeline.ts'
import { UNIT } from '../kit/units.ts'

/**
 * Panels about metrics that come later than the dashboards. They are in the built JSON when their set is switched on;
 * a test fails while a metric exists whose set is off, or the other way round.
 */
export interface Later {
  readonly metrics: readonly string[]
  readonly board: Board
  readonly panels: readonly Panel[]
}

/** The sets of `LATER` whose metrics the exporter has: add a name, and run `npm run build:dashboards`. */
export const SWITCHED_ON: readonly (keyof typeof LATER)[] = [
  'deregistration',
  'expectations',
  'operations',
  'unexplained',
  'coldkeySwaps',
]

/** The panels of a dashboard that are switched on. */
export const laterPanels = (board: Board): readonly Panel[] =>
  SWITCHED_ON.map((name): Later => LATER[name])
    .filter((later) => later.board === board)
    .flatMap(({ panels }) => panels)

const subnet = (property: string): string => `max(${metric(`bittensor_subnet_${property}`, ON.netuid)})`
const ROOM = { empty: 'Absent while the subnet has room.' } as const
const NO_EXPECT = { empty: 'The configuration has no expect.' } as const
const NOBODY = { empty: 'No watched hotkey is registered on the subnet.' } as const
const NOT_FOLLOWED = { empty: 'Absent while the followed blocks have a gap, or extrinsics is off.' } as const
const TO_396 = { empty: 'The chain counts intervals to spec 396 only.' } as const

const deregistration: Later = {
  metrics: [
    'bittensor_neuron_prune_rank',
    'bittensor_neuron_immunity_ends_block',
    'bittensor_subnet_registrations_this_interval',
    'bittensor_subnet_target_registrations',
    'bittensor_subnet_adjustment_interval_blocks',
    'bittensor_subnet_recent_registrations',
  ],
  board: 'subnet',
  panels: [
    table({
      title: 'Places of the watched neurons',
      description:
        'Place of each watched neuron among those that go for newcomers, by the rule of the runtime: 1 goes with the next registration. No place while the subnet has room. Immunity is 0 when it is over.',
      noValue: 'no watched hotkey is registered on the subnet',
      w: 8,
      h: 8,
      keys: [UID_OF_SUBNET, { label: 'name', title: 'Key' }],
      sort: { column: 'Place', descending: false },
      columns: [
        {
          title: 'Info',
          expr: neuron('info', ON.netuid, 'watched="true"'),
          unit: UNIT.number,
          calm: NOBODY,
          hidden: true,
        },
        {
          title: 'Place',
          expr: neuron('prune_rank', ON.netuid),
          labels: 'uid',
          unit: UNIT.number,
          thresholds: atLeast(5, 20),
          calm: ROOM,
        },
        {
          title: 'Immune for',
          expr: `clamp_min(${neuron('immunity_ends_block', ON.netuid)} - scalar(max(${metric('bittensor_chain_block_height')})), 0)`,
          labels: 'uid',
          unit: UNIT.blocks,
          decimals: 0,
          calm: NOBODY,
        },
      ],
    }),
    series({
      title: 'Registrations before they go',
      description: 'Place of each watched neuron among those that go for newcomers, through time.',
      unit: UNIT.number,
      noValue: 'the subnet has room: nobody goes',
      min: 0,
      w: 8,
      h: 8,
      stepped: true,
      queries: [
        {
          expr: `${neuron('prune_rank', ON.netuid)} * on (${NEURON}) group_left (name) ${by(`${NEURON}, name`, neuron('info', ON.netuid, 'watched="true"'))}`,
          legend: '{{name}} · UID {{uid}}',
          calm: ROOM,
        },
      ],
    }),
    series({
      title: 'Registrations',
      description:
        'Neurons that registered in the last 7200 blocks (a day) and are still there; to spec 396 also the registrations of the adjustment interval, what the subnet aims at in one, and how many blocks it has. On subnets of watched neurons.',
      unit: UNIT.count,
      decimals: 0,
      noValue: 'no watched hotkey is registered on the subnet',
      min: 0,
      w: 8,
      h: 8,
      stepped: true,
      queries: [
        { expr: subnet('recent_registrations'), legend: 'in a day', color: COLOUR.plain, calm: NOBODY },
        {
          expr: subnet('registrations_this_interval'),
          legend: 'this interval',
          color: COLOUR.second,
          calm: TO_396,
        },
        {
          expr: subnet('target_registrations'),
          legend: 'target',
          color: COLOUR.notice,
          dashed: true,
          calm: TO_396,
        },
        {
          expr: subnet('adjustment_interval_blocks'),
          legend: 'interval',
          unit: UNIT.blocks,
          color: COLOUR.quiet,
          dashed: true,
          calm: TO_396,
        },
      ],
    }),
  ],
}

const operations: Later = {
  metrics: ['bittensor_key_extrinsics_total'],
  board: 'keys',
  panels: [
    series({
      title: 'Operations by call',
      description: 'Extrinsics that the chosen keys signed, by call and result.',
      unit: UNIT.count,
      decimals: 0,
      noValue: 'no chosen key signed anything',
      min: 0,
      w: 24,
      h: 8,
      queries: [
        {
          expr: `sum by (name, pallet, method, result) (increase(${metric('bittensor_key_extrinsics_total', ON.name)}[$__rate_interval]))`,
          legend: '{{name}}: {{pallet}}.{{method}} {{result}}',
          calm: { empty: 'A call is counted from its first time.' },
        },
      ],
    }),
  ],
}

const expectations: Later = {
  metrics: ['bittensor_expectation_met'],
  board: 'keys',
  panels: [
    stat({
      title: 'Expectations not met',
      description: 'Entries of expect in the configuration that are not as they should be.',
      unit: UNIT.number,
      noValue: 'nothing is expected',
      thresholds: below(1),
      w: 3,
      h: 4,
      queries: [
        { expr: `sum(1 - ${metric('bittensor_expectation_met')})`, legend: 'not met', calm: NO_EXPECT },
      ],
    }),
    timeline({
      title: 'Expectations',
      description: 'Whether each entry of expect is as it should be.',
      unit: UNIT.number,
      noValue: 'nothing is expected',
      mappings: [YES_IS_GOOD],
      w: 24,
      h: 8,
      queries: [
        {
          expr: metric('bittensor_expectation_met', ON.name),
          legend: '{{name}}: {{expectation}}',
          calm: NO_EXPECT,
        },
      ],
    }),
  ],
}

const unexplained: Later = {
  metrics: ['bittensor_account_unexplained_change_tao_total'],
  board: 'keys',
  panels: [
    stat({
      title: 'Unexplained in 24 h',
      description:
        'How far balances of the chosen accounts moved without an operation or event that explains it.',
      unit: UNIT.tao,
      decimals: 6,
      noValue: 'no key is watched',
      w: 6,
      h: 4,
      queries: [
        {
          expr: `sum(increase(${metric('bittensor_account_unexplained_change_tao_total', ON.name)}[1d]))`,
          legend: 'unexplained',
          calm: NOT_FOLLOWED,
        },
      ],
    }),
  ],
}

const coldkeySwaps: Later = {
  metrics: ['bittensor_coldkey_swap_announced_block'],
  board: 'keys',
  panels: [
    table({
      title: 'Announced coldkey swaps',
      description:
        'Watched coldkeys for which a swap is announced. If you did not announce it, somebody else has your key.',
      noValue: 'none',
      w: 24,
      h: 4,
      keys: [KEY, { label: 'coldkey', title: 'Coldkey' }],
      columns: [
        {
          title: 'Announced at',
          expr: metric('bittensor_coldkey_swap_announced_block', ON.name),
          unit: UNIT.count,
          calm: { empty: 'Nobody announced a swap.' },
        },
      ],
    }),
  ],
}

/** Every set, by its name. */
export const LATER = { deregistration, operations, expectations, unexplained, coldkeySwaps } as const
