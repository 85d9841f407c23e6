import { html } from 'ghtml'
import { NEURONS_LIMIT } from '../api/parameters.ts'
import type { Neuron, Neurons, Subnet } from '../api/schema.ts'
import { NEURON_FIELDS, type NeuronField } from '../api/neuron-fields.ts'
import { SORTS, type NeuronQuery, type Sort } from '../api/sorting.ts'
import {
  amount,
  blocksWithTime,
  definitionList,
  integer,
  price,
  ratio,
  shortAddress,
  strange,
  UNKNOWN_CELL,
  yesNo,
} from './format.ts'
import { pruneRank } from './keys.ts'
import { subnetsWithRoom } from './subnets.ts'
import { table, type Column } from './table.ts'

/** The data of a subnet's leaderboard. */
export interface Leaderboard {
  readonly answer: Neurons
  readonly query: NeuronQuery
  /** Undefined without fresh data of the subnet itself. */
  readonly subnet: Subnet | undefined
}

export const leaderboardTitle = ({ answer, subnet }: Leaderboard): string =>
  typeof subnet?.name === 'string' ? `Subnet ${answer.netuid}: ${subnet.name}` : `Subnet ${answer.netuid}`

export function leaderboardBody(board: Leaderboard): string {
  const { answer, query, subnet } = board
  const { netuid, total, offset, neurons } = answer
  const first = neurons.length === 0 ? 0 : offset + 1
  return html`!${subnet === undefined ? '' : subnetFacts(subnet)}
!${
    answer.neurons_read === 'watched'
      ? html`<p>
Only the watched neurons of this subnet are read. To read all, add it to <code>subnets</code>.
</p>`
      : ''
  }
<p>
Neurons ${first}–${offset + neurons.length} of ${total}, at block !${integer(answer.block.height)}.
Click a heading to sort.
</p>
!${filterLinks(netuid, query, neurons)}
!${table({
    caption: `Neurons of subnet ${netuid} by ${sortedBy(query.sort)}`,
    columns: columnsOf(board),
    rows: neurons,
    row: ({ uid, watched }) => ({ id: `uid-${uid}`, class: watched ? 'watched' : '' }),
  })}
!${pages(netuid, query, total)}`
}

const subnetFacts = (subnet: Subnet): string =>
  definitionList([
    ['Price (TAO)', price(subnet.alpha_price_tao)],
    ['Neurons', html`!${integer(subnet.neurons)} of !${integer(subnet.neurons_limit)}`],
    [
      'Last epoch',
      subnet.blocks_since_epoch === null
        ? html`none yet, one every !${blocksWithTime(subnet.tempo_blocks)} blocks`
        : html`!${blocksWithTime(subnet.blocks_since_epoch)} blocks ago, every !${blocksWithTime(subnet.tempo_blocks)}`,
    ],
    ['Registration (TAO)', amount(subnet.registration_cost_tao)],
  ])

/** What the rows are sorted by, in words. */
function sortedBy(sort: Sort): string {
  if (sort === 'uid') return 'UID'
  const field = NEURON_FIELDS.find(({ board }) => board.sort === sort)
  return field?.board.sortedBy ?? sort.replaceAll('_', ' ')
}

/** Links to all neurons or to the watched ones alone, and to the rows of the watched ones. */
function filterLinks(netuid: number, query: NeuronQuery, rows: readonly Neuron[]): string {
  const { isWatchedOnly } = query
  const other = leaderboardPath(netuid, { ...query, isWatchedOnly: !isWatchedOnly, offset: 0 })
  const own = isWatchedOnly ? [] : rows.filter(({ watched }) => watched)
  return html`<nav aria-label="Watched neurons">
<ul>
<li><a href="${other}">${isWatchedOnly ? 'Show all neurons' : 'Show watched neurons alone'}</a></li>
!${own.map(({ uid, name }) => html`<li><a href="#uid-${uid}">★ UID ${uid} !${strange(name)}</a></li>`)}
</ul>
</nav>`
}

