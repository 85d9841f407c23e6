import { format, resolveConfig } from 'prettier'

/** The text of a file in the style of the repository's formatter. The path from the root of the repository decides the language. */
export const formatted = async (path: string, text: string): Promise<string> =>
  format(text, { ...(await resolveConfig(path)), filepath: path })

/** A value as a JSON file. */
export const json = (path: string, value: unknown): Promise<string> =>
  formatted(path, JSON.stringify(value, null, 2))
