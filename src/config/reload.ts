import { ConfigError, type Issue } from './error.ts'
import type { TrackedFiles } from './file/tracked-files.ts'

/**
 * Reads and checks a part of the configuration again. Rejects with ConfigError. Resolves with a function that applies the new
 * values and returns the names of the changed parts.
 */
export type Reloadable = () => Promise<Take>
type Take = () => readonly string[] | Promise<readonly string[]>

/** The result of a reload. The message has a line for each issue, or describes the changes. Never contains secrets. */
export interface ReloadOutcome {
  /** `refused` for an invalid configuration, `failed` for an internal error. */
  readonly result: 'done' | 'refused' | 'failed'
  readonly message: string
}

/** The part of pino's logger that is used. */
export interface ReloadLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface ReloaderDependencies {
  /** All are read before any is applied, so a reload applies completely or not at all. Empty without a configuration file. */
  readonly reloadables: readonly Reloadable[]
  readonly files?: TrackedFiles | undefined
  readonly log: ReloadLog
  /** Called with the result of each reload. */
  readonly configured: (successful: boolean) => void
}

const NOTHING_TO_READ =
  'nothing to reload without a configuration file: environment and command line are read only at startup'

/** Reloads the configuration on request. Reloads do not overlap: requests during a reload cause one more. */
export class Reloader {
  readonly #dependencies: ReloaderDependencies
  #running: Promise<unknown> = Promise.resolve()
  #waiting: Promise<ReloadOutcome> | undefined
  readonly #triggers = new Set<string>()

  constructor(dependencies: ReloaderDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * Resolves when a reload that began after this call has ended. Never rejects.
   * @param trigger names the origin of the request in the log.
   */
  reload(trigger: string): Promise<ReloadOutcome> {
    this.#triggers.add(trigger)
    if (this.#waiting !== undefined) return this.#waiting
    const reload = this.#running.then(() => {
      this.#waiting = undefined
      const triggers = Array.from(this.#triggers)
      this.#triggers.clear()
      return this.#reload(triggers)
    })
    this.#running = this.#waiting = reload
    return reload
  }

  async #reload(triggers: readonly string[]): Promise<ReloadOutcome> {
    const { reloadables, files, log, configured } = this.#dependencies
    const subject = { triggers }
    if (reloadables.length === 0) {
      log.info(subject, NOTHING_TO_READ)
      return { result: 'done', message: NOTHING_TO_READ }
    }
    try {
      files?.begin()
      const changed: string[] = []
      for (const take of await readAll(reloadables)) changed.push(...(await take()))
      configured(true)
      log.info({ ...subject, changed }, 'configuration reloaded')
      const what = changed.length === 0 ? 'nothing changed' : `changed: ${changed.join(', ')}`
      return { result: 'done', message: `configuration reloaded; ${what}` }
    } catch (error) {
      configured(false)
      if (!(error instanceof ConfigError)) {
        log.error({ ...subject, err: error }, 'configuration reload failed; keeping the previous one')
        return { result: 'failed', message: 'configuration reload failed: see the log' }
      }
      const errors = error.message.split('\n')
      log.error({ ...subject, errors }, 'configuration reload rejected; keeping the previous one')
      return { result: 'refused', message: error.message }
    }
  }
}

/** Reads all parts. Rejects with the issues of all of them. */
async function readAll(reloadables: readonly Reloadable[]): Promise<Take[]> {
  const read: Take[] = []
  const errors: Issue[] = []
  for (const reloadable of reloadables)
    try {
      read.push(await reloadable())
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      errors.push(...error.issues)
    }
  if (errors.length > 0) throw new ConfigError(errors)
  return read
}
