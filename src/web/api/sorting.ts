import type { SubnetNeurons } from '../../chain/neuron.ts'

/** Sort keys of neurons, with their default order. */
export const SORTS = {
  incentive: 'desc',
  dividends: 'desc',
  emission: 'desc',
  stake: 'desc',
  consensus: 'desc',
  validator_trust: 'desc',
  updated: 'desc',
  prune_rank: 'asc',
  uid: 'asc',
} as const satisfies Record<string, Order>

export type Sort = keyof typeof SORTS
export type Order = 'asc' | 'desc'

/** Selects a page of a subnet's neurons and its order. */
export interface NeuronQuery {
  readonly sort: Sort
  readonly order: Order
  readonly offset: number
  readonly limit: number
}

interface Sortable {
  readonly subnet: SubnetNeurons
  readonly height: number
  readonly pruneRanks: ReadonlyMap<number, number>
}

/** A sort key: a number, or an amount as digits. */
type Key = number | string

/** The sorted row indices. Unknown values come last in both orders; ties are sorted by UID. */
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

function keysBy({ subnet, height, pruneRanks }: Sortable, sort: Sort): (row: number) => Key | undefined {
  const { scores, incentive, emission, stake, uids, lastUpdate } = subnet
  switch (sort) {
    case 'incentive':
      return (row) => incentive?.[row]
    case 'dividends':
      return (row) => scores.dividends?.[row]
    case 'consensus':
      return (row) => scores.consensus?.[row]
    case 'validator_trust':
      return (row) => scores.validatorTrust?.[row]
    case 'emission':
      return (row) => emission?.amounts[row]
    case 'stake':
      // All stakes of a subnet have the same price, so alpha has the same order as the value.
      return (row) => stake?.amounts[row]
    case 'updated':
      return (row) => {
        const update = lastUpdate?.[row]
        return update === undefined ? undefined : height - update
      }
    case 'prune_rank':
      return (row) => pruneRanks.get(uids[row] ?? -1)
    case 'uid':
      return (row) => uids[row]
  }
}

/** Digits without leading zeros compare by their length first. */
function compare(x: Key, y: Key): number {
  if (typeof x === 'number' || typeof y === 'number') return Number(x) - Number(y)
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0)
}
