import type { AlphaDigits, RaoDigits } from '../chain/digits.ts'
import type { Price } from '../chain/price.ts'
import type { Ratio } from '../chain/ratio.ts'
import type { KindOf } from './define.ts'

/**
 * One column of a table, by row, as the arrays it was read into. Each form is encoded, sorted and shown in its own way. The
 * arrays are never changed in place: the same array holds what it held before.
 */
export type Cells =
  /** u16 scores, 65,535 for 1. */
  | { readonly form: 'scores'; readonly values: Uint16Array }
  | { readonly form: 'ratios'; readonly values: readonly Ratio[] }
  /** Heights, counts and the like. */
  | { readonly form: 'numbers'; readonly values: readonly number[] }
  /** Blocks from each height to `height`. */
  | { readonly form: 'ages'; readonly heights: readonly number[]; readonly height: number }
  | { readonly form: 'flags'; readonly values: readonly boolean[] }
  | { readonly form: 'rao'; readonly amounts: readonly RaoDigits[] }
  | { readonly form: 'alpha'; readonly amounts: readonly AlphaDigits[] }
  /** Alpha of one subnet at a price, as TAO, rounded down to a rao. */
  | {
      readonly form: 'value'
      readonly amounts: readonly AlphaDigits[]
      readonly price: Price
      readonly netuid: number
    }
  | InfoCells

/** Labels of an info metric, after those of the row. */
export interface InfoCells {
  readonly form: 'info'
  /** A label in printable ASCII with its value in each row; empty where undefined. */
  readonly label: string
  readonly values: readonly (string | undefined)[]
  /** What `rest` is looked up by, in each row. The same row labels have the same keys. */
  readonly keys: readonly string[]
  readonly rest: RestLabels
}

/** Further labels, of any text, by the key of a row. The same object holds the same labels. */
export interface RestLabels {
  readonly byKey: ReadonlyMap<string, Readonly<Record<string, string>>>
  /** For a key that `byKey` does not have. */
  readonly otherwise: Readonly<Record<string, string>>
}

interface FormsOfKind {
  readonly info: 'info'
  readonly price: never
  readonly tao: 'rao' | 'value'
  readonly alpha: 'alpha'
  readonly ratio: 'scores' | 'ratios'
  readonly number: 'numbers' | 'ages' | 'flags'
}

/** The cells that a family takes, by the ending of its name. */
export type CellsOf<Name extends string> = Extract<Cells, { readonly form: FormsOfKind[KindOf<Name>] }>
