import { X509Certificate } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { SecuritySettings, WebSecurity } from './security.ts'

/** How long a renewed certificate or a changed password waits at most. Milliseconds. */
const EVERY_MS = 10_000

const DAY_MS = 86_400_000

/** A certificate is renewed before this much of it is left, or somebody should know. */
const WARN_BEFORE_DAYS = 7

/**
 * Keeps the settings as their files are: certificates are renewed by others, and passwords changed, without a word to the
 * exporter. Settings with faults are logged, once, and what was there before goes on.
 */
export class Renewal {
  readonly #security: WebSecurity
  readonly #read: (() => Promise<SecuritySettings>) | undefined
  readonly #log: Logger
  readonly #timer: NodeJS.Timeout | undefined
  #lastFault: string | undefined

  /** Begins to look after the files where there is something to read. `read` rejects with an error fit to be shown. */
  constructor(
    security: WebSecurity,
    read: (() => Promise<SecuritySettings>) | undefined,
    log: Logger,
    everyMs = EVERY_MS,
  ) {
    this.#security = security
    this.#read = read
    this.#log = log
    this.#warnOfExpiry()
    if (read !== undefined) this.#timer = setInterval(() => void this.#look(), everyMs).unref()
  }

  /**
   * Reads the settings. Rejects where they have faults or need a restart. What it resolves with takes them over, and says
   * what has changed.
   */
  async prepare(): Promise<() => readonly string[]> {
    const settings = await this.#read?.()
    if (settings === undefined) return () => []
    this.#security.check(settings)
    return () => this.#take(settings)
  }

  /** Reads the settings and takes them over. Rejects as prepare() does. */
  async renew(): Promise<void> {
    const take = await this.prepare()
    take()
  }

  #take(settings: SecuritySettings): readonly string[] {
    const before = this.#security.settings
    const changed = (Object.keys(settings) as (keyof SecuritySettings)[]).filter(
      (part) => !isDeepStrictEqual(settings[part], before[part]),
    )
    if (changed.length === 0) return changed
    this.#security.replace(settings)
    this.#log.info({ changed }, 'the web configuration has changed, and is in force')
    this.#warnOfExpiry()
    return changed
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    try {
      await this.renew()
      this.#lastFault = undefined
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error)
      if (fault !== this.#lastFault)
        this.#log.error({ fault }, 'the web configuration has faults now: what it was before goes on')
      this.#lastFault = fault
    }
  }

  #warnOfExpiry(): void {
    const { cert } = this.#security.settings.tls?.context ?? {}
    if (typeof cert !== 'string') return
    const { validTo } = new X509Certificate(cert)
    const days = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS)
    const what = days < 0 ? 'has expired' : 'expires soon'
    if (days < WARN_BEFORE_DAYS) this.#log.warn({ validTo }, `the certificate of the web server ${what}`)
  }
}
