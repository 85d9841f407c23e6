import type { ReadText } from '../../src/config/file/load.ts'

export const HOTKEY = '5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3'
export const COLDKEY = '5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6'

/** Reads from a record of texts; a value that is an Error code (ENOENT) fails as node:fs does, as does a missing file. */
export const filesOf =
  (files: Readonly<Record<string, string | Error>>): ReadText =>
  (file) => {
    const text = files[file] ?? failure('ENOENT')
    return text instanceof Error ? Promise.reject(text) : Promise.resolve(text)
  }

/** An error of node:fs, whose message must be shown nowhere. */
export const failure = (code: string): Error => Object.assign(new Error(`${code}: hunter2`), { code })
