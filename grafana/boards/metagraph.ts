import type { Panel } from '../kit/panel.ts'
import { by, emission, NEURON, neuron, ofWholeSubnet, ON } from '../kit/promql.ts'
import type { Empty } from '../kit/query.ts'
import { HOTKEY, UID_OF_SUBNET } from '../kit/rows.ts'
import { series } from '../kit/series.ts'
import { table, WATCHED } from '../kit/table.ts'
import { COLOUR, YES_OR_NO } from '../kit/theme.ts'
import { distribution } from '../kit/timeline.ts'
import { UNIT } from '../kit/units.ts'

const of = (property: string): string => by(NEURON, neuron(property, ON.netuid))
const info = neuron('info', ON.netuid)
const earned = by(NEURON, emission(ON.netuid))
const WITH_NAMES = 'uid, hotkey, name, watched'
const NO_NEURON = 'no neuron of this subnet is read'

const named = by(`${NEURON}, name, watched`, info)

const ROOT = { empty: 'On root of newer runtimes nobody has incentive.' } as const

/** The rows of the best, with name and mark of the watched ones. Values that are 0 lead nothing. */
const leaderboard = (title: string, description: string, expr: string, unit: string, calm?: Empty): Panel =>
  table({
    title: `Most ${title.toLowerCase()}`,
    description: `The 20 neurons with ${description} Watched neurons are coloured.`,
    noValue: 'every value is 0, or no neuron of this subnet is read',
    w: 12,
    h: 9,
    keys: [UID_OF_SUBNET, { label: 'name', title: 'Key' }, HOTKEY, { ...WATCHED, width: 80 }],
    sort: { column: title, descending: true },
    columns: [
      {
        title,
        expr: `topk(20, ${expr} > 0) * on (${NEURON}) group_left (name, watched) ${named}`,
        labels: WITH_NAMES,
        unit,
        decimals: 3,
        width: 110,
        ...(calm === undefined ? {} : { calm }),
      },
    ],
  })

/** The neurons ahead of the others, by each of what counts. */
export const leaders: readonly Panel[] = [
  leaderboard('Incentive', 'the greatest share of what miners get.', of('incentive_ratio'), UNIT.ratio, ROOT),
  leaderboard('Dividends', 'the greatest share of what validators get.', of('dividends_ratio'), UNIT.ratio),
  leaderboard(
    'Emission',
    'the most earned in the last epoch: alpha from spec 233, TAO before.',
    earned,
    UNIT.taoOrAlpha,
  ),
  leaderboard('Stake', 'most stake, in TAO: alpha counts at the spot price.', of('stake_tao'), UNIT.tao),
]

/** The median and the outer tenths of a subnet. */
const quantiles = (expression: string) =>
  (
    [
      ['0.9', '90 of 100 below', COLOUR.second],
      ['0.5', 'median', COLOUR.plain],
      ['0.1', '10 of 100 below', COLOUR.quiet],
    ] as const
  ).map(([share, legend, color]) => ({
    expr: ofWholeSubnet(`quantile(${share}, ${expression})`),
    legend,
    color,
    needs: 'whole subnet' as const,
  }))

const WHOLE = 'needs every neuron of the subnet: list it under subnets'

/** How what counts is spread over the subnet. */
export const spread: readonly Panel[] = [
  distribution({
    title: 'Incentive',
    description: 'How many neurons have which incentive now, those with none left out.',
    unit: UNIT.ratio,
    noValue: 'no neuron of this subnet has incentive',
    w: 6,
    h: 8,
    query: { expr: `${of('incentive_ratio')} > 0`, legend: '{{uid}}', calm: ROOT },
  }),
  distribution({
    title: 'Stake',
    description: 'How many neurons have which stake now, in TAO, those with none left out.',
    unit: UNIT.tao,
    noValue: 'no neuron of this subnet has stake',
    w: 6,
    h: 8,
    query: { expr: `${of('stake_tao')} > 0`, legend: '{{uid}}' },
  }),
  series({
    title: 'Emission of the neurons that earn',
    description:
      'Emission of the last epoch through time: the median of the neurons that earned anything, and the tenths at either end.',
    unit: UNIT.taoOrAlpha,
    decimals: 4,
    noValue: WHOLE,
    w: 6,
    h: 8,
    small: true,
    stepped: true,
    queries: quantiles(`${earned} > 0`),
  }),
  series({
    title: 'Share of the ten greatest',
    description:
      'What part of all incentive, all dividends and all stake the ten greatest neurons hold together.',
    unit: UNIT.ratio,
    decimals: 1,
    noValue: WHOLE,
    min: 0,
    max: 1,
    w: 6,
    h: 8,
    small: true,
    queries: (
      [
        ['incentive', of('incentive_ratio'), COLOUR.plain, { calm: ROOT }],
        ['dividends', of('dividends_ratio'), COLOUR.second, {}],
        ['stake', of('stake_tao'), COLOUR.notice, {}],
      ] as const
    ).map(([legend, expr, color, calm]) => ({
      ...calm,
      expr: ofWholeSubnet(`sum(topk(10, ${expr})) / (sum(${expr}) > 0)`),
      legend,
      color,
      needs: 'whole subnet' as const,
    })),
  }),
]

/** Every neuron of the subnet that is read: at most a few hundred rows, by the index of subnets. */
export const metagraph: Panel = table({
  title: 'Metagraph',
  description:
    'Every neuron of the subnet that is read, as of the last poll. Watched neurons are coloured; a click on a UID opens the neuron.',
  noValue: NO_NEURON,
  w: 24,
  h: 16,
  keys: [
    UID_OF_SUBNET,
    { label: 'name', title: 'Key', width: 115 },
    WATCHED,
    HOTKEY,
    { label: 'coldkey', title: 'Coldkey' },
  ],
  sort: { column: 'Stake', descending: true },
  columns: (
    [
      ['Info', info, { labels: `${WITH_NAMES}, coldkey`, unit: UNIT.number, hidden: true }],
      ['Stake', of('stake_tao'), { unit: UNIT.tao, decimals: 2 }],
      ['Emission', earned, { unit: UNIT.taoOrAlpha, decimals: 4, width: 105 }],
      ['Incentive', of('incentive_ratio'), { unit: UNIT.ratio, decimals: 3, width: 85 }],
      ['Dividends', of('dividends_ratio'), { unit: UNIT.ratio, decimals: 3, width: 85 }],
      ['Consensus', of('consensus_ratio'), { unit: UNIT.ratio, decimals: 3 }],
      ['VTrust', of('validator_trust_ratio'), { unit: UNIT.ratio, decimals: 1, width: 75 }],
      ['Updated', of('updated_blocks'), { unit: UNIT.blocks, width: 95 }],
      ['Registered at', of('registered_block'), { unit: UNIT.count, width: 110 }],
      ['Permit', of('validator_permit'), { unit: UNIT.number, mappings: [YES_OR_NO], width: 65 }],
      ['Active', of('active'), { unit: UNIT.number, mappings: [YES_OR_NO], width: 65 }],
      ['Immune', of('immune'), { unit: UNIT.number, mappings: [YES_OR_NO], width: 70 }],
    ] as const
  ).map(([title, expr, look]) => ({ title, expr, labels: 'uid, hotkey', ...look })),
})
