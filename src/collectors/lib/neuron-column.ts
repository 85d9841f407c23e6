import type { CellsOf } from '../../metrics/cells.ts'
import type { KindOf } from '../../metrics/define.ts'
import type { TableColumn } from '../../metrics/table/index.ts'
import type { NeuronRows } from './neuron-reading.ts'

/** The kind of value in a column, as the API and the page show it. */
export type ColumnKind = 'info' | 'amount' | 'ratio' | 'number' | 'flag'

/** How the leaderboard of a subnet shows a column, and sorts by it. */
export interface Board {
  /** Heading on the page; a column without one is not shown. */
  readonly heading?: string
  /** Name for the `sort` parameter. Columns that share one are the same quantity in different units. */
  readonly sort?: string
  /** What the rows are sorted by, in words; by default the name for the `sort` parameter. */
  readonly sortedBy?: string
}

/** One column of the neuron table: its family, where its values are, and how the API and the page show it. */
export interface NeuronColumn<
  Name extends string = string,
  Kind extends ColumnKind = ColumnKind,
  Shown extends Board = Board,
> extends TableColumn<NeuronRows> {
  readonly name: Name
  readonly kind: Kind
  readonly board: Shown
}

type Name = `bittensor_neuron_${string}`

interface Kinds {
  readonly info: 'info'
  readonly price: never
  readonly tao: 'amount'
  readonly alpha: 'amount'
  readonly ratio: 'ratio'
  readonly number: 'number'
}

const LABELS = ['netuid', 'uid', 'hotkey'] as const

/** A column of the kind that the ending of its name says. */
export const column = <const N extends Name, const Shown extends Board = object>(
  name: N,
  help: string,
  cells: (rows: NeuronRows) => CellsOf<N> | undefined,
  board?: Shown,
): NeuronColumn<N, Kinds[KindOf<N>], Shown> => ({
  ...familyOf(name, help),
  // The type and the expression say the same.
  kind: kindOf(name) as Kinds[KindOf<N>],
  cells,
  board: board ?? ({} as Shown),
})

/** A column of 1 and 0. */
export const flagColumn = <const N extends Name, const Shown extends Board = object>(
  name: N,
  help: string,
  flags: (rows: NeuronRows) => readonly boolean[] | undefined,
  board?: Shown,
): NeuronColumn<N, 'flag', Shown> => ({
  ...familyOf(name, help),
  kind: 'flag',
  cells: (rows) => {
    const values = flags(rows)
    return values && { form: 'flags', values }
  },
  board: board ?? ({} as Shown),
})

const familyOf = <const N extends Name>(name: N, help: string) =>
  ({
    name,
    type: 'gauge',
    help,
    labels: name.endsWith('_info') ? [...LABELS, 'coldkey', 'name', 'watched'] : LABELS,
  }) as const

const kindOf = (name: string): ColumnKind =>
  name.endsWith('_info')
    ? 'info'
    : /_(tao|alpha)$/.test(name)
      ? 'amount'
      : name.endsWith('_ratio')
        ? 'ratio'
        : 'number'
