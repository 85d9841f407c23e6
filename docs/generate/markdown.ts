/** A Markdown table, ending in a line break. Columns are not aligned, so that a longer cell changes one line. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('')

/** Inline code. */
export const code = (text: string): string => `\`${text}\``
