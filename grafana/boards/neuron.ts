import { runtimeUpgrades, signedByNeuron } from '../kit/annotations.ts'
import { firingOfNeuron } from './alerts.ts'
import { left } from './neuron-left.ts'
import { dashboard, type Dashboard } from '../kit/dashboard.ts'
import type { Panel } from '../kit/panel.ts'
import {
  by,
  changeInDay,
  emission,
  emissionChangeInDay,
  emissionInTao,
  NEURON,
  metric,
  neuron,
  ofWholeSubnet,
  ON,
} from '../kit/promql.ts'
import { series, type SeriesOptions } from '../kit/series.ts'
import { stat } from '../kit/stat.ts'
import { table } from '../kit/table.ts'
import { COLOUR, judged, words } from '../kit/theme.ts'
import { timeline } from '../kit/timeline.ts'
import { UNIT } from '../kit/units.ts'
import { THRESHOLDS } from '../../src/thresholds.ts'

const own = (property: string): string => neuron(property, ON.netuid, ON.uid)
const all = (property: string): string => by(NEURON, neuron(property, ON.netuid))
const subnet = (property: string): string => `max(${metric(`bittensor_subnet_${property}`, ON.netuid)})`
/** Root has had no epochs since spec 233. */
const ofNoRoot = (property: string): string =>
  metric(`bittensor_subnet_${property}`, ON.netuid, 'netuid!="0"')
const NO_NEURON = 'no such neuron is read'
const WHOLE = 'needs every neuron of the subnet: list it under subnets'
const TO_364 = { empty: 'The chain keeps it to spec 364 only.' } as const

/** 1 for the greatest value of the subnet; equals share a place. */
const place = (property: string): string =>
  ofWholeSubnet(
    `((count(${all(property)} > scalar(max(${own(property)}))) or vector(0)) + 1) and on () max(${own(property)})`,
  )

const identity: Panel = table({
  title: 'Neuron',
  description: 'The hotkey on this UID. When another hotkey takes it over, all lines below restart.',
  noValue: NO_NEURON,
  w: 24,
  h: 4,
  keys: [
    { label: 'name', title: 'Key', width: 140 },
    { label: 'hotkey', title: 'Hotkey' },
    { label: 'coldkey', title: 'Coldkey' },
  ],
  columns: (
    [
      ['Info', own('info'), { labels: 'hotkey, coldkey, name', unit: UNIT.number, hidden: true }],
      ['Stake', own('stake_tao'), { unit: UNIT.tao, decimals: 4, width: 150 }],
      [
        'Stake in alpha',
        own('stake_alpha'),
        { unit: UNIT.alpha, decimals: 4, width: 150, calm: { empty: 'Only from spec 233.' } },
      ],
      ['Registered at', own('registered_block'), { unit: UNIT.count, width: 120 }],
      ['Last update at', own('last_update_block'), { unit: UNIT.count, width: 130 }],
    ] as const
  ).map(([title, expr, look]) => ({ title, expr, labels: 'hotkey', ...look })),
})

const placed = (title: string, property: string, what: string): Panel =>
  stat({
    title,
    description: `Place of the neuron on its subnet by ${what}: 1 is the greatest, and equals share a place.`,
    unit: UNIT.number,
    decimals: 0,
    noValue: WHOLE,
    w: 8,
    h: 3,
    queries: [{ expr: place(property), legend: 'place', needs: 'whole subnet' }],
  })

const NO_DAY = { empty: 'There are no data of 24 hours ago.' } as const

const now: readonly Panel[] = [
  identity,
  firingOfNeuron,
  stat({
    title: 'Emission now',
    description: 'What it earned in the last epoch, in TAO: alpha counts at the spot price.',
    unit: UNIT.tao,
    decimals: 6,
    noValue: NO_NEURON,
    w: 5,
    h: 4,
    queries: [{ expr: `max(${emissionInTao(ON.netuid, ON.uid)})`, legend: 'emission' }],
  }),
  stat({
    title: 'Against 24 h ago',
    description:
      'Emission as the chain pays it (prices do not matter), validator trust and dividends, each against its value 24 hours ago.',
    unit: UNIT.ratio,
    decimals: 1,
    noValue: 'nothing then',
    w: 9,
    h: 4,
    queries: [
      { expr: `max(${emissionChangeInDay(ON.netuid, ON.uid)})`, legend: 'emission', calm: NO_DAY },
      {
        expr: `max(${changeInDay('validator_trust_ratio', ON.netuid, ON.uid)})`,
        legend: 'validator trust',
        calm: NO_DAY,
      },
      {
        expr: `max(${changeInDay('dividends_ratio', ON.netuid, ON.uid)})`,
        legend: 'dividends',
        calm: NO_DAY,
      },
    ],
  }),
  stat({
    title: 'Update age',
    runbook: 'BittensorNeuronUpdateLate',
    description:
      'Blocks since its last update as a share of the activity cutoff: at 100 % the next epoch finds it inactive. Miners do not update.',
    unit: UNIT.ratio,
    decimals: 0,
    noValue: NO_NEURON,
    thresholds: judged({ bad: THRESHOLDS.neuron.updatedCutoff }),
    w: 5,
    h: 4,
    queries: [
      {
        expr: `max(${own('updated_blocks')}) / ${subnet('activity_cutoff_blocks')}`,
        legend: 'of the cutoff',
      },
    ],
  }),
  stat({
    title: 'Next epoch',
    description:
      'Blocks until a tempo has passed since the last epoch of the subnet that ran; negative when it is overdue. The chain may run the epoch some blocks earlier or later. Root has none.',
    unit: UNIT.blocks,
    decimals: 0,
    noValue: 'no epoch yet, or root',
    w: 5,
    h: 4,
    queries: [
      {
        expr: `max(${ofNoRoot('tempo_blocks')}) - max(${ofNoRoot('blocks_since_epoch')})`,
        legend: 'left',
      },
    ],
  }),
  placed('By incentive', 'incentive_ratio', 'incentive'),
  placed('By dividends', 'dividends_ratio', 'dividends'),
  placed('By stake', 'stake_tao', 'stake'),
]

