import { setImmediate as nextTurn } from 'node:timers/promises'
import { asciiTexts, type AsciiTexts } from './ascii.ts'
import type { Chunk } from './chunk.ts'
import { ChunkPool } from './chunk-pool.ts'
import type { Families, KindOf } from '../define.ts'
import type { Contents } from '../exposition.ts'
import type { Column } from './column.ts'

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
  readonly chunk: Chunk
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
      const chunk = renderedColumn(rendered, key, begin, labels, column)
      chunk.hold()
      content.chunks.push(chunk)
      content.series += labels.lengths.length
      if (performance.now() - turnBegan < TURN_MS) continue
      await nextTurn()
      turnBegan = performance.now()
    }
  }
  pool.rendered()
  return contents
}

function renderedColumn(
  rendered: Map<string, Rendered>,
  key: string,
  begin: AsciiTexts,
  labels: AsciiTexts,
  column: Column,
): Chunk {
  const before = rendered.get(key)
  if (before !== undefined && !before.chunk.isGone && isSame(before.inputs, column.inputs))
    return before.chunk
  const chunk = linesOf(begin, labels, column)
  rendered.set(key, { inputs: column.inputs, chunk })
  return chunk
}

/** How the first line of a family begins, and how the others do. */
const beginOf = (name: string): AsciiTexts => asciiTexts([[`${name}{`], [`\n${name}{`]])

const isSame = (before: readonly unknown[], now: readonly unknown[]): boolean =>
  before.length === now.length && before.every((input, index) => input === now[index])

/** Where lines are put together before it is known how many bytes they are. Taken in the same turn, so one does for all. */
let draft = Buffer.allocUnsafeSlow(64 * 1024)

const pool = new ChunkPool()

function linesOf(begin: AsciiTexts, labels: AsciiTexts, column: Column): Chunk {
  const rows = labels.lengths.length
  const most = labels.words.byteLength + rows * (begin.words.byteLength + column.room)
  if (draft.length < most) draft = Buffer.allocUnsafeSlow(most)
  const view = new DataView(draft.buffer, draft.byteOffset, draft.length)
  const end = column.write({ view, begin, labels }, rows)
  draft[end] = NEWLINE
  return pool.chunk(draft.subarray(0, end + 1))
}

const NEWLINE = 10
