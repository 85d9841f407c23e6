/** Renders Markdown and JSON in the same layout as the repository's formatter, so that rendered files pass its check. */

/** Renders a Markdown table with aligned columns. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(cells[0] ?? []), rule, ...cells.slice(1).map(line)].join('\n')
}

const WIDTH = 110

/** Renders JSON with each object entry on its own line. Lists without objects are on one line if they fit. */
export function json(value: unknown, indent = '', before = 0): string {
  const inside = `${indent}  `
  if (Array.isArray(value)) {
    const flat = flatList(value)
    if (flat !== undefined && indent.length + before + flat.length < WIDTH) return flat
    return `[\n${value.map((item) => inside + json(item, inside)).join(',\n')}\n${indent}]`
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).map(([key, inner]) => {
    const name = `${JSON.stringify(key)}: `
    return inside + name + json(inner, inside, name.length)
  })
  return entries.length === 0 ? '{}' : `{\n${entries.join(',\n')}\n${indent}}`
}

/** Renders a list on one line; undefined if it contains an object or several lists. */
function flatList(list: readonly unknown[]): string | undefined {
  const items = list.map((item) => {
    if (Array.isArray(item)) return list.length > 1 ? undefined : flatList(item)
    return typeof item === 'object' && item !== null ? undefined : JSON.stringify(item)
  })
  return items.includes(undefined) ? undefined : `[${items.join(', ')}]`
}
