import type { Logger } from 'pino'

/**
 * Logs refused clients, the first at once and then one in so many milliseconds with the number of those before it: who is
 * refused decides how often that happens, and must not be able to fill the log.
 */
export class Refusals {
  readonly #log: Logger
  readonly #pauseMs: number
  readonly #kinds = new Map<string, { loggedAt: number; unsaid: number }>()

  constructor(log: Logger, pauseMs = 10_000) {
    this.#log = log
    this.#pauseMs = pauseMs
  }

  /** @param kind is one of a few fixed sentences. The details must hold nothing secret. */
  add(kind: string, details: Readonly<Record<string, string | undefined>>): void {
    const now = performance.now()
    const seen = this.#kinds.get(kind)
    if (seen !== undefined && now - seen.loggedAt < this.#pauseMs) {
      seen.unsaid += 1
      return
    }
    const unsaid = seen?.unsaid ?? 0
    this.#log.warn({ ...details, ...(unsaid > 0 ? { more: unsaid } : {}) }, kind)
    this.#kinds.set(kind, { loggedAt: now, unsaid: 0 })
  }
}
