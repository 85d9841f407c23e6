import type { Logger } from 'pino'

/** Why a connection or a request is refused, with the log message. Clients without one are only counted. */
const MESSAGES = {
  client_certificate: 'refused a client',
  tls_handshake: 'TLS handshake failed',
  network_connections: 'closed a connection: its network has too many',
  connections: 'closed a connection: there are too many',
  pipelined: 'closed a connection: it sent too many requests at once',
  wrong_password: 'wrong password',
  password_backoff: 'password not checked: too many wrong ones from this network',
  password_queue: 'too many passwords waiting to be checked',
  host: 'refused a request: its Host is not allowed',
  rate_limit: undefined,
  slow_reader: 'closed a connection: it read slowly while others of its network waited',
  rendering_queue: 'too many responses waiting to be rendered',
} as const satisfies Readonly<Record<string, string | undefined>>

export type RefusalReason = keyof typeof MESSAGES

export const REFUSAL_REASONS = Object.keys(MESSAGES) as readonly RefusalReason[]

/**
 * Counts refused clients, and logs them at a limited rate: one line per reason and interval, with the number of suppressed lines. Clients
 * decide how often they are refused and must not be able to fill the log.
 */
export class RefusalLog {
  readonly #log: Logger
  readonly #count: (reason: RefusalReason) => void
  readonly #intervalMs: number
  readonly #entries = new Map<RefusalReason, { loggedAt: number; suppressed: number }>()

  constructor(log: Logger, count: (reason: RefusalReason) => void, intervalMs = 10_000) {
    this.#log = log
    this.#count = count
    this.#intervalMs = intervalMs
  }

  /** @param fields must not contain secrets. */
  refused(reason: RefusalReason, fields: Readonly<Record<string, string | undefined>>): void {
    this.#count(reason)
    const message = MESSAGES[reason]
    if (message === undefined) return
    const now = performance.now()
    const entry = this.#entries.get(reason)
    if (entry !== undefined && now - entry.loggedAt < this.#intervalMs) {
      entry.suppressed += 1
      return
    }
    const suppressed = entry?.suppressed ?? 0
    this.#log.warn({ ...fields, ...(suppressed > 0 ? { suppressed } : {}) }, message)
    this.#entries.set(reason, { loggedAt: now, suppressed: 0 })
  }
}
