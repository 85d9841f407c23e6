/**
 * A cache in two generations: entries that were not used since the current generation began are dropped with the next one. Holds at
 * most twice `generation` entries.
 */
export class RecentMap<Key, Value> {
  readonly #generation: number
  #young = new Map<Key, Value>()
  #old = new Map<Key, Value>()

  constructor(generation: number) {
    this.#generation = generation
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  delete(key: Key): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }
}
