import { SAFE_DIGITS, SAFE_UNITS } from '../../chain/digits.ts'
import { SLOT_WORDS, type AsciiTable, type AsciiTexts } from './ascii.ts'
import { numberText } from '../text.ts'

/*
 * Functions that write text at a position and return the position after it. They write whole words, and zeros that are
 * trimmed again, so up to OVERRUN bytes after the end are undefined. A DataView that is too short throws RangeError.
 *
 * They are plain functions, which V8 inlines into one loop: with the position in a field of an object a line takes twice as
 * long.
 */

/** Bytes after the end of the text that may be overwritten. */
export const OVERRUN = 24

/** Maximum bytes of a value, including the `} ` before it and OVERRUN. */
export const VALUE_ROOM = SLOT_WORDS * 8 + OVERRUN

const ZERO = 48
const POINT = 46

/** `} ` as a little-endian word. */
const VALUE = 0x20_7d

/** 10^0 … 10^15, all exact. */
const POWERS = Float64Array.from({ length: SAFE_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

/** The four digits of 0 … 9999 as little-endian words: four at a time are several times faster than one by one. */
const FOUR_DIGITS = Uint32Array.from({ length: 10_000 }, (_, number) =>
  Buffer.from(String(number).padStart(4, '0')).readUInt32LE(),
)

/** The byte order of this machine, which the words of AsciiTexts have. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** One of several texts. */
export function writeText(
  view: DataView,
  start: number,
  { words, starts, lengths }: AsciiTexts,
  index: number,
): number {
  const end = start + (lengths[index] ?? 0)
  for (let at = start, word = starts[index] ?? 0; at < end; at += 8, word++)
    view.setFloat64(at, words[word] ?? 0, LITTLE_ENDIAN)
  return end
}

/** One text of a table. */
export function writeSlot(view: DataView, at: number, table: AsciiTable, index: number): number {
  const length = table.lengthOf(index)
  const { words } = table
  const word = index * SLOT_WORDS
  view.setFloat64(at, words[word] ?? 0, LITTLE_ENDIAN)
  view.setFloat64(at + 8, words[word + 1] ?? 0, LITTLE_ENDIAN)
  view.setFloat64(at + 16, words[word + 2] ?? 0, LITTLE_ENDIAN)
  // The last byte is the length. It ends up after the text and is overwritten.
  if (length > 24) view.setFloat64(at + 24, words[word + 3] ?? 0, LITTLE_ENDIAN)
  return at + length
}

/** A short ASCII text. */
export function writeAscii(view: DataView, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i))
  return at + text.length
}

/** A short byte sequence. */
export function writeBytes(view: DataView, at: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) view.setUint8(at + i, bytes[i] ?? 0)
  return at + bytes.length
}

/** The `} ` between labels and value. */
export function writeLabelsEnd(view: DataView, at: number): number {
  view.setUint16(at, VALUE, true)
  return at + 2
}

/** A value as numberText writes it. */
export const writeNumber = (view: DataView, at: number, value: number): number =>
  Number.isInteger(value) && value >= 0 && value < SAFE_UNITS
    ? writeInteger(view, at, value)
    : writeAscii(view, at, numberText(value))

/**
 * units / 10^decimals as numberText writes the float64 nearest to it: a decimal of up to 15 significant digits is the
 * shortest text of the float64 it parses to.
 * @param units an integer from 0, below SAFE_UNITS.
 * @param decimals up to SAFE_DIGITS.
 */
export function writeDecimal(view: DataView, start: number, units: number, decimals: number): number {
  const scale = POWERS[decimals] ?? NaN
  // Below 10^-6 the text has an exponent.
  if (units !== 0 && units * 1e6 < scale) return writeAscii(view, start, numberText(units / scale))
  const whole = Math.floor(units / scale)
  const fraction = units - whole * scale
  let at = writeInteger(view, start, whole)
  if (fraction === 0) return at
  view.setUint8(at, POINT)
  at = writeDigits(view, at + 1, fraction, decimals)
  while (view.getUint8(at - 1) === ZERO) at--
  return at
}

/** An integer from 0, below SAFE_UNITS. */
function writeInteger(view: DataView, at: number, value: number): number {
  if (value < 1e8) return writeBelowEight(view, at, value | 0)
  const high = Math.floor(value / 1e8)
  return writeEight(view, writeBelowEight(view, at, high | 0), value - high * 1e8)
}

/** An integer below 10^8. */
function writeBelowEight(view: DataView, at: number, value: number): number {
  if (value < 10_000) return writeFour(view, at, value, widthOf(value))
  const high = (value / 10_000) | 0
  return writeFour(view, writeFour(view, at, high, widthOf(high)), value - high * 10_000, 4)
}

/** The eight digits of an integer below 10^8. */
function writeEight(view: DataView, at: number, value: number): number {
  const high = (value / 10_000) | 0
  return writeFour(view, writeFour(view, at, high, 4), value - high * 10_000, 4)
}

/** The last digits of an integer below 10^width, zeros in front. */
function writeDigits(view: DataView, start: number, value: number, width: number): number {
  let at = start
  let rest = value
  let left = width
  while (left > 4) {
    left -= 4
    const power = POWERS[left] ?? NaN
    const high = Math.floor(rest / power)
    at = writeFour(view, at, high, 4)
    rest -= high * power
  }
  return writeFour(view, at, rest, left)
}

/** The last `width` of the four digits of an integer below 10,000. */
function writeFour(view: DataView, at: number, value: number, width: number): number {
  view.setUint32(at, (FOUR_DIGITS[value] ?? 0) >>> (8 * (4 - width)), true)
  return at + width
}

/** Digits of an integer below 10,000. */
const widthOf = (value: number): number => (value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4)
