import {
  alphaOfDigits,
  exactTokens,
  SAFE_DIGITS,
  safeUnits,
  type AlphaDigits,
  type RaoDigits,
} from '../../chain/digits.ts'
import { wholeTokens, type Decimals } from '../../chain/money.ts'
import { valueAt, type Price } from '../../chain/price.ts'
import type { Ratio } from '../../chain/ratio.ts'
import { safeValues } from '../../chain/valuation.ts'
import { AsciiTable, type AsciiTexts } from './ascii.ts'
import { numberText } from '../text.ts'
import { VALUE_ROOM, writeDecimal, writeLabelsEnd, writeNumber, writeSlot, writeText } from './write.ts'

/** What is in a column; a family takes only what its name promises. */
export type ColumnKind = 'fact' | 'tao' | 'alpha' | 'ratio' | 'number'

/** One family's values in one block of a table. */
export interface Column<Kind extends ColumnKind = ColumnKind> {
  readonly kind: Kind
  /** What the lines are made from: when all of it is identical (===), the lines are the same. */
  readonly inputs: readonly unknown[]
  /** Bytes that are enough for what is behind the labels of the block in a line, with OVERRUN. */
  readonly room: number
  /**
   * Writes so many rows at the beginning of a sheet and gives where they end: each begins with writeLine, and goes on with
   * labels of its own, if any, `} ` and the value. It may write OVERRUN bytes behind that.
   */
  readonly write: (sheet: Sheet, rows: number) => number
}

/** Where the lines of one family are written, and what they begin with. */
export interface Sheet {
  readonly view: DataView
  /** How the first line begins, and how each other does. */
  readonly begin: AsciiTexts
  /** The labels of the block, by row. */
  readonly labels: AsciiTexts
}

/** The texts of all u16 scores: many times quicker than formatting a ratio each time. */
const SCORES = new AsciiTable(65_536, (score) => `} ${numberText(score / 65_535)}`)

/** u16 scores as ratios. */
export const scoreColumn = (scores: Uint16Array): Column<'ratio'> => ({
  kind: 'ratio',
  inputs: [scores],
  room: VALUE_ROOM,
  write: (sheet, rows) => writeScores(sheet, rows, scores),
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
  room: VALUE_ROOM,
  write: (sheet, rows) => writeNumbers(sheet, rows, values),
})

/** Blocks from each height to this one. */
export const ageColumn = (heights: readonly number[], height: number): Column<'number'> => ({
  kind: 'number',
  inputs: [heights, height],
  room: VALUE_ROOM,
  write: (sheet, rows) => writeAges(sheet, rows, heights, height),
})

/** 1 for true, 0 for false. */
export const flagColumn = (flags: readonly boolean[]): Column<'number'> => ({
  kind: 'number',
  inputs: [flags],
  room: VALUE_ROOM,
  write: (sheet, rows) => writeFlags(sheet, rows, flags),
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

const amountColumn = (amounts: Amounts, decimals: Decimals): Omit<Column, 'kind'> => ({
  inputs: [amounts, decimals],
  room: VALUE_ROOM,
  write: (sheet, rows) =>
    writeAmounts(sheet, rows, unitsOf(amounts), decimals, (row) =>
      exactTokens(amounts[row] ?? ('' as RaoDigits), decimals),
    ),
})

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
        room: VALUE_ROOM,
        write: (sheet, rows) =>
          writeAmounts(sheet, rows, safeValues(unitsOf(amounts), price), decimals, (row) => {
            const amount = alphaOfDigits(amounts[row] ?? ('' as AlphaDigits), netuid)
            return wholeTokens(valueAt(amount, price), decimals)
          }),
      }

type Amounts = readonly (RaoDigits | AlphaDigits)[]

/** Amounts as float64s, NaN where that is not exact: made once of amounts that stay, as they are priced again each block. */
const unitsOfAmounts = new WeakMap<Amounts, Float64Array>()

function unitsOf(amounts: Amounts): Float64Array {
  const known = unitsOfAmounts.get(amounts)
  if (known !== undefined) return known
  const units = Float64Array.from(amounts, (digits) => safeUnits(digits) ?? NaN)
  unitsOfAmounts.set(amounts, units)
  return units
}

/** Labels that a fact has behind those of the block. */
export interface InfoLabels {
  /** Bytes that are enough for those of any row, with OVERRUN. */
  readonly room: number
  /** Writes them at a place and gives where they end. */
  readonly write: (view: DataView, at: number, row: number) => number
}

/** Facts: the value is 1, what is said is in the labels. */
export const infoColumn = (labels: InfoLabels, inputs: readonly unknown[]): Column<'fact'> => ({
  kind: 'fact',
  inputs,
  room: labels.room + VALUE_ROOM,
  write: (sheet, rows) => writeInfo(sheet, rows, labels),
})

/*
 * The loops. They are functions of their own and no closures, which V8 optimises anew whenever the last one is collected;
 * and each has its values in it, as a call through an interface for each of half a million rows costs more than most values.
 */

/** The beginning of a row's line, up to the labels of the block. */
const writeLine = ({ view, begin, labels }: Sheet, at: number, row: number): number =>
  writeText(view, writeText(view, at, begin, row === 0 ? 0 : 1), labels, row)

/** The same, up to the value. */
const writeToValue = (sheet: Sheet, at: number, row: number): number =>
  writeLabelsEnd(sheet.view, writeLine(sheet, at, row))

function writeScores(sheet: Sheet, rows: number, scores: Uint16Array): number {
  let at = 0
  for (let row = 0; row < rows; row++)
    at = writeSlot(sheet.view, writeLine(sheet, at, row), SCORES, scores[row] ?? 0)
  return at
}

function writeNumbers(sheet: Sheet, rows: number, values: readonly number[]): number {
  let at = 0
  for (let row = 0; row < rows; row++)
    at = writeNumber(sheet.view, writeToValue(sheet, at, row), values[row] ?? NaN)
  return at
}

function writeAges(sheet: Sheet, rows: number, heights: readonly number[], height: number): number {
  let at = 0
  for (let row = 0; row < rows; row++)
    at = writeNumber(sheet.view, writeToValue(sheet, at, row), height - (heights[row] ?? NaN))
  return at
}

function writeFlags(sheet: Sheet, rows: number, flags: readonly boolean[]): number {
  let at = 0
  for (let row = 0; row < rows; row++)
    at = writeNumber(sheet.view, writeToValue(sheet, at, row), Number(flags[row] === true))
  return at
}

/** Units in whole tokens; where they are NaN, or there are too many decimals, what `exactly` says. */
function writeAmounts(
  sheet: Sheet,
  rows: number,
  units: Float64Array,
  decimals: Decimals,
  exactly: (row: number) => number,
): number {
  const { view } = sheet
  const safe = decimals <= SAFE_DIGITS
  let at = 0
  for (let row = 0; row < rows; row++) {
    at = writeToValue(sheet, at, row)
    const amount = units[row] ?? NaN
    if (safe && amount >= 0) at = writeDecimal(view, at, amount, decimals)
    else at = writeNumber(view, at, exactly(row))
  }
  return at
}

function writeInfo(sheet: Sheet, rows: number, labels: InfoLabels): number {
  const { view } = sheet
  let at = 0
  for (let row = 0; row < rows; row++) {
    at = labels.write(view, writeLine(sheet, at, row), row)
    at = writeNumber(view, writeLabelsEnd(view, at), 1)
  }
  return at
}