/** The neuron's line, and that of the median of the neurons of the subnet that have any of it. */
function against(
  title: string,
  description: string,
  {
    property,
    unit,
    decimals,
    calm,
  }: Pick<SeriesOptions, 'unit' | 'decimals'> & {
    readonly property: string | ((...matchers: readonly string[]) => string)
    readonly calm?: { readonly empty: string }
  },
): Panel {
  const of = (...matchers: readonly string[]): string =>
    typeof property === 'string' ? neuron(property, ...matchers) : `(${property(...matchers)})`
  const quiet = calm === undefined ? {} : { calm }
  return series({
    title,
    description: `${description} Against the median of the neurons of its subnet that have any.`,
    unit,
    ...(decimals === undefined ? {} : { decimals }),
    noValue: calm === undefined ? NO_NEURON : calm.empty,
    min: 0,
    w: 8,
    h: 8,
    stepped: true,
    queries: [
      { expr: of(ON.netuid, ON.uid), legend: 'UID {{uid}} · {{hotkey}}', color: COLOUR.plain, ...quiet },
      {
        expr: ofWholeSubnet(`quantile(0.5, ${of(ON.netuid)} > 0)`),
        legend: 'median',
        color: COLOUR.notice,
        dashed: true,
        needs: 'whole subnet',
        calm: calm ?? { empty: 'On root, and on a subnet before its first epoch, nobody has any.' },
      },
    ],
  })
}

const RATIO = { unit: UNIT.ratio, decimals: 3 } as const

const time: readonly Panel[] = [
  against('Emission', 'What it earned in each epoch: alpha from spec 233, TAO before.', {
    property: emission,
    unit: UNIT.taoOrAlpha,
    decimals: 6,
  }),
  against('Incentive', 'Share of what the miners of the subnet get.', {
    property: 'incentive_ratio',
    ...RATIO,
  }),
  against('Dividends', 'Share of what the validators of the subnet get.', {
    property: 'dividends_ratio',
    ...RATIO,
  }),
  against('Validator trust', 'How far its weights agree with consensus.', {
    property: 'validator_trust_ratio',
    ...RATIO,
  }),
  against('Consensus', 'The weight that a stake majority of the validators gives it at least.', {
    property: 'consensus_ratio',
    ...RATIO,
  }),
  against('Stake', 'Stake on it, in TAO: alpha counts at the spot price.', {
    property: 'stake_tao',
    unit: UNIT.tao,
    decimals: 2,
  }),
  against('Rank', 'What validators weighted by stake give it, before consensus.', {
    property: 'rank_ratio',
    ...RATIO,
    calm: TO_364,
  }),
  against('Trust', 'How much of its rank consensus left.', {
    property: 'trust_ratio',
    ...RATIO,
    calm: TO_364,
  }),
  series({
    title: 'Blocks since its last update',
    description:
      'A validator sets weights at least once a tempo; past the activity cutoff the next epoch finds it inactive.',
    unit: UNIT.blocks,
    decimals: 0,
    noValue: NO_NEURON,
    min: 0,
    w: 8,
    h: 8,
    queries: [
      { expr: own('updated_blocks'), legend: 'UID {{uid}} · {{hotkey}}', color: COLOUR.plain },
      { expr: subnet('tempo_blocks'), legend: 'tempo', color: COLOUR.quiet, dashed: true },
      { expr: subnet('activity_cutoff_blocks'), legend: 'cutoff', color: COLOUR.bad, dashed: true },
    ],
  }),
]

const states: readonly Panel[] = [
  timeline({
    title: 'Permit, activity, immunity',
    description:
      'Whether it may set weights as a validator, whether the last epoch found it active, and whether it is too young to be replaced.',
    unit: UNIT.number,
    noValue: NO_NEURON,
    mappings: [words({ '1': ['yes', COLOUR.plain], '0': ['no', COLOUR.quiet] })],
    w: 12,
    h: 7,
    queries: [
      { expr: `max(${own('validator_permit')})`, legend: 'permit' },
      { expr: `max(${own('active')})`, legend: 'active' },
      { expr: `max(${own('immune')})`, legend: 'immune' },
    ],
  }),
  timeline({
    title: 'Who held the UID',
    runbook: 'BittensorNeuronDeregistered',
    description: 'The hotkeys that held the UID in this time. A new one is a registration that took the UID.',
    unit: UNIT.number,
    noValue: NO_NEURON,
    mappings: [words({ '1': ['registered', COLOUR.plain] })],
    w: 12,
    h: 7,
    queries: [{ expr: own('info'), legend: '{{hotkey}}' }],
  }),
]

/** One UID through time. */
export const neuronBoard: Dashboard = dashboard({
  board: 'neuron',
  description: 'One UID of one subnet through time, against the median of the subnet.',
  variables: ['watched', 'netuidOfWatched', 'uid'],
  annotations: [runtimeUpgrades, signedByNeuron],
  sections: [
    { panels: now },
    { title: 'How long has it got', panels: left },
    { title: 'Through time', collapsed: true, panels: time },
    { title: 'States', collapsed: true, panels: states },
  ],
})
