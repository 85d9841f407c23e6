import { runtimeUpgrades, signedOperations } from '../kit/annotations.ts'
import { operations } from './operations.ts'
import { value } from './value.ts'
import { warnings } from './warnings.ts'
import { dashboard, type Dashboard } from '../kit/dashboard.ts'
import type { Panel } from '../kit/panel.ts'
import { by, emissionInTao, metric, NEURON, neuron, ON, signedIn, grewIn } from '../kit/promql.ts'
import { HOTKEY, KEY, SUBNET, UID } from '../kit/rows.ts'
import { series } from '../kit/series.ts'
import { stat } from '../kit/stat.ts'
import { table } from '../kit/table.ts'
import { ANY_AMOUNT_IS_BAD, ANY_IS_BAD, YES_OR_NO } from '../kit/theme.ts'
import { UNIT } from '../kit/units.ts'

const account = (property: string): string => metric(`bittensor_account_${property}`, ON.name)
const hotkey = (property: string): string => metric(`bittensor_hotkey_${property}`, ON.name)
const ofChosen = (property: string): string => neuron(property, ON.hotkeyOfName)
const NO_KEY = 'no key is watched'
const NO_HOTKEY = 'no hotkey is watched'

const totals: readonly Panel[] = [
  stat({
    title: 'Expectations not met',
    runbook: 'BittensorExpectationNotMet',
    description: 'Entries of expect in the configuration that do not hold, of the chosen keys.',
    unit: UNIT.number,
    noValue: 'nothing is expected',
    thresholds: ANY_IS_BAD,
    w: 4,
    h: 4,
    queries: [
      {
        expr: `sum(1 - ${by('name, expectation, netuid', metric('bittensor_expectation_met', ON.name))})`,
        legend: 'not met',
        calm: { empty: 'The configuration has no expect.' },
      },
    ],
  }),
  stat({
    title: 'Unexplained in 24 h',
    runbook: 'BittensorUnexplainedBalanceChange',
    description:
      'How far balances of the chosen accounts moved in the last day, up or down, without an event that explains it.',
    unit: UNIT.tao,
    decimals: 9,
    noValue: 'not known',
    thresholds: ANY_AMOUNT_IS_BAD,
    w: 4,
    h: 4,
    queries: [
      {
        expr: `sum(${by('address', grewIn('1d', account('unexplained_change_tao_total')))})`,
        legend: 'unexplained',
        calm: { empty: 'Absent while followed blocks are missing, or extrinsics is off.' },
      },
    ],
  }),
  stat({
    title: 'Signed in the last hour',
    runbook: 'BittensorColdkeySigned',
    description: 'Transactions signed with the chosen keys: how far their nonces moved.',
    unit: UNIT.count,
    noValue: NO_KEY,
    w: 4,
    h: 4,
    queries: [{ expr: `sum(${by('address', signedIn('1h', account('nonce')))})`, legend: 'signed' }],
  }),
  stat({
    title: 'Free, reserved, frozen',
    description:
      'Free balance of all chosen accounts together, what the chain has set aside beside it (deposits), and the part of the free balance that cannot be spent.',
    unit: UNIT.tao,
    decimals: 3,
    noValue: NO_KEY,
    w: 6,
    h: 4,
    queries: [
      { expr: `sum(${by('address', account('free_tao'))})`, legend: 'free' },
      { expr: `sum(${by('address', account('reserved_tao'))})`, legend: 'reserved' },
      { expr: `sum(${by('address', account('frozen_tao'))})`, legend: 'frozen' },
    ],
  }),
  stat({
    title: 'Staked',
    description:
      'Owned: what the chosen coldkeys have staked, on any hotkey. On the hotkeys: all stake on the chosen hotkeys, of their nominators too. From spec 233 alpha at the spot price.',
    unit: UNIT.tao,
    decimals: 2,
    noValue: 'none of the kind is watched',
    w: 6,
    h: 4,
    queries: [
      {
        expr: `sum(${by('coldkey', metric('bittensor_coldkey_stake_tao', ON.name))})`,
        legend: 'owned',
      },
      { expr: `sum(${by('hotkey', hotkey('stake_tao'))})`, legend: 'on the hotkeys' },
    ],
  }),
]

const accounts: readonly Panel[] = [
  table({
    title: 'Accounts',
    description: 'Watched hotkeys, watched coldkeys, and the coldkeys that own watched hotkeys.',
    noValue: NO_KEY,
    w: 24,
    h: 7,
    keys: [KEY, { label: 'role', title: 'Role', width: 90 }, { label: 'address', title: 'Address' }],
    sort: { column: 'Free', descending: true },
    columns: (
      [
        ['Info', account('info'), { labels: 'name, role, address', unit: UNIT.number, hidden: true }],
        ['Free', account('free_tao'), { unit: UNIT.tao, decimals: 6 }],
        ['Reserved', account('reserved_tao'), { unit: UNIT.tao, decimals: 6 }],
        ['Frozen', account('frozen_tao'), { unit: UNIT.tao, decimals: 6 }],
        ['Nonce', account('nonce'), { unit: UNIT.number }],
        ['Signed in 24 h', signedIn('1d', account('nonce')), { unit: UNIT.number, decimals: 0, width: 125 }],
      ] as const
    ).map(([title, expr, look]) => ({ title, expr, labels: 'name, address', ...look })),
  }),
  series({
    title: 'Free balance',
    runbook: 'BittensorFreeBalanceFell',
    description:
      'Free balance of each account. A fall without a signed operation beside it is worth a question.',
    unit: UNIT.tao,
    decimals: 6,
    noValue: NO_KEY,
    w: 12,
    h: 8,
    queries: [{ expr: account('free_tao'), legend: '{{name}}' }],
  }),
  series({
    title: 'Reserved and frozen',
    description:
      'Deposits of each account, and the part of its free balance that cannot be spent. Both move only when somebody acts.',
    unit: UNIT.tao,
    decimals: 6,
    noValue: NO_KEY,
    min: 0,
    w: 12,
    h: 8,
    stepped: true,
    queries: [
      { expr: account('reserved_tao'), legend: '{{name}}: reserved' },
      { expr: account('frozen_tao'), legend: '{{name}}: frozen', dashed: true },
    ],
  }),
  series({
    title: 'Signed operations',
    runbook: 'BittensorColdkeySigned',
    description:
      'Increase of the nonce of each account between two points, which is the number of extrinsics it signed.',
    unit: UNIT.count,
    decimals: 0,
    noValue: NO_KEY,
    min: 0,
    w: 24,
    h: 6,
    stepped: true,
    queries: [{ expr: `changes(${account('nonce')}[$__rate_interval])`, legend: '{{name}}' }],
  }),
]

