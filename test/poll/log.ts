import type { LogLine } from '../support/exporter.ts'

interface Logged {
  readonly log: readonly LogLine[]
}

/** The fields of all lines with a message, in order. */
export const linesOf = ({ log }: Logged, message: string): readonly LogLine[] =>
  log.filter(({ msg }) => msg === message)

/** The errors of collectors that began to fail, one per line, as "[collectors]: error". Other lines of level error are included. */
export const failuresOf = ({ log }: Logged): readonly string[] =>
  log
    .filter(({ level, msg }) => msg === 'collectors failing' || level === 'error')
    .map(({ msg, collectors, error }) => `${JSON.stringify(collectors ?? msg)}: ${String(error)}`)
