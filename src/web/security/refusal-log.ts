import type { Logger } from 'pino'

/**
 * Logs refused clients at a limited rate: one line per message and interval, with the number of suppressed lines. Clients decide how
 * often they are refused and must not be able to fill the log.
 */
export class RefusalLog {
  readonly #log: Logger
  readonly #intervalMs: number
  readonly #entries = new Map<string, { loggedAt: number; suppressed: number }>()

  constructor(log: Logger, intervalMs = 10_000) {
    this.#log = log
    this.#intervalMs = intervalMs
  }

  /** @param message one of a few constants. The fields must not contain secrets. */
  warn(message: string, fields: Readonly<Record<string, string | undefined>>): void {
    const now = performance.now()
    const entry = this.#entries.get(message)
    if (entry !== undefined && now - entry.loggedAt < this.#intervalMs) {
      entry.suppressed += 1
      return
    }
    const suppressed = entry?.suppressed ?? 0
    this.#log.warn({ ...fields, ...(suppressed > 0 ? { suppressed } : {}) }, message)
    this.#entries.set(message, { loggedAt: now, suppressed: 0 })
  }
}