const hotkeys: readonly Panel[] = [
  table({
    title: 'Hotkeys',
    runbook: 'BittensorHotkeyOwnerChanged',
    description:
      'Watched hotkeys and who owns them. A row without a coldkey is a hotkey that the chain does not know.',
    noValue: NO_HOTKEY,
    w: 24,
    h: 6,
    keys: [KEY, HOTKEY, { label: 'coldkey', title: 'Coldkey' }],
    columns: (
      [
        ['Subnets', hotkey('registrations'), { unit: UNIT.number, width: 90 }],
        ['Info', hotkey('info'), { labels: 'name, hotkey, coldkey', unit: UNIT.number, hidden: true }],
        ['Stake', hotkey('stake_tao'), { unit: UNIT.tao, decimals: 4, width: 160 }],
        ['Take', hotkey('take_ratio'), { unit: UNIT.ratio, decimals: 2, width: 90 }],
      ] as const
    ).map(([title, expr, look]) => ({ title, expr, labels: 'name, hotkey', ...look })),
  }),
  series({
    title: 'Stake',
    description:
      'All stake on each hotkey; from spec 233 its alpha on every subnet at the spot price, so it moves with the prices.',
    unit: UNIT.tao,
    decimals: 2,
    noValue: NO_HOTKEY,
    w: 8,
    h: 8,
    queries: [{ expr: hotkey('stake_tao'), legend: '{{name}}' }],
  }),
  series({
    title: 'Registrations',
    runbook: 'BittensorHotkeyRegistrationsFell',
    description: 'Subnets each hotkey has a UID on, root included. A fall is a deregistration.',
    unit: UNIT.count,
    decimals: 0,
    noValue: NO_HOTKEY,
    min: 0,
    w: 8,
    h: 8,
    stepped: true,
    queries: [{ expr: hotkey('registrations'), legend: '{{name}}' }],
  }),
  series({
    title: 'Take',
    runbook: 'BittensorHotkeyTakeChanged',
    description: 'Share of the earnings of its delegators that each hotkey keeps.',
    unit: UNIT.ratio,
    decimals: 2,
    noValue: NO_HOTKEY,
    min: 0,
    w: 8,
    h: 8,
    stepped: true,
    queries: [{ expr: hotkey('take_ratio'), legend: '{{name}}' }],
  }),
]

const neurons: readonly Panel[] = [
  table({
    title: 'Neurons of the chosen hotkeys',
    description:
      'Where the chosen hotkeys are registered. Stake and emission (of the last epoch) in TAO: alpha counts at the spot price.',
    noValue: 'no chosen hotkey is registered on a subnet',
    w: 24,
    h: 7,
    keys: [KEY, SUBNET, UID, HOTKEY],
    sort: { column: 'Stake', descending: true },
    columns: (
      [
        ['Info', ofChosen('info'), { labels: `name, ${NEURON}`, unit: UNIT.number, hidden: true }],
        ['Stake', ofChosen('stake_tao'), { unit: UNIT.tao, decimals: 4 }],
        ['Emission', emissionInTao(ON.hotkeyOfName), { unit: UNIT.tao, decimals: 6 }],
        ['Updated', ofChosen('updated_blocks'), { unit: UNIT.blocks }],
        ['Permit', ofChosen('validator_permit'), { unit: UNIT.number, mappings: [YES_OR_NO], width: 80 }],
        ['Active', ofChosen('active'), { unit: UNIT.number, mappings: [YES_OR_NO], width: 80 }],
      ] as const
    ).map(([title, expr, look]) => ({ title, expr, labels: NEURON, ...look })),
  }),
]

/** Whether the watched keys are as they should be, what they do, and what they own. */
export const keys: Dashboard = dashboard({
  board: 'keys',
  description:
    'Watched hotkeys and coldkeys: whether they are as they should be, what they sign and what others do to them, what they own and what it is worth.',
  variables: ['name', 'hotkeyOfName'],
  annotations: [runtimeUpgrades, signedOperations(ON.name)],
  sections: [
    { panels: totals },
    { title: 'Expectations and warnings', panels: warnings },
    { title: 'Operations', collapsed: true, panels: operations },
    { title: 'Value', collapsed: true, panels: value },
    { title: 'Accounts', collapsed: true, panels: accounts },
    { title: 'Hotkeys', collapsed: true, panels: hotkeys },
    { title: 'Neurons', collapsed: true, panels: neurons },
  ],
})
