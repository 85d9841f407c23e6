import pLimit from 'p-limit'
import { Chunk } from './chunk.ts'
import type { Family, Sample, SampleContext, SampledFamily } from './define.ts'
import { Snapshot } from './snapshot.ts'
import { TableEncoder } from './table/index.ts'
import { familyHeader, sampleLines, type Format } from './text.ts'

/** The samples of one family from one collector: rendered lines, and the number of series. */
export interface Content {
  readonly chunks: readonly Chunk[]
  readonly series: number
}

/**
 * The rendered samples of one collector, by the names of its families. Each chunk is held for the exposition that publishes
 * it; contents that are never published are garbage-collected.
 */
export type Contents = ReadonlyMap<string, Content>

/** Samples of one collector, of one node or ('') of the chain. Undefined contents withdraw what it published before. */
export interface Update {
  readonly families: readonly Family[]
  readonly part: string
  readonly contents: Contents | undefined
}

/** A reading of modest size as contents: one chunk a family. */
export const contentsOf = <Reading>(
  families: readonly SampledFamily<Reading>[],
  reading: Reading,
  context: SampleContext,
): Contents =>
  new Map(
    families.flatMap((family) => {
      const samples = family.samples(reading, context)
      return samples.length === 0 ? [] : [[family.name, contentOf(family, samples)]]
    }),
  )

const contentOf = (family: Family, samples: readonly Sample[]): Content => ({
  chunks: [new Chunk(Buffer.from(sampleLines(family, samples)))],
  series: samples.length,
})

interface Entry {
  readonly headers: Readonly<Record<Format, Chunk>>
  readonly parts: Map<string, Content>
}

/** Each compression holds a quarter of a megabyte, and libuv has four threads. */
const COMPRESSIONS_AT_ONCE = 3

/** The published families. A publish swaps the snapshot whole: a reader sees all of an update, or none of it. */
export class Exposition {
  /** Encodes the tables that are published here. */
  readonly table = new TableEncoder()
  readonly #entries: ReadonlyMap<string, Entry>
  readonly #limit = pLimit(COMPRESSIONS_AT_ONCE)
  #snapshot = new Snapshot([], this.#limit)

  /** @param families in the order in which they appear. */
  constructor(families: readonly Family[]) {
    this.#entries = new Map(
      families.map((family) => [family.name, { headers: headersOf(family), parts: new Map() }]),
    )
  }

  /** Code that needs it beyond one turn of the event loop holds it. */
  get snapshot(): Snapshot {
    return this.#snapshot
  }

  /** Number of published series of these families, of all parts or of one. */
  seriesOf(families: readonly Pick<Family, 'name'>[], part?: string): number {
    let series = 0
    for (const { name } of families)
      for (const [of, content] of this.#entries.get(name)?.parts ?? [])
        if (part === undefined || of === part) series += content.series
    return series
  }

  /** Number of all published series. */
  get series(): number {
    return this.seriesOf(Array.from(this.#entries.keys(), (name) => ({ name })))
  }

  /** Takes over the holds of the contents. */
  publish(updates: readonly Update[]): void {
    const replaced: Content[] = []
    for (const { families, part, contents } of updates) {
      for (const { name } of families) {
        const entry = this.#entries.get(name)
        if (entry === undefined) throw new Error(`${name} is not a family of this exposition`)
        const before = entry.parts.get(part)
        const content = contents?.get(name)
        if (before !== undefined && before !== content) replaced.push(before)
        if (content === undefined || content.series === 0) entry.parts.delete(part)
        else entry.parts.set(part, content)
      }
    }
    const before = this.#snapshot
    this.#snapshot = snapshotOf(Array.from(this.#entries.values()), this.#limit)
    before.release()
    for (const { chunks } of replaced) for (const chunk of chunks) chunk.release()
  }
}

const headersOf = ({ name, help, type }: Family): Entry['headers'] => {
  const header = (format: Format) => new Chunk(Buffer.from(familyHeader(name, help, type, format)))
  return { text: header('text'), openmetrics: header('openmetrics') }
}

/** A family without samples is not shown. Parts are in alphabetical order, whichever came first. */
const snapshotOf = (entries: readonly Entry[], limit: ReturnType<typeof pLimit>): Snapshot =>
  new Snapshot(
    entries
      .filter(({ parts }) => parts.size > 0)
      .map(({ headers, parts }) => {
        const names = Array.from(parts.keys()).toSorted()
        return { headers, lines: names.flatMap((name) => parts.get(name)?.chunks ?? []) }
      }),
    limit,
  )
