import {
  alphaOfDigits,
  exactTokens,
  SAFE_DIGITS,
  safeUnits,
  type AlphaDigits,
  type RaoDigits,
} from '../../chain/digits.ts'
import { wholeTokens, type Decimals } from '../../chain/money.ts'
import { valueAt } from '../../chain/price.ts'
import { safeValues } from '../../chain/valuation.ts'
import type { Cells, InfoCells, RestLabels } from '../cells.ts'
import { labelPair, numberText } from '../text.ts'
import { AsciiTable, type AsciiTexts } from './ascii.ts'
import {
  OVERRUN,
  VALUE_ROOM,
  writeAscii,
  writeBytes,
  writeDecimal,
  writeLabelsEnd,
  writeNumber,
  writeSlot,
  writeText,
} from './write.ts'

/** What the lines of one family in one block begin with. */
export interface LineBegins {
  /** How the first line begins, and how each other line does. */
  readonly begin: AsciiTexts
  /** The labels of the block, by row. */
  readonly labels: AsciiTexts
}

/** The same, and the memory that the lines are written to. */
interface Sheet extends LineBegins {
  readonly view: DataView
}

type Amounts = readonly (RaoDigits | AlphaDigits)[]

/** The labels of an info metric after the one that differs by row, as UTF-8. */
interface EncodedRest {
  readonly byKey: ReadonlyMap<string, Uint8Array>
  readonly otherwise: Uint8Array
  /** Bytes of the longest. */
  readonly longest: number
}

/** Length of the longest value of the label of InfoCells: an SS58 address has at most 50 characters. */
const MAX_INFO_VALUE = 64

const NEWLINE = 10

/** Writes the lines of one column of a block, with what is worth keeping between columns and blocks. */
export class LineWriter {
  /** Where lines are written before their length is known. */
  #draft = Buffer.allocUnsafeSlow(0)
  /** The texts of all u16 scores: many times faster than formatting a ratio each time. */
  #scores: AsciiTable | undefined
  /** Amounts as float64, NaN where that is not exact. Stakes are priced again at each block, so this is kept. */
  readonly #units = new WeakMap<Amounts, Float64Array>()
  readonly #rests = new WeakMap<RestLabels, EncodedRest>()

  /** The lines, in memory that the next call overwrites; undefined if they are amounts and the decimals are unknown. */
  write(begins: LineBegins, cells: Cells, decimals: Decimals | undefined): Buffer | undefined {
    const rows = begins.labels.lengths.length
    const room = begins.labels.words.byteLength + rows * (begins.begin.words.byteLength + this.#roomOf(cells))
    if (this.#draft.length < room) this.#draft = Buffer.allocUnsafeSlow(room)
    const draft = this.#draft
    const view = new DataView(draft.buffer, draft.byteOffset, draft.length)
    const end = this.#writeCells({ ...begins, view }, rows, cells, decimals)
    if (end === undefined) return undefined
    draft[end] = NEWLINE
    return draft.subarray(0, end + 1)
  }

  /** Returns where the lines end, without the last newline. */
  #writeCells(sheet: Sheet, rows: number, cells: Cells, decimals: Decimals | undefined): number | undefined {
    switch (cells.form) {
      case 'scores':
        return writeScores(sheet, rows, cells.values, (this.#scores ??= scoreTexts()))
      case 'ratios':
      case 'numbers':
        return writeNumbers(sheet, rows, cells.values)
      case 'ages':
        return writeAges(sheet, rows, cells.heights, cells.height)
      case 'flags':
        return writeFlags(sheet, rows, cells.values)
      case 'info':
        return writeInfo(sheet, rows, cells, this.#restOf(cells.rest))
      case 'rao':
      case 'alpha': {
        if (decimals === undefined) return undefined
        const { amounts } = cells
        const exactly = (row: number) => exactTokens(amounts[row] ?? ('' as RaoDigits), decimals)
        return writeAmounts(sheet, rows, this.#unitsOf(amounts), decimals, exactly)
      }
      case 'value': {
        if (decimals === undefined) return undefined
        const { amounts, price, netuid } = cells
        const exactly = (row: number) =>
          wholeTokens(valueAt(alphaOfDigits(amounts[row] ?? ('' as AlphaDigits), netuid), price), decimals)
        return writeAmounts(sheet, rows, safeValues(this.#unitsOf(amounts), price), decimals, exactly)
      }
    }
  }

  /** Bytes that are enough for the part of a line after the labels of the block. */
  #roomOf(cells: Cells): number {
    if (cells.form !== 'info') return VALUE_ROOM
    const { longest } = this.#restOf(cells.rest)
    return cells.label.length + MAX_INFO_VALUE + longest + OVERRUN + VALUE_ROOM
  }

  #unitsOf(amounts: Amounts): Float64Array {
    const cached = this.#units.get(amounts)
    if (cached !== undefined) return cached
    const units = Float64Array.from(amounts, (digits) => safeUnits(digits) ?? NaN)
    this.#units.set(amounts, units)
    return units
  }

  #restOf(labels: RestLabels): EncodedRest {
    const cached = this.#rests.get(labels)
    if (cached !== undefined) return cached
    const byKey = new Map(Array.from(labels.byKey, ([key, rest]) => [key, encodedRest(rest)]))
    const otherwise = encodedRest(labels.otherwise)
    const longest = Math.max(otherwise.length, ...Array.from(byKey.values(), ({ length }) => length))
    const encoded = { byKey, otherwise, longest }
    this.#rests.set(labels, encoded)
    return encoded
  }
}

const scoreTexts = (): AsciiTable => new AsciiTable(65_536, (score) => `} ${numberText(score / 65_535)}`)

/** The closing quote of the label before, and the labels. */
const encodedRest = (labels: Readonly<Record<string, string>>): Uint8Array =>
  Buffer.from(
    `"${Object.entries(labels)
      .map(([label, text]) => `,${labelPair(label, text)}`)
      .join('')}`,
  )

/*
 * The loops. They are top-level functions, because V8 optimises closures again whenever the last one is collected. Each has
 * its values inlined, because a call through an interface for each of half a million rows costs more than most values.
 */

/** The beginning of a row's line, up to the labels of the block. */
const writeLine = ({ view, begin, labels }: Sheet, at: number, row: number): number =>
  writeText(view, writeText(view, at, begin, row === 0 ? 0 : 1), labels, row)

/** The same, up to the value. */
const writeToValue = (sheet: Sheet, at: number, row: number): number =>
  writeLabelsEnd(sheet.view, writeLine(sheet, at, row))

function writeScores(sheet: Sheet, rows: number, scores: Uint16Array, texts: AsciiTable): number {
  let at = 0
  for (let row = 0; row < rows; row++)
    at = writeSlot(sheet.view, writeLine(sheet, at, row), texts, scores[row] ?? 0)
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

/** Units in whole tokens; `exactly` computes them where they are NaN or have too many decimals. */
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

function writeInfo(
  sheet: Sheet,
  rows: number,
  { label, values, keys }: InfoCells,
  { byKey, otherwise }: EncodedRest,
): number {
  const { view } = sheet
  const begin = `,${label}="`
  let at = 0
  for (let row = 0; row < rows; row++) {
    at = writeAscii(view, writeLine(sheet, at, row), begin)
    at = writeAscii(view, at, values[row] ?? '')
    at = writeBytes(view, at, byKey.get(keys[row] ?? '') ?? otherwise)
    at = writeNumber(view, writeLabelsEnd(view, at), 1)
  }
  return at
}
