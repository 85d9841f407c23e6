import { Chunk } from './table/chunk.ts'
import type { Families, Family, Samples } from './define.ts'
import { Snapshot } from './snapshot.ts'
import { familyHeader, sampleLines, type Format } from './text.ts'

/** What one collector says of one family: rendered lines, and how many series they are. */
export interface Content {
  readonly chunks: readonly Chunk[]
  readonly series: number
}

/**
 * What one collector says, by the short names of its families. Each chunk is held for whoever publishes it; contents that
 * are not published are garbage.
 */
export type Contents = ReadonlyMap<string, Content>

/** What one collector says, of one node or ('') of the chain. Undefined contents take back what it said before. */
export interface Update {
  readonly families: Families
  readonly part: string
  readonly contents: Contents | undefined
}

/** Samples of modest size, as contents: one chunk a family. */
export function contentsOf(families: Families, samples: Samples): Contents {
  const contents = new Map<string, Content>()
  for (const [key, family] of Object.entries(families)) {
    const said = samples.get(key) ?? []
    if (said.length > 0)
      contents.set(key, { chunks: [new Chunk(Buffer.from(sampleLines(family, said)))], series: said.length })
  }
  return contents
}

interface Entry {
  readonly family: Family
  readonly headers: Readonly<Record<Format, Chunk>>
  readonly parts: Map<string, Content>
}

/** The published families. Publishing swaps the snapshot whole: a reader sees all of an update, or none. */
export class Exposition {
  readonly #entries: ReadonlyMap<Family, Entry>
  #snapshot = new Snapshot([])

  /** @param families in the order they are to appear. */
  constructor(families: readonly Families[]) {
    this.#entries = new Map(
      families
        .flatMap((owned) => Object.values(owned))
        .map((family) => [family, { family, headers: headersOf(family), parts: new Map<string, Content>() }]),
    )
  }

  /** To be held by who needs it beyond this turn of the event loop. */
  get snapshot(): Snapshot {
    return this.#snapshot
  }

  /** Series of these families that are published. */
  seriesOf(families: Families): number {
    let series = 0
    for (const family of Object.values(families))
      for (const content of this.#entries.get(family)?.parts.values() ?? []) series += content.series
    return series
  }

  /** Takes the holds of the contents over. */
  publish(updates: readonly Update[]): void {
    const replaced: Content[] = []
    for (const { families, part, contents } of updates) {
      for (const [key, family] of Object.entries(families)) {
        const entry = this.#entries.get(family)
        if (entry === undefined) throw new Error(`${family.name} is not a family of this exposition`)
        const before = entry.parts.get(part)
        const content = contents?.get(key)
        if (before !== undefined && before !== content) replaced.push(before)
        if (content === undefined || content.series === 0) entry.parts.delete(part)
        else entry.parts.set(part, content)
      }
    }
    const before = this.#snapshot
    this.#snapshot = snapshotOf(Array.from(this.#entries.values()))
    before.release()
    for (const { chunks } of replaced) for (const chunk of chunks) chunk.release()
  }
}

const headersOf = ({ name, help, type }: Family): Entry['headers'] => {
  const header = (format: Format) => new Chunk(Buffer.from(familyHeader(name, help, type, format)))
  return { text: header('text'), openmetrics: header('openmetrics') }
}

/** A family nobody says anything of is not there at all. Parts are in a fixed order, whichever came first. */
const snapshotOf = (entries: readonly Entry[]): Snapshot =>
  new Snapshot(
    entries
      .filter(({ parts }) => parts.size > 0)
      .map(({ headers, parts }) => {
        const names = Array.from(parts.keys()).toSorted()
        return { headers, lines: names.flatMap((name) => parts.get(name)?.chunks ?? []) }
      }),
  )
