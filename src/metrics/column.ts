import {
  alphaOfDigits,
  exactTokens,
  SAFE_DIGITS,
  safeUnits,
  type AlphaDigits,
  type RaoDigits,
} from '../chain/digits.ts'
import { wholeTokens, type Decimals } from '../chain/money.ts'
import { valueAt, type Price } from '../chain/price.ts'
import type { Ratio } from '../chain/ratio.ts'
import { safeValuation } from '../chain/valuation.ts'
import { asciiTexts, AsciiTable } from './ascii.ts'
import type { LineWriter } from './line-writer.ts'
import { numberText } from './text.ts'

/** What is in a column; a family takes only what its name promises. */
export type ColumnKind = 'fact' | 'tao' | 'alpha' | 'ratio' | 'number'

/** One family's values in one block of a table. */
export interface Column<Kind extends ColumnKind = ColumnKind> {
  readonly kind: Kind
  /** What the lines are made from: when all of it is identical (===), the lines are the same. */
  readonly inputs: readonly unknown[]
  /** Writes what stands behind the labels of the block in a row: labels of its own, if any, `} ` and the value. */
  readonly write: (out: LineWriter, row: number) => void
}

/** The texts of all u16 scores: many times quicker than formatting a ratio each time. */
const SCORES = new AsciiTable(65_536, (score) => `} ${numberText(score / 65_535)}`)

/** u16 scores as ratios. */
export const scoreColumn = (scores: Uint16Array): Column<'ratio'> => ({
  kind: 'ratio',
  inputs: [scores],
  write: (out, row) => {
    out.look(SCORES, scores[row] ?? 0)
  },
})

/** Ratios that are no u16. */
export const ratioColumn = (ratios: readonly Ratio[]): Column<'ratio'> => ({
  ...numberColumn(ratios),
  kind: 'ratio',
})

/** Heights, counts and the like. */
export const numberColumn = (values: readonly number[]): Column<'number'> => ({
  kind: 'number',
  inputs: [values],
  write: (out, row) => {
    out.ascii(VALUE)
    out.number(values[row] ?? NaN)
  },
})

/** Blocks from each height to this one. */
export const ageColumn = (heights: readonly number[], height: number): Column<'number'> => ({
  kind: 'number',
  inputs: [heights, height],
  write: (out, row) => {
    out.ascii(VALUE)
    out.number(height - (heights[row] ?? NaN))
  },
})

const VALUE = '} '

const FLAGS = asciiTexts([['} 0'], ['} 1']])

/** 1 for true, 0 for false. */
export const flagColumn = (flags: readonly boolean[]): Column<'number'> => ({
  kind: 'number',
  inputs: [flags],
  write: (out, row) => {
    out.copy(FLAGS, flags[row] === true ? 1 : 0)
  },
})

/** Rao in whole TAO; absent while the decimals are not known. */
export const taoColumn = (
  amounts: readonly RaoDigits[],
  decimals: Decimals | undefined,
): Column<'tao'> | undefined =>
  decimals === undefined ? undefined : { ...amountColumn(amounts, decimals), kind: 'tao' }

/** Alpha in whole alpha; absent while the decimals are not known. */
export const alphaColumn = (
  amounts: readonly AlphaDigits[],
  decimals: Decimals | undefined,
): Column<'alpha'> | undefined =>
  decimals === undefined ? undefined : { ...amountColumn(amounts, decimals), kind: 'alpha' }

const amountColumn = (amounts: readonly RaoDigits[] | readonly AlphaDigits[], decimals: Decimals) => ({
  inputs: [amounts, decimals],
  write: (out: LineWriter, row: number) => {
    const digits = amounts[row] ?? ('' as RaoDigits)
    const units = safeUnits(digits)
    out.ascii(VALUE)
    if (units === undefined || decimals > SAFE_DIGITS) out.number(exactTokens(digits, decimals))
    else out.decimal(units, decimals)
  },
})

/** Alpha at a price, in whole TAO, rounded down to a rao. */
export function valueColumn(
  amounts: readonly AlphaDigits[],
  price: Price,
  netuid: number,
  decimals: Decimals | undefined,
): Column<'tao'> | undefined {
  if (decimals === undefined) return undefined
  const valueOf = safeValuation(price)
  return {
    kind: 'tao',
    inputs: [amounts, price.bits, price.fractionBits, decimals],
    write: (out, row) => {
      const digits = amounts[row] ?? ('0' as AlphaDigits)
      const units = safeUnits(digits)
      const value = units === undefined || decimals > SAFE_DIGITS ? undefined : valueOf(units)
      out.ascii(VALUE)
      if (value === undefined)
        out.number(wholeTokens(valueAt(alphaOfDigits(digits, netuid), price), decimals))
      else out.decimal(value, decimals)
    },
  }
}

/** Facts: the value is 1, what is said is in labels behind those of the block, in front of the `}`. */
export const factColumn = (
  labels: (out: LineWriter, row: number) => void,
  inputs: readonly unknown[],
): Column<'fact'> => ({
  kind: 'fact',
  inputs,
  write: (out, row) => {
    labels(out, row)
    out.copy(FLAGS, 1)
  },
})
