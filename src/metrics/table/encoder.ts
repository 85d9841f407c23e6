import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Decimals } from '../../chain/money.ts'
import type { Cells } from '../cells.ts'
import type { Chunk } from '../chunk.ts'
import type { Family } from '../define.ts'
import { asciiTexts, type AsciiTexts } from './ascii.ts'
import { ChunkPool } from './chunk-pool.ts'
import { LineWriter } from './lines.ts'

/** A family of a table, with the function that takes its column from a block of rows. */
export interface TableColumn<Block> extends Family {
  /** Undefined where the column is unknown: the family has no samples in this block. */
  readonly cells: (block: Block) => Cells | undefined
}

/** Rows that are rendered and kept together: one chunk a family. */
export interface TableBlock<Block> {
  /** The same object means the same labels. */
  readonly key: object
  /** The labels of each row after the opening brace, in parts, as printable ASCII: `a="1",b="2"`. */
  readonly labels: () => readonly (readonly string[])[]
  readonly data: Block
}

interface RenderedColumn {
  readonly inputs: readonly unknown[]
  readonly chunk: Chunk
}

interface RenderedBlock {
  readonly labels: AsciiTexts
  readonly columns: Map<string, RenderedColumn>
}

interface RenderedFamily {
  readonly chunks: Chunk[]
  series: number
}

/** Longest time in milliseconds that rendering may block the event loop. */
const TURN_MS = 2

/**
 * Renders tables of many rows into the lines of an exposition. A chunk is rendered again only when its labels or the inputs
 * of its column changed; otherwise the same chunk is returned. Yields to the event loop every two milliseconds.
 */
export class TableEncoder {
  /** What was last rendered of each block, by its key. */
  readonly #blocks = new WeakMap<object, RenderedBlock>()
  readonly #pool = new ChunkPool()
  readonly #lines = new LineWriter()

  /** The samples of each column by its name, in the order of the blocks. Each chunk is held once for the caller. */
  async render<Block>(
    columns: readonly TableColumn<Block>[],
    blocks: readonly TableBlock<Block>[],
    decimals: Decimals | undefined,
  ): Promise<ReadonlyMap<string, { readonly chunks: readonly Chunk[]; readonly series: number }>> {
    const families = columns.map(({ name, cells }) => {
      const rendered: RenderedFamily = { chunks: [], series: 0 }
      return { name, cells, rendered, begin: beginOf(name) }
    })
    let turnBegan = performance.now()
    for (const { key, labels, data } of blocks) {
      const block = this.#blocks.get(key) ?? { labels: asciiTexts(labels()), columns: new Map() }
      this.#blocks.set(key, block)
      const rows = block.labels.lengths.length
      if (rows === 0) continue
      for (const { name, cells, rendered, begin } of families) {
        const column = cells(data)
        const chunk = column && this.#chunk(block, name, begin, column, decimals)
        if (chunk === undefined) continue
        chunk.hold()
        rendered.chunks.push(chunk)
        rendered.series += rows
        if (performance.now() - turnBegan < TURN_MS) continue
        await nextTurn()
        turnBegan = performance.now()
      }
    }
    this.#pool.rendered()
    return new Map(families.map(({ name, rendered }) => [name, rendered]))
  }

  #chunk(
    { labels, columns }: RenderedBlock,
    name: string,
    begin: AsciiTexts,
    cells: Cells,
    decimals: Decimals | undefined,
  ): Chunk | undefined {
    const before = columns.get(name)
    const inputs = inputsOf(cells, decimals)
    if (before !== undefined && !before.chunk.isReleased && isSame(before.inputs, inputs)) return before.chunk
    const lines = this.#lines.write({ begin, labels }, cells, decimals)
    if (lines === undefined) return undefined
    const chunk = this.#pool.chunk(lines)
    columns.set(name, { inputs, chunk })
    return chunk
  }
}

/** How the first line of a family begins, and how the others do. */
const beginOf = (name: string): AsciiTexts => asciiTexts([[`${name}{`], [`\n${name}{`]])

/** Everything that the lines of a column depend on besides the labels of the block. */
function inputsOf(cells: Cells, decimals: Decimals | undefined): readonly unknown[] {
  switch (cells.form) {
    case 'rao':
    case 'alpha':
      return [cells.form, cells.amounts, decimals]
    case 'value':
      return [cells.form, cells.amounts, cells.price.bits, cells.price.fractionBits, cells.netuid, decimals]
    case 'ages':
      return [cells.form, cells.heights, cells.height]
    case 'info':
      return [cells.form, cells.label, cells.values, cells.rest]
    case 'scores':
    case 'ratios':
    case 'numbers':
    case 'flags':
      return [cells.form, cells.values]
  }
}

const isSame = (before: readonly unknown[], now: readonly unknown[]): boolean =>
  before.length === now.length && before.every((input, index) => input === now[index])
