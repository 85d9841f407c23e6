/** A problem with the configuration, and its location. */
export interface Issue {
  /** The configuration file, or `environment`, or `command line`. */
  readonly file: string
  /** From 1. Absent if the location is not in a file. */
  readonly line?: number
  readonly column?: number
  /** The option (`nodes[0].url`), variable (`HOTKEYS[1]`) or flag (`--log.level`); empty for the configuration as a whole. */
  readonly path: string
  /** The problem and what would be valid. Never contains a secret or a part of one. */
  readonly message: string
}

/** Formats an issue as one line: `FILE:LINE:COLUMN: path: message`, without unknown parts. */
function issueLine({ file, line, column, path, message }: Issue): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`
  return [place, path, message].filter((part) => part !== '').join(': ')
}

/** Maximum number of lines; further issues are only counted. */
const MESSAGE_LINES = 100

/** The configuration is invalid. Contains all issues; the message has one line for each. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError'
  /** At least one, in file order. */
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    const lines = issues.slice(0, MESSAGE_LINES).map(issueLine)
    if (issues.length > MESSAGE_LINES) lines.push(`and ${issues.length - MESSAGE_LINES} more`)
    super(lines.join('\n'))
    this.issues = issues
  }
}

/** Neither a configuration file nor a variable with nodes is given, which counts as wrong usage. */
export class NoNodesError extends ConfigError {
  override readonly name = 'NoNodesError'
}

/** Sorts issues by location; issues at the same location keep their order. */
export const inOrder = (issues: readonly Issue[]): Issue[] =>
  issues.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))

/** Waits for both configurations. Rejects with the combined issues, or with the error of the one that failed. */
export async function bothLoaded<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second])
  if (a.status === 'fulfilled' && b.status === 'fulfilled') return [a.value, b.value]
  const errors = [a, b].flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  const issues = errors.flatMap((error) => (error instanceof ConfigError ? error.issues : []))
  throw errors.length > 1 && errors.every((error) => error instanceof ConfigError)
    ? new ConfigError(issues)
    : errors[0]
}