function columnsOf({ answer, query, subnet }: Leaderboard): readonly Column<Neuron>[] {
  const { netuid, offset, neurons: rows } = answer
  const room = subnetsWithRoom({ subnets: subnet === undefined ? [] : [subnet] })
  const places = new Map(rows.map((neuron, index) => [neuron, offset + index + 1]))
  const sortable = (sort: Sort, heading: string, cell: Column<Neuron>['cell']): Column<Neuron> => ({
    kind: 'number',
    heading: sortLink(netuid, query, sort, heading),
    sorted: query.sort !== sort ? undefined : query.order === 'asc' ? 'ascending' : 'descending',
    cell,
  })
  const ofField = (field: NeuronField): Column<Neuron> => {
    const { heading = '', sort } = field.board
    const cell = (neuron: Neuron) => fieldCell(field, neuron)
    return isSort(sort) ? sortable(sort, heading, cell) : { heading, cell }
  }
  return [
    { heading: 'Rank', kind: 'number', cell: (neuron) => String(places.get(neuron) ?? '') },
    sortable('uid', 'UID', ({ uid }) => String(uid)),
    { heading: 'Hotkey', kind: 'heading', cell: hotkeyCell },
    ...shownFields(rows).map(ofField),
    sortable('prune_rank', 'Prune rank', (neuron) => pruneRank(neuron, room)),
  ]
}

const isSort = (sort: string | undefined): sort is Sort => sort !== undefined && Object.hasOwn(SORTS, sort)

/** The columns with a heading; of those that are the same quantity in different units, the one that has values. */
function shownFields(rows: readonly Neuron[]): readonly NeuronField[] {
  const shown = NEURON_FIELDS.filter(({ board }) => board.heading !== undefined)
  return shown.filter((field) => {
    const { sort } = field.board
    const same = sort === undefined ? [field] : shown.filter(({ board }) => board.sort === sort)
    const known = same.find((each) => rows.some((neuron) => neuron[each.field] !== null))
    return field === (known ?? same[0])
  })
}

function fieldCell({ field, kind }: NeuronField, neuron: Neuron): string {
  const value = neuron[field]
  if (typeof value === 'string') return amount(value)
  if (typeof value === 'boolean') return yesNo(value)
  return kind === 'ratio' ? ratio(value, UNKNOWN_CELL) : integer(value, UNKNOWN_CELL)
}

const hotkeyCell = ({ hotkey, name, watched }: Neuron): string =>
  watched
    ? html`<span aria-hidden="true">★ </span>!${strange(name)}<span class="hidden"> (watched)</span>`
    : shortAddress(hotkey)

/** Link of a heading. For the column by which the table is sorted, it reverses the order. */
function sortLink(netuid: number, query: NeuronQuery, sort: Sort, heading: string): string {
  const isSorted = query.sort === sort
  const order = isSorted ? (query.order === 'asc' ? 'desc' : 'asc') : SORTS[sort]
  const arrow = !isSorted ? '' : query.order === 'asc' ? ' ▲' : ' ▼'
  const href = leaderboardPath(netuid, { ...query, sort, order, offset: 0 })
  return html`<a href="${href}">${heading}<span aria-hidden="true">${arrow}</span></a>`
}

/** The path of a leaderboard, without default parameters. */
export function leaderboardPath(
  netuid: number,
  { sort, order, isWatchedOnly, offset, limit }: NeuronQuery,
): string {
  const query = new URLSearchParams({ sort, order })
  if (isWatchedOnly) query.set('watched', 'true')
  if (offset > 0) query.set('offset', String(offset))
  if (limit !== NEURONS_LIMIT) query.set('limit', String(limit))
  return `/subnets/${netuid}?${query.toString()}`
}

function pages(netuid: number, query: NeuronQuery, total: number): string {
  const { offset, limit } = query
  const link = (to: number, text: string) =>
    html`<li><a href="${leaderboardPath(netuid, { ...query, offset: to })}">${text}</a></li>`
  const before = offset > 0 ? link(Math.max(0, offset - limit), 'Previous page') : ''
  const after = offset + limit < total ? link(offset + limit, 'Next page') : ''
  return before + after === ''
    ? ''
    : html`<nav aria-label="Pages">
<ul>
!${before}!${after}
</ul>
</nav>`
}
