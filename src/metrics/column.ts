import {
  alphaOfDigits,
  digitsOfRao,
  wholeTokensText,
  type AlphaDigits,
  type RaoDigits,
} from '../chain/digits.ts'
import type { Decimals } from '../chain/money.ts'
import { valueAt, type Price } from '../chain/price.ts'
import type { Ratio } from '../chain/ratio.ts'
import { numberText } from './text.ts'

/** What is in a column; a family takes only what its name promises. */
export type ColumnKind = 'fact' | 'tao' | 'alpha' | 'ratio' | 'number'

/** One family's values in one block of a table. */
export interface Column<Kind extends ColumnKind = ColumnKind> {
  readonly kind: Kind
  /** What the lines are made from: when all of it is identical (===), the lines are the same. */
  readonly inputs: readonly unknown[]
  /** What stands behind the labels of a row: `} `, the value, a line feed. */
  readonly line: (row: number) => string
  /** Labels of this family where it has more than the block. They belong to the inputs. */
  readonly labels?: (row: number) => string
  /** latin1 is the quicker way to bytes, for lines that are sure to be ASCII. */
  readonly encoding: 'latin1' | 'utf8'
}

const lineOf = (value: string): string => `} ${value}\n`

/** The lines of all u16 scores: 65,536 strings, ten times quicker than formatting a ratio each time. Made when needed. */
const scoreLines = new Array<string | undefined>(65_536)

/** u16 scores as ratios. */
export const scoreColumn = (scores: Uint16Array): Column<'ratio'> => ({
  kind: 'ratio',

  inputs: [scores],
  line: (row) => {
    const score = scores[row] ?? 0
    return (scoreLines[score] ??= lineOf(numberText(score / 65_535)))
  },
  encoding: 'latin1',
})

/** Ratios that are no u16. */
export const ratioColumn = (ratios: readonly Ratio[]): Column<'ratio'> => ({
  ...numberColumn(ratios),
  kind: 'ratio',
})

/**
 * Lines of whole numbers that were made lately, by their last 16 bits: heights and ages come again and again, in every
 * subnet and from poll to poll, and formatting them is what a table would spend most of its time on.
 */
const integerLines = { values: new Float64Array(65_536).fill(NaN), lines: new Array<string>(65_536).fill('') }

function numberLine(value: number): string {
  const slot = value & 0xffff
  if (integerLines.values[slot] === value) return integerLines.lines[slot] ?? ''
  const line = lineOf(numberText(value))
  if (Number.isInteger(value)) {
    integerLines.values[slot] = value
    integerLines.lines[slot] = line
  }
  return line
}

/** Heights, counts and the like. */
export const numberColumn = (values: readonly number[]): Column<'number'> => ({
  kind: 'number',
  inputs: [values],
  line: (row) => numberLine(values[row] ?? NaN),
  encoding: 'latin1',
})

/** Blocks from each height to this one. */
export const ageColumn = (heights: readonly number[], height: number): Column<'number'> => ({
  kind: 'number',
  inputs: [heights, height],
  line: (row) => numberLine(height - (heights[row] ?? NaN)),
  encoding: 'latin1',
})

const [NO, YES] = [lineOf('0'), lineOf('1')]

/** 1 for true, 0 for false. */
export const flagColumn = (flags: readonly boolean[]): Column<'number'> => ({
  kind: 'number',

  inputs: [flags],
  line: (row) => (flags[row] === true ? YES : NO),
  encoding: 'latin1',
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

const amountColumn = (amounts: readonly RaoDigits[] | readonly AlphaDigits[], decimals: Decimals) =>
  ({
    inputs: [amounts, decimals],
    line: (row: number) => lineOf(wholeTokensText(amounts[row] ?? ('' as RaoDigits), decimals)),
    encoding: 'latin1',
  }) as const

/** Alpha at a price, in whole TAO, rounded down to a rao. */
export const valueColumn = (
  amounts: readonly AlphaDigits[],
  price: Price,
  netuid: number,
  decimals: Decimals | undefined,
): Column<'tao'> | undefined =>
  decimals === undefined
    ? undefined
    : {
        kind: 'tao',
        inputs: [amounts, price.bits, price.fractionBits, decimals],
        line: (row) => {
          const amount = alphaOfDigits(amounts[row] ?? ('0' as AlphaDigits), netuid)
          return lineOf(wholeTokensText(digitsOfRao(valueAt(amount, price)), decimals))
        },
        encoding: 'latin1',
      }

/** Facts: the value is 1, what is said is in the labels, which strangers may have chosen. */
export const factColumn = (labels: (row: number) => string, inputs: readonly unknown[]): Column<'fact'> => ({
  kind: 'fact',
  inputs,
  labels,
  line: () => YES,
  encoding: 'utf8',
})
