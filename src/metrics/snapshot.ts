import type { Chunk } from './table/chunk.ts'
import { joinedPieces, type GzipPiece } from './gzip.ts'
import type { Format } from './text.ts'

/** A family that somebody says something of. */
interface SaidFamily {
  readonly headers: Readonly<Record<Format, Chunk>>
  readonly lines: readonly Chunk[]
}

/**
 * The rendered text of all families at one publish. It never changes: a publish makes another. Who needs it beyond this turn
 * of the event loop holds it, and releases it once: then the memory of what has changed since is used again.
 */
export class Snapshot {
  readonly #chunks: Readonly<Record<Format, readonly Chunk[]>>
  readonly #held: readonly Chunk[]
  readonly #compressed = new Map<Format, Promise<GzipPiece>>()
  #holds = 1

  /** Held by whoever makes it. */
  constructor(families: readonly SaidFamily[]) {
    const chunks = (format: Format) => families.flatMap(({ headers, lines }) => [headers[format], ...lines])
    this.#chunks = { text: chunks('text'), openmetrics: chunks('openmetrics') }
    this.#held = families.flatMap(({ lines }) => lines)
    for (const chunk of this.#held) chunk.hold()
  }

  /** Whole families, each with HELP and TYPE, one after another. */
  chunks(format: Format): readonly Chunk[] {
    return this.#chunks[format]
  }

  /** The same as a piece of a gzip stream, made once a publish, when first asked for. */
  compressed(format: Format): Promise<GzipPiece> {
    const known = this.#compressed.get(format)
    if (known !== undefined) return known
    const piece = Promise.all(this.#chunks[format].map((chunk) => chunk.compressed())).then(joinedPieces)
    this.#compressed.set(format, piece)
    return piece
  }

  hold(): void {
    if (this.#holds === 0) throw new Error('a snapshot was held after its last release')
    this.#holds++
  }

  /** Once for each hold. */
  release(): void {
    if (this.#holds === 0) throw new Error('a snapshot was released that nobody holds')
    if (--this.#holds === 0) for (const chunk of this.#held) chunk.release()
  }
}
