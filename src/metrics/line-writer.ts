import { SAFE_DIGITS, SAFE_UNITS } from '../chain/digits.ts'
import { SLOT_WORDS, type AsciiTable, type AsciiTexts } from './ascii.ts'
import { numberText } from './text.ts'

/** A copy writes whole words, so up to this many bytes behind what it is to write. */
const OVERRUN = 8

const ZERO = 48
const POINT = 46

/** 10^0 … 10^15, all of them exact. */
const POWERS = Float64Array.from({ length: SAFE_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

/**
 * Puts lines together in memory of its own, which it keeps: what a table of half a million rows takes. Joining strings
 * for it is several times slower, most of that for the collector of garbage.
 */
export class LineWriter {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024)
  #view = viewOf(this.#bytes)
  #at = 0

  /** One of several texts; see AsciiTexts. */
  copy({ words, starts, lengths }: AsciiTexts, index: number): void {
    this.#copy(words, starts[index] ?? 0, lengths[index] ?? 0)
  }

  /** One of many texts; see AsciiTable. */
  look(table: AsciiTable, index: number): void {
    const length = table.lengthOf(index)
    this.#reserve(SLOT_WORDS * 8)
    const view = this.#view
    const at = this.#at
    const { words } = table
    const word = index * SLOT_WORDS
    view.setFloat64(at, words[word] ?? 0, LITTLE_ENDIAN)
    view.setFloat64(at + 8, words[word + 1] ?? 0, LITTLE_ENDIAN)
    view.setFloat64(at + 16, words[word + 2] ?? 0, LITTLE_ENDIAN)
    // The length is in the last byte: what it makes of the fourth word is behind the text, and is written over.
    if (length > 24) view.setFloat64(at + 24, words[word + 3] ?? 0, LITTLE_ENDIAN)
    this.#at = at + length
  }

  /** Short text of ASCII alone. */
  ascii(text: string): void {
    const { length } = text
    this.#reserve(length)
    const bytes = this.#bytes
    const at = this.#at
    for (let i = 0; i < length; i++) bytes[at + i] = text.charCodeAt(i)
    this.#at = at + length
  }

  /** Any text. */
  text(text: string): void {
    this.#reserve(text.length * 3)
    this.#at += this.#bytes.write(text, this.#at)
  }

  /** A value as numberText writes it. */
  number(value: number): void {
    if (Number.isInteger(value) && value >= 0 && value < SAFE_UNITS) this.#integer(value, integerWidth(value))
    else this.ascii(numberText(value))
  }

  /**
   * units / 10^decimals as numberText writes the float64 nearest to it: a decimal of up to 15 significant digits is the
   * shortest text of the float64 it parses to.
   * @param units an integer from 0, below SAFE_UNITS.
   * @param decimals up to SAFE_DIGITS.
   */
  decimal(units: number, decimals: number): void {
    const scale = POWERS[decimals] ?? NaN
    // Below 10^-6 the text has an exponent.
    if (units !== 0 && units * 1e6 < scale) {
      this.ascii(numberText(units / scale))
      return
    }
    const whole = Math.floor(units / scale)
    this.#integer(whole, integerWidth(whole))
    let fraction = units - whole * scale
    if (fraction === 0) return
    let width = decimals
    for (let tenth = fraction / 10; Number.isInteger(tenth); tenth = fraction / 10) {
      fraction = tenth
      width--
    }
    this.#reserve(1)
    this.#bytes[this.#at++] = POINT
    this.#integer(fraction, width)
  }

  /** All that was written since the last time, in memory of its own. */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.#at)
    this.#bytes.copy(taken, 0, 0, this.#at)
    this.#at = 0
    return taken
  }

  /** The last `width` digits of an integer below 10^15, zeros in front. */
  #integer(value: number, width: number): void {
    this.#reserve(width)
    const bytes = this.#bytes
    let at = this.#at + width
    const stop = this.#at
    this.#at = at
    let rest = value
    // Integers above 2^31 are divided as float64s, which is slower.
    while (rest > 0x7fffffff && at > stop) {
      const tenth = Math.floor(rest / 10)
      bytes[--at] = ZERO + (rest - tenth * 10)
      rest = tenth
    }
    let small = rest | 0
    while (at > stop) {
      const tenth = (small / 10) | 0
      bytes[--at] = ZERO + (small - tenth * 10)
      small = tenth
    }
  }

  #copy(words: Float64Array, start: number, length: number): void {
    this.#reserve(length)
    const view = this.#view
    const end = this.#at + length
    for (let at = this.#at, word = start; at < end; at += 8, word++)
      view.setFloat64(at, words[word] ?? 0, LITTLE_ENDIAN)
    this.#at = end
  }

  #reserve(more: number): void {
    const needed = this.#at + more + OVERRUN
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
    this.#view = viewOf(larger)
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView =>
  new DataView(buffer, byteOffset, byteLength)

/** As the words of AsciiTexts are written: however this machine has it. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

function integerWidth(value: number): number {
  let width = 1
  while (width < SAFE_DIGITS && value >= (POWERS[width] ?? Infinity)) width++
  return width
}
