import { runtimeUpgrades } from '../kit/annotations.ts'
import { dashboard, type Dashboard } from '../kit/dashboard.ts'
import type { Panel } from '../kit/panel.ts'
import { by, emission, metric, NEURON, neuron, ofWholeSubnet, ON } from '../kit/promql.ts'
import { SUBNET } from '../kit/rows.ts'
import { series } from '../kit/series.ts'
import { fact, stat } from '../kit/stat.ts'
import { table } from '../kit/table.ts'
import { COLOUR, judged } from '../kit/theme.ts'
import { UNIT } from '../kit/units.ts'
import { places, placesThroughTime, registrations } from './deregistration.ts'
import { leaders, metagraph, spread } from './metagraph.ts'
import { border } from './border.ts'
import { THRESHOLDS } from '../../src/thresholds.ts'

const subnet = (property: string): string => metric(`bittensor_subnet_${property}`, ON.netuid)
const of = (property: string): string => by(NEURON, neuron(property, ON.netuid))
const WHOLE = 'needs every neuron of the subnet'
const NO_SUBNET = 'the exporter does not read this subnet'
const OLD = { empty: 'Only from spec 233: before, subnets have no alpha.' } as const

const now: readonly Panel[] = [
  fact({
    title: 'Subnet',
    description:
      'Number, name and symbol of the subnet, as far as its runtime keeps them. Owners choose names: they prove nothing.',
    unit: UNIT.number,
    noValue: NO_SUBNET,
    w: 6,
    h: 4,
    query: { expr: subnet('info'), legend: '{{netuid}} · {{name}} {{symbol}}' },
  }),
  stat({
    title: 'Room',
    description: 'UIDs that are free. At 0, each registration takes the UID of another neuron.',
    unit: UNIT.count,
    noValue: NO_SUBNET,
    w: 3,
    h: 4,
    queries: [{ expr: `max(${subnet('neurons_limit')}) - max(${subnet('neurons')})`, legend: 'free' }],
  }),
  stat({
    title: 'Registration',
    description:
      'Current price of a registration: burned, less the share that is locked as stake of the miner.',
    unit: UNIT.tao,
    decimals: 4,
    noValue: NO_SUBNET,
    w: 3,
    h: 4,
    queries: [{ expr: `max(${subnet('registration_cost_tao')})`, legend: 'cost' }],
  }),
  stat({
    title: 'Alpha price',
    description: 'Spot price of one alpha of the subnet, from spec 233; root is 1.',
    unit: UNIT.tao,
    decimals: 6,
    noValue: 'no alpha (before spec 233)',
    w: 3,
    h: 4,
    queries: [{ expr: `max(${subnet('alpha_price_tao')})`, legend: 'price', calm: OLD }],
  }),
  stat({
    title: 'Epoch',
    description:
      'How much of the tempo has passed since the last epoch. Well above 100 %, the epochs of the subnet do not run.',
    unit: UNIT.ratio,
    decimals: 0,
    noValue: NO_SUBNET,
    thresholds: judged({ notice: THRESHOLDS.subnet.epochLate, bad: THRESHOLDS.subnet.epochMissed }),
    w: 3,
    h: 4,
    queries: [
      {
        expr: `max(${subnet('blocks_since_epoch')}) / max(${subnet('tempo_blocks')})`,
        legend: 'of the tempo',
      },
    ],
  }),
  stat({
    title: 'Validators',
    description: 'Neurons with a validator permit, and the most that the subnet has.',
    unit: UNIT.count,
    decimals: 0,
    noValue: WHOLE,
    w: 3,
    h: 4,
    queries: [
      { expr: ofWholeSubnet(`sum(${of('validator_permit')})`), legend: 'now', needs: 'whole subnet' },
      { expr: `max(${subnet('validators_limit')})`, legend: 'limit' },
    ],
  }),
  stat({
    title: 'Total emission',
    description: 'What all neurons earned in the last epoch: alpha from spec 233, TAO before.',
    unit: UNIT.taoOrAlpha,
    decimals: 2,
    noValue: WHOLE,
    w: 3,
    h: 4,
    queries: [
      {
        expr: ofWholeSubnet(`sum(${by(NEURON, emission(ON.netuid))})`),
        legend: 'emission',
        needs: 'whole subnet',
      },
    ],
  }),
]

/** Blocks after which something happens to its neurons. */
const limits: Panel = stat({
  title: 'Limits',
  description:
    'Tempo: blocks between epochs. Immunity: blocks a new neuron cannot be replaced. Cutoff: blocks without an update after which a neuron is inactive.',
  unit: UNIT.number,
  decimals: 0,
  noValue: NO_SUBNET,
  w: 24,
  h: 3,
  queries: [
    { expr: `max(${subnet('tempo_blocks')})`, legend: 'tempo' },
    { expr: `max(${subnet('immunity_period_blocks')})`, legend: 'immunity' },
    { expr: `max(${subnet('activity_cutoff_blocks')})`, legend: 'cutoff' },
  ],
})

