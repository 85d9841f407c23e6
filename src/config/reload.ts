import { ConfigError, type Issue } from './error.ts'
import type { TrackedFiles } from './file/tracked-files.ts'

/**
 * Something that can be read again while the exporter runs: reads and checks it, or rejects with ConfigError. What it
 * resolves with takes the new for the old, and says what has changed.
 */
export type Reloadable = () => Promise<Take>
type Take = () => readonly string[] | Promise<readonly string[]>

/** What came of a reload. The message is a line for each issue, or what was done; never a secret. */
export interface ReloadOutcome {
  /** `refused` for a configuration with errors, `failed` for a failure of the exporter. */
  readonly result: 'done' | 'refused' | 'failed'
  readonly message: string
}

/** As far as pino's logger is used. */
export interface ReloadLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface ReloaderDependencies {
  /** All are read before any is taken: either all of it is new, or nothing. None where there is nothing to read again. */
  readonly reloadables: readonly Reloadable[]
  readonly files?: TrackedFiles | undefined
  readonly log: ReloadLog
  /** Told whether what was read is good. */
  readonly configured: (successful: boolean) => void
}

const NOTHING_TO_READ =
  'there is no configuration file to read again: environment and command line are read at the start alone'

/** Reads the configuration again when told to: one reload at a time, and however often it is told meanwhile, one more. */
export class Reloader {
  readonly #dependencies: ReloaderDependencies
  #running: Promise<unknown> = Promise.resolve()
  #waiting: Promise<ReloadOutcome> | undefined
  readonly #triggers = new Set<string>()

  constructor(dependencies: ReloaderDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * Resolves when a reload that began after this call is over. Never rejects.
   * @param trigger says in the log who wanted it.
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
      const what = changed.length === 0 ? 'nothing has changed' : `changed: ${changed.join(', ')}`
      const message = `the configuration was read again; ${what}`
      log.info({ ...subject, changed }, message)
      return { result: 'done', message }
    } catch (error) {
      configured(false)
      if (!(error instanceof ConfigError)) {
        log.error({ ...subject, err: error }, 'the configuration could not be reloaded')
        return { result: 'failed', message: 'the configuration could not be reloaded; the log says more' }
      }
      const errors = error.message.split('\n')
      const others = errors.length === 1 ? '' : `, and ${errors.length - 1} more`
      log.error(
        { ...subject, errors },
        `configuration reload rejected; keeping the previous one: ${errors[0] ?? ''}${others}`,
      )
      return { result: 'refused', message: error.message }
    }
  }
}

/** Rejects with the errors of all of them. */
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
