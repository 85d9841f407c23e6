import type { Panel } from '../kit/panel.ts'
import { height, metric, ON, SECONDS_PER_BLOCK } from '../kit/promql.ts'
import { KEY, SUBNET } from '../kit/rows.ts'
import { table } from '../kit/table.ts'
import { ALWAYS_BAD, YES_IS_GOOD } from '../kit/theme.ts'
import { timeline } from '../kit/timeline.ts'
import { UNIT } from '../kit/units.ts'

const coldkey = (property: string): string => metric(`bittensor_coldkey_${property}`, ON.name)
const children = (property: string): string => metric(`bittensor_hotkey_pending_children${property}`, ON.name)

/** Time until a height, 0 once it is reached. */
const until = (blocks: string): string => `clamp_min(${blocks} - scalar(${height}), 0) * ${SECONDS_PER_BLOCK}`

const NO_SWAP = { empty: 'Nobody announced or scheduled a swap.' } as const
const NO_CHILDREN = { empty: 'No child keys are pending.' } as const

/** Pending changes of the selected keys, and whether their expectations are met. */
export const warnings: readonly Panel[] = [
  timeline({
    title: 'Expectations',
    runbook: 'BittensorExpectationNotMet',
    description:
      'Whether each entry of expect in the configuration holds. What cannot be judged at the moment has no bar.',
    unit: UNIT.number,
    noValue: 'nothing is expected: see expect in docs/CONFIG.md',
    mappings: [YES_IS_GOOD],
    w: 24,
    h: 8,
    queries: [
      {
        expr: metric('bittensor_expectation_met', ON.name),
        legend: '{{name}}: {{expectation}} {{netuid}}',
        calm: { empty: 'The configuration has no expect.' },
      },
    ],
  }),
  table({
    title: 'Coldkeys, and swaps of them',
    runbook: 'BittensorColdkeySwapAnnounced',
    description:
      'Watched coldkeys, the names they gave themselves on the chain, and swaps of them for another key. A swap is scheduled to spec 384 and announced from 385; with it goes all the coldkey owns. If it is none of yours, somebody else has the key. Disputed: stopped.',
    noValue: 'no coldkey is watched',
    w: 24,
    h: 6,
    keys: [
      KEY,
      { label: 'coldkey', title: 'Coldkey' },
      { label: 'identity', title: 'Identity', width: 120 },
      { label: 'new_coldkey', title: 'Goes to' },
    ],
    columns: (
      [
        ['Stake', coldkey('stake_tao'), { unit: UNIT.tao, decimals: 2, width: 120 }],
        [
          'Identity info',
          coldkey('identity_info'),
          {
            labels: 'name, coldkey, identity',
            unit: UNIT.number,
            hidden: true,
            calm: { empty: 'No watched coldkey has an identity.' },
          },
        ],
        [
          'Swap info',
          coldkey('swap_info'),
          { labels: 'name, coldkey, new_coldkey', unit: UNIT.number, hidden: true, calm: NO_SWAP },
        ],
        [
          'Swapped in',
          until(coldkey('swap_scheduled_block')),
          { unit: UNIT.seconds, width: 110, thresholds: ALWAYS_BAD, calm: NO_SWAP },
        ],
        [
          'Swap possible in',
          until(coldkey('swap_announced_block')),
          { unit: UNIT.seconds, width: 145, thresholds: ALWAYS_BAD, calm: NO_SWAP },
        ],
        [
          'Disputed at',
          coldkey('swap_disputed_block'),
          { unit: UNIT.count, width: 100, thresholds: ALWAYS_BAD, calm: NO_SWAP },
        ],
      ] as const
    ).map(([title, expr, look]) => ({ title, expr, labels: 'name, coldkey', ...look })),
  }),
  table({
    title: 'Pending child keys',
    runbook: 'BittensorChildKeysPending',
    description:
      'Child keys of the chosen hotkeys that were set and are not in force yet: with them, stake of the hotkey counts for others. 0 takes all child keys away.',
    noValue: 'none',
    w: 24,
    h: 4,
    keys: [KEY, { label: 'hotkey', title: 'Hotkey' }, SUBNET],
    columns: [
      { title: 'Child keys', expr: children(''), unit: UNIT.number, width: 95, calm: NO_CHILDREN },
      {
        title: 'In force in',
        expr: until(children('_block')),
        unit: UNIT.seconds,
        width: 100,
        calm: NO_CHILDREN,
      },
    ],
  }),
]
