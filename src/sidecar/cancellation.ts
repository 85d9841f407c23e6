/**
 * Whether one request is still wanted. What an AbortController is for, without its price: a poll has tens of thousands
 * of requests waiting on one signal, and adding a listener to a signal takes as long as it has listeners.
 */
export class Cancellation {
  #cancelled = false
  #reason: unknown
  #callback: (() => void) | undefined

  get cancelled(): boolean {
    return this.#cancelled
  }

  get reason(): unknown {
    return this.#reason
  }

  /** Calls back once, when the request is no longer wanted, instead of what was to be called back before. */
  onCancel(callback: (() => void) | undefined): void {
    this.#callback = callback
  }

  cancel(reason: unknown): void {
    if (this.#cancelled) return
    this.#cancelled = true
    this.#reason = reason
    this.#callback?.()
    this.#callback = undefined
  }
}

const dependents = new WeakMap<AbortSignal, Set<Cancellation>>()

/** Cancels when the signal aborts: one listener serves all that depend on a signal. Returns what undoes it. */
export function cancelWith(signal: AbortSignal, cancellation: Cancellation): () => void {
  const known = dependents.get(signal)
  const all = known ?? new Set<Cancellation>()
  if (known === undefined) {
    dependents.set(signal, all)
    signal.addEventListener(
      'abort',
      () => {
        for (const each of all) each.cancel(signal.reason)
      },
      { once: true },
    )
  }
  all.add(cancellation)
  return () => all.delete(cancellation)
}
