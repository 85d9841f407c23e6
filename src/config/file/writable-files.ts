import type { ReadText } from './secrets.ts'

/** Permissions that everybody has to write, in the mode of a file. */
const WRITABLE_BY_ALL = 0o002

/**
 * A reader that reports each file that every user of the machine can change: whoever changes a configuration or a secret decides where
 * the exporter sends its credentials.
 * @param modeOf rejects as node:fs does.
 * @param report is called once for each file.
 */
export function reportingWritable(
  readText: ReadText,
  modeOf: (file: string) => Promise<number>,
  report: (file: string) => void,
): ReadText {
  const reported = new Set<string>()
  return async (file) => {
    const text = await readText(file)
    const mode = await modeOf(file).catch(() => 0)
    if ((mode & WRITABLE_BY_ALL) !== 0 && !reported.has(file)) {
      reported.add(file)
      report(file)
    }
    return text
  }
}
