import type { Block } from '../../chain/block.ts'
import { UpstreamError, type FailureReason } from '../errors.ts'
import type { RpcCalls } from './calls.ts'

/** Most keys of one request. A request of 2000 has about 260 kB, and its answer about 500 kB, which takes milliseconds to parse. */
export const MAX_KEYS = 2000

/** Most characters of the keys of one request: far below the limit of a node (15 MB) and of common proxies (1 MB). */
const MAX_CHARACTERS = 512 * 1024

/** Requests of one block and signal in flight. A node serves each in a thread of its own. */
export const MAX_IN_FLIGHT = 4

/** An answer that is too large never makes requests smaller than this permanently: single values may be large. */
const MIN_KEYS = 50

const METHOD = 'state_queryStorageAt'

/** The values of some keys, in order, each as 0x hex, or null where there is none. */
type Values = (string | null)[]

/** Makes the storage key of a read by its index. May throw. */
export type KeyAt = (index: number) => string

/** Reads whose values are wanted together. */
interface Column {
  readonly keyAt: KeyAt
  readonly values: Values
  /** Number of keys that have been requested: the first ones. */
  requested: number
  /** Number of values that have not come. */
  left: number
  readonly resolve: (values: Values) => void
  readonly reject: (error: Error) => void
}

/** The keys of one request, and where their values belong: one place for each read, of which several may be of the same key. */
interface Reads {
  readonly keys: readonly string[]
  readonly places: readonly Place[]
}

/** The place of a value in a column. */
interface Place {
  /** Position of the key in the request. */
  readonly position: number
  readonly column: Column
  readonly index: number
}

/** How many keys fit into one request to a node: fewer after an answer that was too large. */
export interface BatchLimit {
  keys: number
}

/**
 * Reads storage values at one block, many keys per request. The reads of one turn of the event loop go together. While requests
 * are in flight, reads wait until they fill a request or until those have been answered: the answer to one read is often followed
 * by the next, and fewer requests matter to nodes with a rate limit.
 */
export class StorageBatch {
  readonly #calls: RpcCalls
  readonly #block: Block
  readonly #signal: AbortSignal
  readonly #limit: BatchLimit
  /** Columns with keys that have not been requested, in the order of their arrival, and the number of these keys. */
  #waiting: Column[] = []
  #keysWaiting = 0
  #inFlight = 0
  #isScheduled = false

  constructor(calls: RpcCalls, block: Block, signal: AbortSignal, limit: BatchLimit) {
    this.#calls = calls
    this.#block = block
    this.#signal = signal
    this.#limit = limit
  }

  /** The encoded value of a storage key, both as 0x hex; null where there is none. */
  async read(key: string): Promise<string | null> {
    const [value = null] = await this.readAll(1, () => key)
    return value
  }

