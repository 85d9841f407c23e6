import { X509Certificate } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { WebConfig } from '../../config/web/web-config.ts'
import type { WebSecurity } from './web-security.ts'

const INTERVAL_MS = 10_000

const DAY_MS = 86_400_000

/** A certificate with less than this left should have been renewed. */
const WARN_BEFORE_DAYS = 7

/**
 * Reads the web configuration and its certificates periodically, since certificates are renewed and passwords are changed without a
 * signal to the exporter. An invalid configuration is logged once, and the previous one stays in force.
 */
export class WebConfigReloader {
  readonly #security: WebSecurity
  readonly #read: (() => Promise<WebConfig>) | undefined
  readonly #log: Logger
  readonly #timer: NodeJS.Timeout | undefined
  #lastProblem: string | undefined

  /** Starts reading, unless `read` is undefined. `read` rejects with an error whose message is safe to log. */
  constructor(
    security: WebSecurity,
    read: (() => Promise<WebConfig>) | undefined,
    log: Logger,
    intervalMs = INTERVAL_MS,
  ) {
    this.#security = security
    this.#read = read
    this.#log = log
    this.#warnOfExpiry()
    if (read !== undefined) this.#timer = setInterval(() => void this.#poll(), intervalMs).unref()
  }

  /**
   * Reads and checks the configuration. Rejects with ConfigError when it is invalid or requires a restart.
   * @returns a function that puts it into force and returns the names of the changed parts.
   */
  async prepare(): Promise<() => readonly string[]> {
    const config = await this.#read?.()
    if (config === undefined) return () => []
    this.#security.check(config)
    return () => this.#apply(config)
  }

  /** Reads the configuration and puts it into force. Rejects as prepare() does. */
  async reload(): Promise<void> {
    const apply = await this.prepare()
    apply()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #apply(config: WebConfig): readonly string[] {
    const before = this.#security.config
    const changed = (Object.keys(config) as (keyof WebConfig)[]).filter(
      (part) => !isDeepStrictEqual(config[part], before[part]),
    )
    if (changed.length === 0) return changed
    this.#security.replace(config)
    this.#log.info({ changed }, 'web configuration reloaded')
    this.#warnOfExpiry()
    return changed
  }

  async #poll(): Promise<void> {
    try {
      await this.reload()
      this.#lastProblem = undefined
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      if (problem !== this.#lastProblem)
        this.#log.warn({ problem }, 'web configuration rejected; keeping the previous one')
      this.#lastProblem = problem
    }
  }

  #warnOfExpiry(): void {
    const { cert } = this.#security.config.tls?.context ?? {}
    if (typeof cert !== 'string') return
    const { validTo } = new X509Certificate(cert)
    const days = (Date.parse(validTo) - Date.now()) / DAY_MS
    if (days < 0) this.#log.warn({ validTo }, 'certificate of the web server has expired')
    else if (days < WARN_BEFORE_DAYS)
      this.#log.warn({ validTo }, 'certificate of the web server expires soon')
  }
}
