import type { LimitFunction } from 'p-limit'
import type { Chunk } from './chunk.ts'
import { joinedPieces, type GzipPiece } from './gzip.ts'
import type { Format } from './text.ts'

/** A family that has samples. */
interface RenderedFamily {
  readonly headers: Readonly<Record<Format, Chunk>>
  readonly lines: readonly Chunk[]
}

/**
 * The rendered text of all families at one publish. It is immutable. Code that needs it beyond one turn of the event loop
 * holds it and releases it exactly once; the memory of chunks that were replaced since is reused after the last release.
 */
export class Snapshot {
  readonly #chunks: Readonly<Record<Format, readonly Chunk[]>>
  readonly #held: readonly Chunk[]
  readonly #limit: LimitFunction
  readonly #compressed = new Map<Format, Promise<GzipPiece>>()
  #holds = 1

  /**
   * Held by its creator.
   * @param limit bounds how many chunks are compressed at once.
   */
  constructor(families: readonly RenderedFamily[], limit: LimitFunction) {
    const chunks = (format: Format) => families.flatMap(({ headers, lines }) => [headers[format], ...lines])
    this.#chunks = { text: chunks('text'), openmetrics: chunks('openmetrics') }
    this.#held = families.flatMap(({ lines }) => lines)
    this.#limit = limit
    for (const chunk of this.#held) chunk.hold()
  }

  /** Whole families, each with HELP and TYPE, one after another. */
  chunks(format: Format): readonly Chunk[] {
    return this.#chunks[format]
  }

  /** The same as part of a gzip stream, computed once, when first requested. */
  compressed(format: Format): Promise<GzipPiece> {
    const cached = this.#compressed.get(format)
    if (cached !== undefined) return cached
    const piece = Promise.all(this.#chunks[format].map((chunk) => chunk.compressed(this.#limit))).then(
      joinedPieces,
    )
    this.#compressed.set(format, piece)
    return piece
  }

  hold(): void {
    if (this.#holds === 0) throw new Error('a snapshot was held after its last release')
    this.#holds++
  }

  /** Exactly once for each hold. */
  release(): void {
    if (this.#holds === 0) throw new Error('a snapshot was released that is not held')
    if (--this.#holds === 0) for (const chunk of this.#held) chunk.release()
  }
}
