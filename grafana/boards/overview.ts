import { runtimeUpgrades, signedByColdkeys } from '../kit/annotations.ts'
import { firing } from './alerts.ts'
import { BEHIND, HEAD_AGE, PEERS } from './nodes-now.ts'
import { atRisk, health } from './overview-health.ts'
import { dashboard, type Dashboard } from '../kit/dashboard.ts'
import type { Panel } from '../kit/panel.ts'
import {
  by,
  changeInDay,
  emissionChangeInDay,
  emissionInTao,
  metric,
  named,
  neuron,
  ON,
} from '../kit/promql.ts'
import { KEY, NODE, SUBNET, UID } from '../kit/rows.ts'
import { series } from '../kit/series.ts'
import { stat } from '../kit/stat.ts'
import { table } from '../kit/table.ts'
import { COLOUR, fallen, words, YES_IS_BAD, YES_IS_GOOD, YES_OR_NO } from '../kit/theme.ts'
import { UNIT } from '../kit/units.ts'
import { THRESHOLDS } from '../../src/thresholds.ts'

const finalized = metric('bittensor_node_finalized_block_height')
const headAge = `time() - ${metric('bittensor_node_block_timestamp_seconds')}`

const nodes: readonly Panel[] = [
  table({
    title: 'Nodes',
    description:
      'Each node as it reports itself now. Behind: finalized blocks behind the best of all nodes. Not finalized: blocks between its best and its finalized block. A click on a name opens the node.',
    noValue: 'no node answered yet',
    w: 24,
    h: 5,
    more: 'nodes',
    keys: [NODE],
    columns: [
      {
        title: 'Up',
        expr: metric('bittensor_node_up'),
        unit: UNIT.number,
        mappings: [YES_IS_GOOD],
        width: 60,
      },
      {
        title: 'Peers',
        expr: metric('bittensor_node_peers'),
        unit: UNIT.count,
        thresholds: PEERS,
        width: 70,
      },
      {
        title: 'Syncing',
        expr: metric('bittensor_node_syncing'),
        unit: UNIT.number,
        mappings: [YES_IS_BAD],
        width: 80,
      },
      {
        title: 'Behind',
        expr: `scalar(max(${finalized})) - ${finalized}`,
        unit: UNIT.blocks,
        thresholds: BEHIND,
      },
      {
        title: 'Not finalized',
        expr: `${metric('bittensor_node_best_block_height')} - ${finalized}`,
        unit: UNIT.blocks,
        width: 125,
      },
      {
        title: 'Head age',
        expr: headAge,
        unit: UNIT.seconds,
        thresholds: HEAD_AGE,
        width: 90,
      },
      { title: 'Spec', expr: metric('bittensor_runtime_spec_version'), unit: UNIT.number, width: 60 },
    ],
  }),
]

const NO_DAY = { empty: 'There are no data of 24 hours ago.' } as const
const EMISSION_FELL = fallen(THRESHOLDS.neuron.emissionFall)
const INCENTIVE_FELL = fallen(THRESHOLDS.neuron.incentiveFall)
const DIVIDENDS_FELL = fallen(THRESHOLDS.neuron.dividendsFall)
const VALIDATOR_TRUST_FELL = fallen(THRESHOLDS.neuron.validatorTrustFall)

