import { setImmediate as nextTurn } from 'node:timers/promises'
import { asciiTexts, type AsciiTexts } from './ascii.ts'
import { Chunk } from './chunk.ts'
import type { Families, KindOf } from './define.ts'
import type { Content, Contents } from './exposition.ts'
import type { Column } from './column.ts'
import { LineWriter } from './line-writer.ts'

/** Rows that are rendered and kept together: one chunk a family. */
export interface Block<F extends Families> {
  /** The labels of each row as they stand behind the opening brace. The same object means the same labels. */
  readonly labels: AsciiTexts
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
const renderedBlocks = new WeakMap<AsciiTexts, Map<string, Rendered>>()

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
  const begins = Object.entries(families).map(([key, { name }]) => ({ key, begin: beginOf(name) }))
  let turnBegan = performance.now()
  for (const { labels, columns } of blocks) {
    const rendered = renderedBlocks.get(labels) ?? new Map<string, Rendered>()
    renderedBlocks.set(labels, rendered)
    for (const { key, begin } of begins) {
      const column = columns[key]
      const content = contents.get(key)
      if (column === undefined || content === undefined || labels.lengths.length === 0) continue
      const { chunks, series } = renderedColumn(rendered, key, begin, labels, column)
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
  begin: AsciiTexts,
  labels: AsciiTexts,
  column: Column,
): Content {
  const before = rendered.get(key)
  if (
    before?.inputs.length === column.inputs.length &&
    before.inputs.every((input, i) => input === column.inputs[i])
  )
    return before.content
  const content = { chunks: [new Chunk(linesOf(begin, labels, column))], series: labels.lengths.length }
  rendered.set(key, { inputs: column.inputs, content })
  return content
}

/** How the first line of a family begins, and how the others do. */
const beginOf = (name: string): AsciiTexts => asciiTexts([[`${name}{`], [`\n${name}{`]])

/** Whatever is written is taken in the same turn, so one does for all. */
const writer = new LineWriter()

function linesOf(begin: AsciiTexts, labels: AsciiTexts, column: Column): Buffer {
  for (let row = 0; row < labels.lengths.length; row++) {
    writer.copy(begin, row === 0 ? 0 : 1)
    writer.copy(labels, row)
    column.write(writer, row)
  }
  writer.ascii('\n')
  return writer.take()
}
