import pLimit from 'p-limit'
import { gzipPiece, type GzipPiece } from '../gzip.ts'

/** Each compression under way holds a quarter of a megabyte, and there are four threads for all of them. */
const compressing = pLimit(3)

/**
 * A piece of an exposition: whole lines that never change, and the same as a piece of a gzip stream, made once, when
 * first asked for, off the event loop. What did not change since the last publish is neither rendered nor compressed again.
 *
 * Some are in memory that is wanted back. Who needs such a chunk beyond this turn of the event loop holds it; after the
 * last release the memory is given back, and the bytes are not to be had any more: asking for them throws, so that nobody
 * sends what is another chunk's by now. One that is forgotten without a release is garbage, and its memory with it.
 */
export class Chunk {
  readonly #bytes: Buffer
  readonly #giveBack: (() => void) | undefined
  #holds = 0
  #isGone = false
  #compressed: Promise<GzipPiece> | undefined

  /** @param giveBack is called after the last release; without it the bytes stay. */
  constructor(bytes: Buffer, giveBack?: () => void) {
    this.#bytes = bytes
    this.#giveBack = giveBack
  }

  /** Throws when the memory was given back. */
  get bytes(): Buffer {
    if (this.#isGone) throw new Error('a chunk was read after its last release')
    return this.#bytes
  }

  /** True once the memory was given back. */
  get isGone(): boolean {
    return this.#isGone
  }

  /** Throws when the memory was given back. */
  hold(): void {
    if (this.#giveBack === undefined) return
    if (this.#isGone) throw new Error('a chunk was held after its last release')
    this.#holds++
  }

  /** Once for each hold. */
  release(): void {
    if (this.#giveBack === undefined) return
    if (this.#holds === 0) throw new Error('a chunk was released that nobody holds')
    if (--this.#holds > 0) return
    this.#isGone = true
    this.#giveBack()
  }

  compressed(): Promise<GzipPiece> {
    return (this.#compressed ??= this.#compress())
  }

  async #compress(): Promise<GzipPiece> {
    const { bytes } = this
    this.hold()
    try {
      return await compressing(() => gzipPiece(bytes))
    } finally {
      this.release()
    }
  }
}
