/**
 * Texts of printable ASCII in one buffer, each aligned to eight bytes, so that they can be copied eight bytes at a time as
 * float64. No text is a NaN, whose bits might change, because a NaN has a byte above 0x7e.
 */
export interface AsciiTexts {
  /** The bytes of all texts, each padded to a multiple of eight. */
  readonly words: Float64Array
  /** Index in `words` at which each text begins. */
  readonly starts: Uint32Array
  /** Length of each text in bytes. */
  readonly lengths: Uint32Array
}

/** The texts, each given in parts. */
export function asciiTexts(texts: readonly (readonly string[])[]): AsciiTexts {
  const starts = new Uint32Array(texts.length)
  const lengths = new Uint32Array(texts.length)
  // One join and one write: writing the strings one by one takes several times as long.
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
 * One short text for each index, formatted on first use: filling the whole table takes long, and few texts are used. The
 * length is stored beside the text, so that both are in one cache line.
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

  /** Length in bytes of a text, which begins at `words[index * SLOT_WORDS]`. */
  lengthOf(index: number): number {
    const last = (index + 1) * SLOT_BYTES - 1
    const cached = this.#bytes[last] ?? 0
    if (cached > 0) return cached
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
