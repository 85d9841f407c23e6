/** Identifies a cached value and the state it depends on. */
export interface CacheLookup {
  /** Unique within the cache. */
  readonly key: string
  /** Height of the view. */
  readonly height: number
  /** Spec version of the runtime that wrote the view's state. */
  readonly specVersion: number
  /** Anything else that changes with the value. The value is read again if its version differs. */
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
 * Caches many, rarely changing values across polls. A value is read again when its version changes, after a runtime upgrade,
 * and after a number of blocks at the latest. Keys expire at different heights, so that few are read again at once. A value
 * that was read at a later height, in a view that was not published, is not used.
 */
export class TtlCache<Value> {
  readonly #blocks: number
  readonly #entries = new Map<string, Cached<Value>>()

  /** @param blocks is the maximum age of a value in blocks. */
  constructor(blocks: number) {
    this.#blocks = blocks
  }

  /**
   * Returns the cached value, or reads it.
   * @param isCacheable decides whether a value is cached.
   */
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

  /** Removes entries that were not used for the maximum age. */
  sweep(height: number): void {
    for (const [key, { usedAt }] of this.#entries)
      if (height - usedAt > this.#blocks) this.#entries.delete(key)
  }
}

/** A hash of the key (FNV-1a), which spreads expiry. */
function slotOf(key: string): number {
  let hash = 2_166_136_261
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 16_777_619)
  return hash >>> 0
}
