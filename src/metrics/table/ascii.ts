/**
 * Texts of printable ASCII in one piece of memory, each beginning at a multiple of eight bytes, so that they can be copied
 * eight bytes at a time as float64s: none is a NaN, whose bits might not survive, as that takes a byte above 0x7e.
 */
export interface AsciiTexts {
  /** The bytes of all of them, with room behind each to the next multiple of eight. */
  readonly words: Float64Array
  /** Where each begins in `words`. */
  readonly starts: Uint32Array
  /** Bytes of each. */
  readonly lengths: Uint32Array
}

/** Texts that are all known, each in parts. */
export function asciiTexts(texts: readonly (readonly string[])[]): AsciiTexts {
  const starts = new Uint32Array(texts.length)
  const lengths = new Uint32Array(texts.length)
  // Joined all at once they are written all at once: one string after another takes several times as long.
  const pieces: string[] = []
  let at = 0
  for (let index = 0; index < texts.length; index++) {
    let length = 0
    for (const part of texts[index] ?? []) {
      length += part.length
      pieces.push(part)
    }
    const padding = -length & (WORD - 1)
    pieces.push(PADDING[padding] ?? '')
    starts[index] = at / WORD
    lengths[index] = length
    at += length + padding
  }
  const words = new Float64Array(at / WORD)
  Buffer.from(words.buffer).write(pieces.join(''), 'latin1')
  return { words, starts, lengths }
}

/**
 * One short text for each index, made when it is first asked for: to fill the table would take long, and few are used.
 * A text has its length beside it, so that one line of the processor's cache has all of it.
 */
export class AsciiTable {
  readonly words: Float64Array
  readonly #bytes: Uint8Array
  readonly #make: (index: number) => string

  constructor(count: number, make: (index: number) => string) {
    this.words = new Float64Array(count * SLOT_WORDS)
    this.#bytes = new Uint8Array(this.words.buffer)
    this.#make = make
  }

  /** Bytes of a text, which begins at `words[index * SLOT_WORDS]`. */
  lengthOf(index: number): number {
    const last = (index + 1) * SLOT_BYTES - 1
    const known = this.#bytes[last] ?? 0
    if (known > 0) return known
    const text = this.#make(index)
    if (text.length >= SLOT_BYTES) throw new RangeError(`too long for an AsciiTable: ${text}`)
    for (let i = 0; i < text.length; i++) this.#bytes[index * SLOT_BYTES + i] = text.charCodeAt(i)
    return (this.#bytes[last] = text.length)
  }
}

/** Bytes of a float64. */
const WORD = 8

const PADDING = Array.from({ length: WORD }, (_, bytes) => ' '.repeat(bytes))

export const SLOT_WORDS = 4
const SLOT_BYTES = SLOT_WORDS * WORD
