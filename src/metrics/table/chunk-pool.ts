import { Chunk } from '../chunk.ts'

/** Sizes are multiples of this number of bytes, so that texts of nearly the same length fit into the same memory. */
const STEP = 2048

/** Renderings after which idle memory is left to garbage collection. */
const IDLE_RENDERINGS = 32

interface Idle {
  readonly memory: Buffer
  /** Number of renderings at the time it was given back. */
  readonly since: number
}

/**
 * Chunks in memory that is reused after their last release. Each block renders some ten megabytes. With new memory the system
 * has to clear the pages, and V8 collects garbage after every 64 megabytes, which takes longer than the rendering.
 */
export class ChunkPool {
  /** By size; the most recently returned memory is last. */
  readonly #idle = new Map<number, Idle[]>()
  #renderings = 0

  /** A copy of these bytes. */
  chunk(bytes: Buffer): Chunk {
    const memory = this.#take(bytes.length)
    bytes.copy(memory)
    return new Chunk(memory.subarray(0, bytes.length), () => {
      this.#give(memory)
    })
  }

  /** Called after each rendering: drops memory that has been idle for long. */
  rendered(): void {
    this.#renderings++
    for (const [size, idle] of this.#idle) {
      const kept = idle.filter(({ since }) => this.#renderings - since <= IDLE_RENDERINGS)
      if (kept.length === 0) this.#idle.delete(size)
      else this.#idle.set(size, kept)
    }
  }

  /** Idle memory in bytes. */
  get idleBytes(): number {
    let bytes = 0
    for (const [size, { length }] of this.#idle) bytes += size * length
    return bytes
  }

  #take(length: number): Buffer {
    const size = Math.ceil(length / STEP) * STEP
    const found = this.#idle.get(size)?.pop() ?? this.#idle.get(size + STEP)?.pop()
    return found?.memory ?? Buffer.allocUnsafeSlow(size)
  }

  #give(memory: Buffer): void {
    const idle = this.#idle.get(memory.length) ?? []
    this.#idle.set(memory.length, idle)
    idle.push({ memory, since: this.#renderings })
  }
}
