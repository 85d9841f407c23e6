import { createHash } from 'node:crypto'
import type { ReadText } from './secrets.ts'

/** Which files were read, and what was in them, to tell when one is another: by content, as links and dates may mislead. */
export class TrackedFiles {
  readonly #readText: ReadText
  /** Digests, as contents may be secrets. */
  #read = new Map<string, string>()
  /** The digests of the last look, where they were others than those that were read. */
  #seen: string | undefined

  constructor(readText: ReadText) {
    this.#readText = readText
  }

  /** From now on what is read counts, and not what was read before. */
  begin(): void {
    this.#read = new Map()
  }

  /** Reads a text file; rejects as node:fs does. One that cannot be read is looked for as well. */
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

  /** True when the files are others than those that were read, and the same as at the look before: nobody is writing. */
  async changed(): Promise<boolean> {
    const read = this.#read
    const now = new Map<string, string>()
    for (const file of read.keys())
      now.set(file, await this.#readText(file).then(digestOf, (error: unknown) => digestOfError(error)))
    // A reload began meanwhile: it has read what there is.
    if (read !== this.#read) return false
    const looked = textOf(now)
    const before = this.#seen
    this.#seen = looked === textOf(read) ? undefined : looked
    return this.#seen !== undefined && this.#seen === before
  }
}

const textOf = (digests: ReadonlyMap<string, string>): string => JSON.stringify(Array.from(digests))

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

const digestOfError = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
