import { createHash } from 'node:crypto'
import type { ReadText } from './secrets.ts'

/** Records which files were read, with their contents, and detects changes. Compares contents because links and dates are unreliable. */
export class TrackedFiles {
  readonly #readText: ReadText
  /** Digests instead of contents, which may be secrets. */
  #read = new Map<string, string>()
  /** The digests at the last check, if they differed from those of the files that were read. */
  #seen: string | undefined

  constructor(readText: ReadText) {
    this.#readText = readText
  }

  /** Forgets the files read so far; call it before the configuration is read again. */
  begin(): void {
    this.#read = new Map()
  }

  /** Reads and records a text file; rejects as node:fs does. Unreadable files are recorded too. */
  readonly read: ReadText = async (file) => {
    const read = this.#read
    try {
      const text = await this.#readText(file)
      read.set(file, digestOf(text))
      return text
    } catch (error) {
      read.set(file, digestOfError(error))
      throw error
    }
  }

  /**
   * Whether the files changed since they were read. True only if they are the same as at the previous check, so that a file is
   * not read while it is written.
   */
  async changed(): Promise<boolean> {
    const read = this.#read
    const now = new Map<string, string>()
    for (const file of read.keys())
      now.set(file, await this.#readText(file).then(digestOf, (error: unknown) => digestOfError(error)))
    // A reload began meanwhile and reads the current files.
    if (read !== this.#read) return false
    const current = textOf(now)
    const before = this.#seen
    this.#seen = current === textOf(read) ? undefined : current
    return this.#seen !== undefined && this.#seen === before
  }
}

const textOf = (digests: ReadonlyMap<string, string>): string => JSON.stringify(Array.from(digests))

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

const digestOfError = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