  /**
   * The encoded values of storage keys, in the same order. Each key is once in a request. Rejects if one cannot be read or made. Keys
   * are made when they are requested: a first reading of the metagraph waits for 65,000 of them at a time.
   */
  readAll(count: number, keyAt: KeyAt): Promise<readonly (string | null)[]> {
    if (count === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      const values: Values = new Array<null>(count).fill(null)
      this.#waiting.push({ keyAt, values, requested: 0, left: count, resolve, reject })
      this.#keysWaiting += count
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#send()
    })
  }

  #send(): void {
    while (this.#waiting.length > 0 && this.#inFlight < MAX_IN_FLIGHT) {
      if (this.#inFlight > 0 && this.#keysWaiting < this.#limit.keys) return
      const reads = this.#take()
      // None of the keys could be made.
      if (reads.keys.length === 0) return
      void this.#request(reads)
    }
  }

  /** Takes the reads of the next request. */
  #take(): Reads {
    const keys: string[] = []
    const places: Place[] = []
    const positions = new Map<string, number>()
    let characters = 0
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const { column, key } = next
      let position = positions.get(key)
      if (position === undefined) {
        characters += key.length + 3
        if (keys.length >= this.#limit.keys || (keys.length > 0 && characters > MAX_CHARACTERS)) break
        position = keys.push(key) - 1
        positions.set(key, position)
      }
      places.push({ position, column, index: column.requested })
      column.requested += 1
      this.#keysWaiting -= 1
    }
    return { keys, places }
  }

  /** The first key that has not been requested. Columns without one, or whose next key cannot be made, no longer wait. */
  #next(): { readonly column: Column; readonly key: string } | undefined {
    for (let column = this.#waiting[0]; column !== undefined; column = this.#waiting[0]) {
      try {
        if (column.requested < column.values.length) return { column, key: column.keyAt(column.requested) }
      } catch (error) {
        column.reject(errorOf(error))
        this.#keysWaiting -= column.values.length - column.requested
      }
      this.#waiting.shift()
    }
    return undefined
  }

  async #request(reads: Reads): Promise<void> {
    this.#inFlight += 1
    try {
      await this.#ask(reads)
    } finally {
      this.#inFlight -= 1
      this.#schedule()
    }
  }

  /** Never rejects: each read gets its value or an error. Asks in halves for what is too large for one answer. */
  async #ask({ keys, places }: Reads): Promise<void> {
    try {
      const answer = await this.#calls.callAlone(METHOD, [keys, this.#block.hash], this.#signal)
      const values = this.#valuesIn(answer, keys)
      for (const { position, column, index } of places) {
        column.values[index] = values[position] ?? null
        column.left -= 1
        if (column.left === 0) column.resolve(column.values)
      }
    } catch (error) {
      if (keys.length > 1 && isTooLarge(error)) {
        const half = Math.ceil(keys.length / 2)
        this.#limit.keys = Math.max(Math.min(this.#limit.keys, half), MIN_KEYS)
        await this.#ask({
          keys: keys.slice(0, half),
          places: places.filter(({ position }) => position < half),
        })
        await this.#ask({
          keys: keys.slice(half),
          places: places
            .filter(({ position }) => position >= half)
            .map((place) => ({ ...place, position: place.position - half })),
        })
        return
      }
      for (const { column } of places) column.reject(errorOf(error))
    }
  }

  /** The values of an answer in the order of the keys. It must have exactly these keys and the block that was asked for. */
  #valuesIn(answer: unknown, keys: readonly string[]): readonly (string | null | undefined)[] {
    const set: unknown = Array.isArray(answer) && answer.length === 1 ? answer[0] : undefined
    if (typeof set !== 'object' || set === null || !('block' in set) || !('changes' in set))
      throw this.#error('shape', 'expected the values of one block')
    const { block, changes } = set
    if (typeof block !== 'string' || block.toLowerCase() !== this.#block.hash.toLowerCase())
      throw this.#error(
        'wrong_block',
        `asked for block ${this.#block.height} ${this.#block.hash}, got another one`,
      )
    if (!Array.isArray(changes)) throw this.#error('shape', 'expected a list of values')
    const values = new Array<string | null | undefined>(keys.length).fill(undefined)
    let places: ReadonlyMap<string, number> | undefined
    for (const [position, change] of (changes as unknown[]).entries()) {
      const [key, value] = Array.isArray(change) && change.length === 2 ? (change as unknown[]) : []
      if (typeof key !== 'string' || (typeof value !== 'string' && value !== null))
        throw this.#error('shape', 'expected pairs of a key and a value')
      let index: number | undefined = position
      // Nodes answer in the order of the keys.
      if (key !== keys[position]) {
        places ??= new Map(keys.map((each, at) => [each, at]))
        index = places.get(key.toLowerCase())
      }
      if (index === undefined) throw this.#error('shape', 'answered with a key that was not asked for')
      if (values[index] !== undefined) throw this.#error('shape', 'answered with the same key twice')
      values[index] = value
    }
    if (changes.length !== keys.length)
      throw this.#error('shape', `answered with ${changes.length} of ${keys.length} keys`)
    return values
  }

  #error(reason: FailureReason, message: string): UpstreamError {
    return new UpstreamError({ node: this.#calls.node, method: 'POST', path: METHOD, reason, message })
  }
}

const errorOf = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/** The status is that of a proxy or a node that refuses the request for its size. */
const isTooLarge = (error: unknown): boolean =>
  error instanceof UpstreamError && (error.reason === 'too_large' || error.status === 413)
