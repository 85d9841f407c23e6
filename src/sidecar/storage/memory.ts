/** Where and when something is asked for, and beside what. */
export interface Occasion {
  /** What is asked for: unique within the memory. */
  readonly key: string
  /** Height of the view. */
  readonly height: number
  /** Of the runtime that wrote the view's state. */
  readonly specVersion: number
  /** What else was read that changes when the value does; a value is asked for again when its trace differs. */
  readonly trace: string
}

interface Remembered<Value> {
  readonly value: Value
  readonly readAt: number
  readonly usedAt: number
  readonly specVersion: number
  readonly trace: string
}

/**
 * Values that seldom change and are many, kept from poll to poll. Each is read again when its trace changes or another
 * runtime writes the state, and at the latest after so many blocks; keys have their turns at different heights, so that few are read again at any one. What was
 * read at a later height, in a view that was given up, says nothing of an earlier one.
 */
export class Memory<Value> {
  readonly #blocks: number
  readonly #entries = new Map<string, Remembered<Value>>()

  /** @param blocks is for how many blocks at most a value is believed. */
  constructor(blocks: number) {
    this.#blocks = blocks
  }

  /** @param keeps tells whether a value may be believed at a later height at all. */
  async recall(
    { key, height, specVersion, trace }: Occasion,
    read: () => Promise<Value>,
    keeps: (value: Value) => boolean = () => true,
  ): Promise<Value> {
    const known = this.#entries.get(key)
    const turn = (at: number): number => Math.floor((at + slotOf(key)) / this.#blocks)
    const isSame = known?.trace === trace && known.specVersion === specVersion
    if (isSame && known.readAt <= height && turn(known.readAt) === turn(height)) {
      this.#entries.set(key, { ...known, usedAt: height })
      return known.value
    }
    const value = await read()
    if (keeps(value)) this.#entries.set(key, { value, readAt: height, usedAt: height, specVersion, trace })
    else this.#entries.delete(key)
    return value
  }

  /** Forgets what was not asked for lately. */
  sweep(height: number): void {
    for (const [key, { usedAt }] of this.#entries)
      if (height - usedAt > this.#blocks) this.#entries.delete(key)
  }
}

/** A number that is different for most keys (FNV-1a). */
function slotOf(key: string): number {
  let hash = 2_166_136_261
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 16_777_619)
  return hash >>> 0
}
