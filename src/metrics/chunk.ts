import type { LimitFunction } from 'p-limit'
import { gzipPiece, type GzipPiece } from './gzip.ts'

/**
 * A part of an exposition: whole lines that never change. Its compressed form is computed once, when first requested, off
 * the event loop.
 *
 * The memory of some chunks is reused. Code that needs such a chunk beyond one turn of the event loop holds it and releases
 * it exactly once. After the last release the memory goes to another chunk, and reading this one throws. A chunk that is
 * dropped without a release is garbage-collected together with its memory.
 */
export class Chunk {
  readonly #bytes: Buffer
  readonly #giveBack: (() => void) | undefined
  #holds = 0
  #isReleased = false
  #compressed: Promise<GzipPiece> | undefined

  /** @param giveBack is called after the last release; without it the memory is not reused. */
  constructor(bytes: Buffer, giveBack?: () => void) {
    this.#bytes = bytes
    this.#giveBack = giveBack
  }

  /** Throws after the last release. */
  get bytes(): Buffer {
    if (this.#isReleased) throw new Error('a chunk was read after its last release')
    return this.#bytes
  }

  get isReleased(): boolean {
    return this.#isReleased
  }

  /** Throws after the last release. */
  hold(): void {
    if (this.#giveBack === undefined) return
    if (this.#isReleased) throw new Error('a chunk was held after its last release')
    this.#holds++
  }

  /** Exactly once for each hold. */
  release(): void {
    if (this.#giveBack === undefined) return
    if (this.#holds === 0) throw new Error('a chunk was released that is not held')
    if (--this.#holds > 0) return
    this.#isReleased = true
    this.#giveBack()
  }

  /** @param limit bounds how many chunks are compressed at once. */
  compressed(limit: LimitFunction): Promise<GzipPiece> {
    return (this.#compressed ??= this.#compress(limit))
  }

  async #compress(limit: LimitFunction): Promise<GzipPiece> {
    const { bytes } = this
    this.hold()
    try {
      return await limit(() => gzipPiece(bytes))
    } finally {
      this.release()
    }
  }
}
