import { Chunk } from './chunk.ts'

/** Memory is in pieces of so many bytes, or a multiple: two texts of nearly one length fit into the same one. */
const STEP = 2048

/** Renderings after which memory that nobody wanted goes to the collector of garbage. */
const IDLE_RENDERINGS = 32

interface Idle {
  readonly memory: Buffer
  /** Renderings there had been when it was given back. */
  readonly since: number
}

/**
 * Chunks in memory that is used again after their last release. What is rendered at each block is some ten megabytes: made
 * anew, the system has to clear its pages, and V8 looks for garbage after every 64 megabytes, which takes longer than the
 * rendering.
 */
export class ChunkPool {
  /** By size; the last one was given back last. */
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

  /** To be said after each rendering: memory that was idle for long is let go. */
  rendered(): void {
    this.#renderings++
    for (const [size, idle] of this.#idle) {
      const kept = idle.filter(({ since }) => this.#renderings - since <= IDLE_RENDERINGS)
      if (kept.length === 0) this.#idle.delete(size)
      else this.#idle.set(size, kept)
    }
  }

  /** Bytes that wait to be used again. */
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