const neurons: readonly Panel[] = [
  table({
    title: 'Watched neurons',
    description:
      'The UIDs of the chosen hotkeys, on every subnet. Stake and emission (of the last epoch) are in TAO: alpha counts at the spot price. A click on a UID opens the neuron.',
    noValue: 'no watched hotkey is registered on a subnet',
    w: 24,
    h: 7,
    keys: [KEY, SUBNET, UID],
    sort: { column: 'Stake', descending: true },
    columns: [
      {
        title: 'Info',
        expr: neuron('info', ON.hotkey),
        labels: 'name, netuid, uid',
        unit: UNIT.number,
        hidden: true,
      },
      ...(
        [
          ['Stake', neuron('stake_tao', ON.hotkey), { unit: UNIT.tao, decimals: 2 }],
          ['Emission', emissionInTao(ON.hotkey), { unit: UNIT.tao, decimals: 4 }],
          ['Incentive', neuron('incentive_ratio', ON.hotkey), { unit: UNIT.ratio, decimals: 3 }],
          ['Dividends', neuron('dividends_ratio', ON.hotkey), { unit: UNIT.ratio, decimals: 3 }],
          ['VTrust', neuron('validator_trust_ratio', ON.hotkey), { unit: UNIT.ratio, decimals: 1 }],
          ['Updated', neuron('updated_blocks', ON.hotkey), { unit: UNIT.blocks }],
          [
            'Permit',
            neuron('validator_permit', ON.hotkey),
            { unit: UNIT.number, mappings: [YES_OR_NO], width: 70 },
          ],
          ['Active', neuron('active', ON.hotkey), { unit: UNIT.number, mappings: [YES_OR_NO], width: 70 }],
          ['Immune', neuron('immune', ON.hotkey), { unit: UNIT.number, mappings: [YES_OR_NO], width: 75 }],
        ] as const
      ).map(([title, expr, look]) => ({ title, expr, labels: 'netuid, uid', ...look })),
    ],
  }),
  table({
    title: 'Watched neurons against 24 h ago',
    description:
      'Change since 24 hours ago of what each neuron of the chosen hotkeys earns, as the chain pays it (prices do not matter), and of its scores. Empty where there was nothing then. Amber: it fell by more than the thresholds of the alerts.',
    noValue: 'no watched hotkey is registered on a subnet',
    w: 24,
    h: 6,
    keys: [KEY, SUBNET, UID],
    columns: [
      {
        title: 'Info',
        expr: neuron('info', ON.hotkey),
        labels: 'name, netuid, uid',
        unit: UNIT.number,
        hidden: true,
      },
      ...(
        [
          ['Emission', emissionChangeInDay(ON.hotkey), EMISSION_FELL],
          ['Incentive', changeInDay('incentive_ratio', ON.hotkey), INCENTIVE_FELL],
          ['Dividends', changeInDay('dividends_ratio', ON.hotkey), DIVIDENDS_FELL],
          ['VTrust', changeInDay('validator_trust_ratio', ON.hotkey), VALIDATOR_TRUST_FELL],
        ] as const
      ).map(([title, expr, thresholds]) => ({
        title,
        expr,
        labels: 'netuid, uid',
        unit: UNIT.ratio,
        decimals: 1,
        width: 110,
        thresholds,
        calm: NO_DAY,
      })),
    ],
  }),
  series({
    title: 'Emission of watched neurons',
    description:
      'What the chosen hotkeys earned in their last epoch, in TAO: alpha counts at the spot price.',
    unit: UNIT.tao,
    decimals: 3,
    noValue: 'no watched hotkey is registered on a subnet',
    min: 0,
    w: 24,
    h: 6,
    small: true,
    stepped: true,
    queries: [{ expr: named(emissionInTao(ON.hotkey), ON.hotkey), legend: '{{name}} · {{netuid}}/{{uid}}' }],
  }),
]

const REAL = words({ '0': ['real', COLOUR.good], '1': ['INVENTED (demo)', COLOUR.bad] })

const money: readonly Panel[] = [
  series({
    title: 'Free balance',
    description:
      'Free balance of every watched account. A fall without a signed operation is worth a question.',
    unit: UNIT.tao,
    decimals: 3,
    noValue: 'no key is watched',
    min: 0,
    w: 8,
    h: 5,
    small: true,
    more: 'keys',
    queries: [{ expr: metric('bittensor_account_free_tao'), legend: '{{name}}' }],
  }),
  series({
    title: 'Stake of watched hotkeys',
    description:
      'All stake on the chosen hotkeys; from spec 233 their alpha on every subnet at the spot price.',
    unit: UNIT.tao,
    decimals: 2,
    noValue: 'no hotkey is watched',
    min: 0,
    w: 8,
    h: 5,
    small: true,
    more: 'keys',
    queries: [{ expr: metric('bittensor_hotkey_stake_tao', ON.hotkey), legend: '{{name}}' }],
  }),
  stat({
    title: 'Unrealised value',
    description:
      'What the watched coldkeys have staked, in TAO: from spec 233 alpha at the spot price, which selling it would lower.',
    unit: UNIT.tao,
    decimals: 0,
    noValue: 'no coldkey',
    w: 8,
    h: 5,
    more: 'keys',
    queries: [{ expr: `sum(${by('coldkey', metric('bittensor_coldkey_stake_tao'))})`, legend: 'staked' }],
  }),
]

const chain: readonly Panel[] = [
  stat({
    title: 'The chain',
    description:
      'Subnets (root included), all TAO there is, and all TAO that is staked. Data says whether a real chain is read, or the demonstration runs.',
    unit: UNIT.tao,
    decimals: 0,
    noValue: 'no data',
    w: 24,
    h: 5,
    queries: [
      { expr: `max(${metric('bittensor_chain_subnets')})`, legend: 'Subnets', unit: UNIT.number },
      { expr: `max(${metric('bittensor_chain_total_issuance_tao')})`, legend: 'Issued' },
      { expr: `max(${metric('bittensor_chain_total_stake_tao')})`, legend: 'Staked' },
      {
        expr: `max(${metric('bittensor_exporter_demo')})`,
        legend: 'Data',
        unit: UNIT.number,
        mappings: [REAL],
      },
    ],
  }),
]

/** What is wrong, and how much time is left. One screen of 1080 lines before anything is expanded. */
export const overview: Dashboard = dashboard({
  board: 'overview',
  description:
    'What is wrong, whether the data are fresh, the nodes, and what the watched neurons and keys risk: on one screen. Below, collapsed: neurons, balances, the chain.',
  variables: ['hotkey'],
  annotations: [runtimeUpgrades, signedByColdkeys],
  sections: [
    { panels: [firing, ...health, ...nodes, ...atRisk] },
    { title: 'Neurons', collapsed: true, panels: neurons },
    { title: 'Balances and stake', collapsed: true, panels: money },
    { title: 'The chain', collapsed: true, panels: chain },
  ],
})
