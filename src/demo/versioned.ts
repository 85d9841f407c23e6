interface Version<Value> {
  readonly height: number
  readonly value: Value | undefined
}

/**
 * A map that keeps each key's value at every height since the oldest one kept. The heights of writes must not decrease. Memory
 * grows with the writes of the kept heights, not with the age of the chain.
 */
export class VersionedMap<Key, Value> {
  private readonly versions = new Map<Key, Version<Value>[]>()
  /** Keys whose older versions can be deleted once the height is the oldest one kept. */
  private superseded: { readonly height: number; readonly key: Key }[] = []

  /** The value at a height; undefined without one. */
  get(key: Key, height: number): Value | undefined {
    const versions = this.versions.get(key)
    if (versions === undefined) return undefined
    for (let index = versions.length - 1; index >= 0; index--) {
      const version = versions[index]
      if (version !== undefined && version.height <= height) return version.value
    }
    return undefined
  }

  /** Sets the value from this height on; undefined removes it. */
  set(key: Key, height: number, value: Value | undefined): void {
    const versions = this.versions.get(key)
    if (versions === undefined) {
      if (value === undefined) return
      this.versions.set(key, [{ height, value }])
      return
    }
    if (versions.at(-1)?.height === height) versions.pop()
    versions.push({ height, value })
    this.superseded.push({ height, key })
  }

  /** Keys that have a value at one of the kept heights. */
  keys(): Iterable<Key> {
    return this.versions.keys()
  }

  /** Keys whose value was set at a height. */
  changedAt(height: number): Key[] {
    const changed: Key[] = []
    for (const [key, versions] of this.versions)
      if (versions.some((version) => version.height === height)) changed.push(key)
    return changed
  }

  /** Deletes versions that are only visible before this height. */
  forgetBefore(oldest: number): void {
    let done = 0
    for (const { height, key } of this.superseded) {
      if (height > oldest) break
      done++
      const versions = this.versions.get(key) ?? []
      while ((versions[1]?.height ?? Infinity) <= oldest) versions.shift()
      if (versions.length === 1 && versions[0]?.value === undefined) this.versions.delete(key)
    }
    if (done > 0) this.superseded = this.superseded.slice(done)
  }

  /** Number of stored values of all keys and heights. */
  get kept(): number {
    let kept = 0
    for (const versions of this.versions.values()) kept += versions.length
    return kept
  }
}
