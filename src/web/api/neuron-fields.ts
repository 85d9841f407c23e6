import { alphaOfDigits } from '../../chain/digits.ts'
import type { Decimals } from '../../chain/money.ts'
import { valueAt } from '../../chain/price.ts'
import { ratioOfU16 } from '../../chain/ratio.ts'
import { NEURON_COLUMNS } from '../../collectors/neurons.ts'
import type { NeuronColumn } from '../../collectors/lib/neuron-column.ts'
import type { NeuronRows } from '../../collectors/lib/neuron-reading.ts'
import type { Cells } from '../../metrics/cells.ts'
import { amountsIn } from './amounts.ts'

type Column = Exclude<(typeof NEURON_COLUMNS)[number], { readonly kind: 'info' }>

/** The name of a column in the API: that of its metric without the prefix. */
type FieldOf<Name> = Name extends `bittensor_neuron_${infer Field}` ? Field : never

interface ValuesByKind {
  readonly amount: string | null
  readonly ratio: number | null
  readonly number: number | null
  readonly flag: boolean | null
}

/** The columns of the neuron table with their kinds, by their names in the API. */
export type FieldKinds = { readonly [C in Column as FieldOf<C['name']>]: C['kind'] }

/** The columns of the neuron table in one row. Unknown values are null. */
export type NeuronFields = { [Field in keyof FieldKinds]: ValuesByKind[FieldKinds[Field]] }

/** Names for the `sort` parameter that are columns. */
export type ColumnSort = Extract<Column['board'], { readonly sort: string }>['sort']

/** One column of the neuron table, as the API and the leaderboard show it. */
export interface NeuronField extends Pick<NeuronColumn, 'help' | 'cells' | 'board'> {
  readonly field: keyof FieldKinds
  readonly kind: keyof ValuesByKind
}

export const NEURON_FIELDS: readonly NeuronField[] = NEURON_COLUMNS.flatMap(
  ({ name, kind, help, cells, board }) =>
    kind === 'info'
      ? []
      : // The expression and the type say the same.
        [{ field: name.replace('bittensor_neuron_', '') as keyof FieldKinds, kind, help, cells, board }],
)

/** The columns in one row; all are null for a neuron whose row is not read. */
export const fieldsAt = (
  rows: NeuronRows | undefined,
  row: number,
  decimals: Decimals | undefined,
): NeuronFields =>
  Object.fromEntries(
    NEURON_FIELDS.map(({ field, cells }) => [field, cellAt(rows && cells(rows), row, decimals)]),
    // Each value is of the kind of its column.
  ) as unknown as NeuronFields

function cellAt(
  cells: Cells | undefined,
  row: number,
  decimals: Decimals | undefined,
): string | number | boolean | null {
  if (cells === undefined) return null
  switch (cells.form) {
    case 'scores': {
      const score = cells.values[row]
      return score === undefined ? null : ratioOfU16(score)
    }
    case 'ratios':
    case 'numbers':
    case 'flags':
      return cells.values[row] ?? null
    case 'ages': {
      const height = cells.heights[row]
      return height === undefined ? null : cells.height - height
    }
    case 'rao':
    case 'alpha':
      return amountsIn(decimals)(cells.amounts[row])
    case 'value': {
      const { amounts, price, netuid } = cells
      const digits = amounts[row]
      return digits === undefined ? null : amountsIn(decimals)(valueAt(alphaOfDigits(digits, netuid), price))
    }
    case 'info':
      return null
  }
}
