import { setImmediate as nextTurn } from 'node:timers/promises'
import { Chunk } from './chunk.ts'
import type { Families, KindOf } from './define.ts'
import type { Content, Contents } from './exposition.ts'
import type { Column } from './column.ts'

/** Rows that are rendered and kept together: one chunk a family. */
export interface Block<F extends Families> {
  /** The labels of each row as they stand between the braces, flat strings. The same array means the same labels. */
  readonly labels: readonly string[]
  /** A family without a column has no samples in this block. */
  readonly columns: { readonly [Key in keyof F]?: Column<KindOf<F[Key]['name']>> | undefined }
}

/** How long rendering may keep the event loop from everything else. */
const TURN_MS = 2

interface Rendered {
  readonly inputs: readonly unknown[]
  readonly content: Content
}

/** What was rendered last of a block, by family: kept as long as its labels are. */
const renderedBlocks = new WeakMap<readonly string[], Map<string, Rendered>>()

/**
 * Renders tables of many rows. A chunk is rendered again only when its labels or the inputs of its column are others
 * than last time; else the same chunk is given again. Lets the event loop turn every two milliseconds.
 */
export async function renderTable<F extends Families>(
  families: F,
  blocks: readonly Block<F>[],
): Promise<Contents> {
  const contents = new Map<string, { readonly chunks: Chunk[]; series: number }>()
  for (const key of Object.keys(families)) contents.set(key, { chunks: [], series: 0 })
  let turnBegan = performance.now()
  for (const { labels, columns } of blocks) {
    const rendered = renderedBlocks.get(labels) ?? new Map<string, Rendered>()
    renderedBlocks.set(labels, rendered)
    for (const [key, { name }] of Object.entries(families)) {
      const column = columns[key]
      const content = contents.get(key)
      if (column === undefined || content === undefined || labels.length === 0) continue
      const { chunks, series } = renderedColumn(rendered, key, name, labels, column)
      content.chunks.push(...chunks)
      content.series += series
      if (performance.now() - turnBegan < TURN_MS) continue
      await nextTurn()
      turnBegan = performance.now()
    }
  }
  return contents
}

function renderedColumn(
  rendered: Map<string, Rendered>,
  key: string,
  name: string,
  labels: readonly string[],
  column: Column,
): Content {
  const before = rendered.get(key)
  if (
    before?.inputs.length === column.inputs.length &&
    before.inputs.every((input, i) => input === column.inputs[i])
  )
    return before.content
  const bytes = Buffer.from(linesOf(name, labels, column), column.encoding)
  const content = { chunks: [new Chunk(bytes)], series: labels.length }
  rendered.set(key, { inputs: column.inputs, content })
  return content
}

/** Three strings are put together a row, all of them flat: building them from smaller ones here is ten times slower. */
function linesOf(name: string, labels: readonly string[], column: Column): string {
  const begin = `${name}{`
  const labelsOf = column.labels ?? ((row: number) => labels[row] ?? '')
  let text = ''
  for (let row = 0; row < labels.length; row++) text += begin + labelsOf(row) + column.line(row)
  return text
}

/**
 * The same strings, each in one piece of memory: one made by joining others stays a tree of them until it is written,
 * and a tree is walked each time it is made part of another. None of them may have a line feed.
 */
export const flattened = (texts: readonly string[]): readonly string[] =>
  texts.length === 0 ? texts : Buffer.from(texts.join('\n')).toString().split('\n')
