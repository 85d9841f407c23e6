import type { Panel } from '../kit/panel.ts'
import { by, metric, ON } from '../kit/promql.ts'
import { HOTKEY, KEY, SUBNET } from '../kit/rows.ts'
import { series } from '../kit/series.ts'
import { table } from '../kit/table.ts'
import { UNIT } from '../kit/units.ts'

const alpha = by('name, hotkey, netuid', metric('bittensor_coldkey_stake_alpha', ON.name))
const price = by('netuid', metric('bittensor_subnet_alpha_price_tao'))
/** What a position counts for, in TAO. */
const worth = `${alpha} * on (netuid) group_left () ${price}`

const NO_COLDKEY = 'no coldkey is watched'
const NOTHING = { empty: 'Only from spec 233, and where a watched coldkey has staked something.' } as const
const SPOT =
  'Alpha counts at the spot price: what selling would lower the price by, fees, and what is locked are not taken off.'

/** What the chosen coldkeys have staked, on any hotkey, and what it is worth. */
export const value: readonly Panel[] = [
  series({
    title: 'Unrealised value by coldkey',
    description: `All that each coldkey has staked, in TAO. ${SPOT} It moves with the prices.`,
    unit: UNIT.tao,
    decimals: 2,
    noValue: NO_COLDKEY,
    w: 12,
    h: 8,
    queries: [
      { expr: by('coldkey, name', metric('bittensor_coldkey_stake_tao', ON.name)), legend: '{{name}}' },
    ],
  }),
  series({
    title: 'Unrealised value by subnet',
    description: `What the chosen coldkeys have staked on each subnet that the exporter reads, in TAO; subnet 0 is root. ${SPOT}`,
    unit: UNIT.tao,
    decimals: 2,
    noValue: 'nothing is staked (or before spec 233)',
    min: 0,
    w: 12,
    h: 8,
    stacked: true,
    queries: [{ expr: `sum by (netuid) (${worth})`, legend: 'subnet {{netuid}}', calm: NOTHING }],
  }),
  table({
    title: 'Positions',
    description: `What each coldkey has staked on which hotkey and subnet, in alpha (TAO on root), and what it is worth where the exporter reads the subnet. ${SPOT}`,
    noValue: 'nothing is staked (or before spec 233)',
    w: 24,
    h: 8,
    keys: [KEY, SUBNET, HOTKEY],
    sort: { column: 'Value', descending: true },
    columns: [
      { title: 'Alpha', expr: alpha, unit: UNIT.alpha, decimals: 2, calm: NOTHING },
      { title: 'Value', expr: worth, unit: UNIT.tao, decimals: 2, calm: NOTHING },
      {
        title: 'Locked',
        expr: by('name, hotkey, netuid', metric('bittensor_coldkey_collateral_alpha', ON.name)),
        unit: UNIT.alpha,
        decimals: 2,
        calm: { empty: 'Nothing is locked as registration collateral.' },
      },
    ],
  }),
  table({
    title: 'Basket shares',
    description:
      'Shares of the baskets (funds of root dividends) of hotkeys that each coldkey can claim. Their value is in none of the other panels.',
    noValue: 'no basket shares (or before spec 448)',
    w: 24,
    h: 6,
    keys: [KEY, HOTKEY],
    sort: { column: 'Shares', descending: true },
    columns: [
      {
        title: 'Shares',
        expr: by('name, hotkey', metric('bittensor_coldkey_basket_shares', ON.name)),
        unit: UNIT.number,
        decimals: 0,
        calm: { empty: 'No watched coldkey has a claim on a basket.' },
      },
    ],
  }),
]
