import { html } from 'ghtml'
import type { Subnet, Subnets } from '../api/schema.ts'
import { amount, blocksWithTime, integer, price, strange, UNKNOWN, UNKNOWN_CELL } from './format.ts'
import { table, type Column } from './table.ts'

/** Links to the leaderboards. */
export const subnetChips = ({ subnets }: Subnets): string =>
  html`<section aria-labelledby="subnets">
<h2 id="subnets">Subnets</h2>
!${
    subnets === null
      ? html`<p>!${UNKNOWN}</p>`
      : html`<ul class="chips">
!${subnets.map(
          ({ netuid, name }) =>
            html`<li>
<a href="/subnets/${netuid}">${netuid} !${name === null ? '' : strange(name)}</a>
</li>`,
        )}
</ul>`
  }
</section>`

export const subnetTable = ({ subnets }: Subnets): string =>
  subnets === null
    ? html`<p>There is no fresh data of subnets.</p>`
    : table({ caption: 'Subnets that are read', columns: COLUMNS, rows: subnets })

/** The subnets that are not full, so that registrations replace nobody. */
export const subnetsWithRoom = ({ subnets }: Pick<Subnets, 'subnets'>): ReadonlySet<number> =>
  new Set(
    (subnets ?? []).flatMap(({ netuid, neurons, neurons_limit: limit }) =>
      limit !== null && neurons < limit ? netuid : [],
    ),
  )

const number = (heading: string, cell: Column<Subnet>['cell']): Column<Subnet> => ({
  heading,
  kind: 'number',
  cell,
})

const COLUMNS: readonly Column<Subnet>[] = [
  number('Netuid', ({ netuid }) => String(netuid)),
  {
    heading: 'Name',
    kind: 'heading',
    cell: ({ netuid, name }) =>
      html`<a href="/subnets/${netuid}">!${name === null ? `subnet ${netuid}` : strange(name)}</a>`,
  },
  { heading: 'Symbol', cell: ({ symbol }) => (symbol === null ? UNKNOWN_CELL : strange(symbol)) },
  number('Neurons', ({ neurons, neurons_limit }) => html`!${integer(neurons)} of !${integer(neurons_limit)}`),
  number('Price (TAO)', (subnet) => price(subnet.alpha_price_tao, UNKNOWN_CELL)),
  number('Pool (TAO)', ({ pool_tao }) => amount(pool_tao, UNKNOWN_CELL)),
  number('Registration (TAO)', (subnet) => amount(subnet.registration_cost_tao, UNKNOWN_CELL)),
  number('Tempo (blocks)', ({ tempo_blocks }) => blocksWithTime(tempo_blocks)),
  number('Last epoch (blocks)', ({ blocks_since_epoch }) =>
    blocks_since_epoch === null ? UNKNOWN_CELL : html`!${blocksWithTime(blocks_since_epoch)} ago`,
  ),
  { heading: 'Neurons read', cell: ({ neurons_read }) => html`${neurons_read}` },
]