const market: readonly Panel[] = [
  series({
    title: 'Alpha price through time',
    description: 'Spot price of one alpha in TAO, and the moving average that the chain keeps of it.',
    unit: UNIT.tao,
    decimals: 6,
    noValue: 'no alpha (before spec 233)',
    w: 8,
    h: 8,
    queries: [
      { expr: `max(${subnet('alpha_price_tao')})`, legend: 'spot', color: COLOUR.plain, calm: OLD },
      {
        expr: `max(${subnet('alpha_price_moving_tao')})`,
        legend: 'moving',
        color: COLOUR.second,
        dashed: true,
        calm: OLD,
      },
    ],
  }),
  series({
    title: 'Pool',
    description:
      'TAO and alpha in the pool of the subnet, the alpha issued outside it (staked, burned, of the protocol, pending), and the part of that which is staked.',
    unit: UNIT.alpha,
    decimals: 0,
    noValue: 'no alpha (before spec 233)',
    min: 0,
    w: 8,
    h: 8,
    queries: [
      { expr: `max(${subnet('pool_tao')})`, legend: 'TAO', color: COLOUR.plain, unit: UNIT.tao, calm: OLD },
      { expr: `max(${subnet('pool_alpha')})`, legend: 'alpha', color: COLOUR.second, calm: OLD },
      {
        expr: `max(${subnet('outstanding_alpha')})`,
        legend: 'alpha outside',
        color: COLOUR.notice,
        calm: OLD,
      },
      {
        expr: `max(${subnet('staked_alpha')})`,
        legend: 'alpha staked',
        calm: { empty: 'The chain counts it from spec 448 at the latest.' },
      },
    ],
  }),
  series({
    title: 'Registration cost through time',
    description:
      'Price of a registration, and the part of it that is locked as stake of the miner instead of burned. It rises with each registration and falls with time.',
    unit: UNIT.tao,
    decimals: 4,
    noValue: NO_SUBNET,
    min: 0,
    w: 8,
    h: 8,
    stepped: true,
    queries: [
      { expr: `max(${subnet('registration_cost_tao')})`, legend: 'cost', color: COLOUR.plain },
      {
        expr: `max(${subnet('registration_cost_tao')}) * max(${subnet('collateral_lock_ratio')})`,
        legend: 'locked of it',
        color: COLOUR.second,
        calm: { empty: 'Nothing is locked before spec 437.' },
      },
    ],
  }),
]

const all = (property: string): string => metric(`bittensor_subnet_${property}`)

const others: readonly Panel[] = [
  table({
    title: 'All subnets that are read',
    description:
      'The subnets of the configuration, side by side. A click on a number opens the subnet. Null is 1 for a subnet whose consensus is Null instead of Yuma: trust and consensus are 0 there.',
    noValue: 'no subnet is read',
    w: 24,
    h: 12,
    keys: [
      SUBNET,
      { label: 'name', title: 'Name', width: 170 },
      { label: 'symbol', title: 'Symbol', width: 80 },
      { label: 'owner_hotkey', title: 'Owner hotkey' },
      { label: 'owner_coldkey', title: 'Owner coldkey' },
    ],
    sort: { column: 'Subnet', descending: false },
    columns: (
      [
        [
          'Info',
          all('info'),
          { labels: 'netuid, name, symbol, owner_hotkey, owner_coldkey', unit: UNIT.number, hidden: true },
        ],
        ['Neurons', all('neurons'), { unit: UNIT.number }],
        ['Limit', all('neurons_limit'), { unit: UNIT.number }],
        ['Price', all('alpha_price_tao'), { unit: UNIT.tao, decimals: 6, calm: OLD }],
        ['Registration', all('registration_cost_tao'), { unit: UNIT.tao, decimals: 4 }],
        ['Tempo', all('tempo_blocks'), { unit: UNIT.blocks }],
        ['Since epoch', all('blocks_since_epoch'), { unit: UNIT.blocks }],
        [
          'Null',
          metric('bittensor_subnet_consensus_info', 'consensus="Null"'),
          {
            unit: UNIT.number,
            calm: { empty: 'Every subnet has Yuma consensus.' },
          },
        ],
      ] as const
    ).map(([title, expr, look]) => ({ title, expr, labels: 'netuid', ...look })),
  }),
]

/** One subnet: its neurons against each other, and its market. */
export const subnetBoard: Dashboard = dashboard({
  board: 'subnet',
  description:
    'One subnet: metagraph, leaders, distribution, and who goes next. With `subnets: watched` only the watched neurons of it are read.',
  variables: ['netuid'],
  annotations: [runtimeUpgrades],
  sections: [
    { panels: now },
    { title: 'Leaders', panels: leaders },
    { title: 'Distribution', collapsed: true, panels: spread },
    {
      title: 'Deregistration border',
      collapsed: true,
      panels: [limits, places, placesThroughTime, registrations, ...border],
    },
    { title: 'Metagraph', collapsed: true, panels: [metagraph] },
    { title: 'Market', collapsed: true, panels: market },
    { title: 'Other subnets', collapsed: true, panels: others },
  ],
})
