/** One thing that is wrong with the configuration, and where. */
export interface Issue {
  /** The configuration file, or `environment`, or `command line`. */
  readonly file: string
  /** From 1, where the place is in a file. */
  readonly line?: number
  readonly column?: number
  /** The option (`nodes[0].url`), variable (`HOTKEYS[1]`) or flag (`--log.level`); empty for the whole. */
  readonly path: string
  /** What is wrong and what would be right. Never a secret, nor any part of one. */
  readonly message: string
}

/** One issue as one line: `FILE:LINE:COLUMN: path: message`, without the parts that are not known. */
function issueLine({ file, line, column, path, message }: Issue): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`
  return [place, path, message].filter((part) => part !== '').join(': ')
}

/** More lines than this help nobody; the rest is counted. */
const MESSAGE_LINES = 100

/** The configuration cannot be used. It carries all of its issues, and its message is one line for each. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError'
  /** At least one, in the order of the file. */
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    const lines = issues.slice(0, MESSAGE_LINES).map(issueLine)
    if (issues.length > MESSAGE_LINES) lines.push(`and ${issues.length - MESSAGE_LINES} more`)
    super(lines.join('\n'))
    this.issues = issues
  }
}

/** Neither a configuration file nor SIDECAR_URL: nothing was asked for, so a program exits as for wrong usage. */
export class NoNodesError extends ConfigError {
  override readonly name = 'NoNodesError'
}

/** Issues in the order of their places; those of one place in the order they were found. */
export const inOrder = (issues: readonly Issue[]): Issue[] =>
  issues.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))

/** Waits for both configurations. Rejects with the issues of both, or as the one of them did. */
export async function bothLoaded<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second])
  if (a.status === 'fulfilled' && b.status === 'fulfilled') return [a.value, b.value]
  const errors = [a, b].flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  const issues = errors.flatMap((error) => (error instanceof ConfigError ? error.issues : []))
  throw errors.length > 1 && errors.every((error) => error instanceof ConfigError)
    ? new ConfigError(issues)
    : errors[0]
}
