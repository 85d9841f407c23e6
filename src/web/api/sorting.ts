import type { NeuronRows } from '../../collectors/lib/neuron-reading.ts'
import type { Cells } from '../../metrics/cells.ts'
import { NEURON_FIELDS, type ColumnSort } from './neuron-fields.ts'

export type Sort = ColumnSort | 'prune_rank' | 'uid'
export type Order = 'asc' | 'desc'

/** What neurons can be sorted by, with the default order of each. */
export const SORTS = {
  ...Object.fromEntries(
    NEURON_FIELDS.flatMap(({ board: { sort } }) => (sort === undefined ? [] : [[sort, 'desc']])),
  ),
  prune_rank: 'asc',
  uid: 'asc',
  // The columns have all sorts of ColumnSort.
} as Readonly<Record<Sort, Order>>

/** Selects a page of a subnet's neurons and its order. */
export interface NeuronQuery {
  readonly sort: Sort
  readonly order: Order
  /** Whether neurons of hotkeys that are not watched are left out. */
  readonly isWatchedOnly: boolean
  readonly offset: number
  readonly limit: number
}

interface Sortable {
  readonly subnet: NeuronRows
  readonly pruneRanks: ReadonlyMap<number, number>
}

/** A sort key: a number, or an amount as digits. */
type Key = number | string

/** The row numbers in the requested order. Unknown values come last in either order; ties are in the order of UIDs. */
export function rowsSorted(table: Sortable, { sort, order }: Pick<NeuronQuery, 'sort' | 'order'>): number[] {
  const keyOf = keysBy(table, sort)
  const sign = order === 'asc' ? 1 : -1
  const keys = table.subnet.uids.map((_, row) => keyOf(row))
  return Array.from(keys.keys()).sort((a, b) => {
    const [x, y] = [keys[a], keys[b]]
    if (x === undefined || y === undefined) return x === y ? a - b : x === undefined ? 1 : -1
    return sign * compare(x, y) || a - b
  })
}

function keysBy({ subnet, pruneRanks }: Sortable, sort: Sort): (row: number) => Key | undefined {
  if (sort === 'uid') return (row) => subnet.uids[row]
  if (sort === 'prune_rank') return (row) => pruneRanks.get(subnet.uids[row] ?? -1)
  const columns = NEURON_FIELDS.filter(({ board }) => board.sort === sort).map(({ cells }) => cells(subnet))
  const cells = columns.find((column) => column !== undefined)
  return (row) => cells && keyAt(cells, row)
}

function keyAt(cells: Cells, row: number): Key | undefined {
  switch (cells.form) {
    case 'scores':
    case 'ratios':
    case 'numbers':
      return cells.values[row]
    case 'flags':
      return Number(cells.values[row])
    case 'ages': {
      const height = cells.heights[row]
      return height === undefined ? undefined : cells.height - height
    }
    case 'rao':
    case 'alpha':
    case 'value':
      // One subnet has one price, so alpha has the order of its value.
      return cells.amounts[row]
    case 'info':
      return undefined
  }
}

/** Digits without leading zeros compare by their length first. */
function compare(x: Key, y: Key): number {
  if (typeof x === 'number' || typeof y === 'number') return Number(x) - Number(y)
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0)
}
