/** Where a cached value belongs, and what it depends on. */
export interface CacheLookup {
  /** Unique within the cache. */
  readonly key: string
  /** Height of the view. */
  readonly height: number
  /** Of the runtime that wrote the view's state. */
  readonly specVersion: number
  /** Anything else that was read and changes when the value does: the value is read again when its version differs. */
  readonly version: string
}

interface Cached<Value> {
  readonly value: Value
  readonly readAt: number
  readonly usedAt: number
  readonly specVersion: number
  readonly version: string
}

/**
 * Values that are many and seldom change, cached from poll to poll. A value is read again when its version changes, when
 * another runtime writes the state, and after a number of blocks at the latest; keys expire at different heights, so that few
 * are read again at any one. A value that was read at a later height, in a view that was not published, is not used at an
 * earlier one.
 */
export class TtlCache<Value> {
  readonly #blocks: number
  readonly #entries = new Map<string, Cached<Value>>()

  /** @param blocks is for how many blocks at most a value is used. */
  constructor(blocks: number) {
    this.#blocks = blocks
  }

  /** @param isCacheable tells whether a value may be used at a later height at all. */
  async getOrRead(
    { key, height, specVersion, version }: CacheLookup,
    read: () => Promise<Value>,
    isCacheable: (value: Value) => boolean = () => true,
  ): Promise<Value> {
    const cached = this.#entries.get(key)
    const period = (at: number): number => Math.floor((at + slotOf(key)) / this.#blocks)
    const isSame = cached?.version === version && cached.specVersion === specVersion
    if (isSame && cached.readAt <= height && period(cached.readAt) === period(height)) {
      this.#entries.set(key, { ...cached, usedAt: height })
      return cached.value
    }
    const value = await read()
    if (isCacheable(value))
      this.#entries.set(key, { value, readAt: height, usedAt: height, specVersion, version })
    else this.#entries.delete(key)
    return value
  }

  /** Removes the entries that were not used for as many blocks as values are used for. */
  sweep(height: number): void {
    for (const [key, { usedAt }] of this.#entries)
      if (height - usedAt > this.#blocks) this.#entries.delete(key)
  }
}

/** A number that differs for most keys (FNV-1a). */
function slotOf(key: string): number {
  let hash = 2_166_136_261
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 16_777_619)
  return hash >>> 0
}
