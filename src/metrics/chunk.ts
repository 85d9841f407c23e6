import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import pLimit from 'p-limit'

const compress = promisify(gzip)

/** Each compression under way holds a quarter of a megabyte, and there are four threads for all of them. */
const compressing = pLimit(3)

/**
 * A piece of an exposition: whole lines that never change, and the same as a gzip member of its own, made once, when
 * first asked for, off the event loop. Members may follow one another (RFC 1952), so what did not change since the last
 * publish is neither rendered nor compressed again.
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
  #compressed: Promise<Buffer> | undefined

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

  /** Level 1: on these texts it is within a few percent of level 6, at a third of the time. */
  compressed(): Promise<Buffer> {
    return (this.#compressed ??= this.#compress())
  }

  async #compress(): Promise<Buffer> {
    const { bytes } = this
    this.hold()
    try {
      return await compressing(() => compress(bytes, { level: constants.Z_BEST_SPEED }))
    } finally {
      this.release()
    }
  }
}
