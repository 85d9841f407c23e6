import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { Families, Gauge, Sample, Samples } from './define.ts'
import { gaugeText } from './text.ts'

/** What one collector says, of one node or ('') of the chain. Undefined samples take back what it said before. */
export interface Update {
  readonly families: Families
  readonly part: string
  readonly samples: Samples | undefined
}

/** The rendered text of all families at one publish. It never changes: a publish makes another. */
export interface Snapshot {
  /** Whole families, each with HELP and TYPE, one after another; the same bytes in both formats. */
  readonly body: Buffer
  /** The body as one gzip member (RFC 1952: members may follow one another), made once, when first asked for. */
  compressed(): Promise<Buffer>
}

interface Entry {
  readonly gauge: Gauge
  readonly parts: Map<string, readonly Sample[]>
  text: Buffer
}

const compress = promisify(gzip)

/** Level 1: on these texts it is within a few percent of level 6, at a third of the time. */
export const gzipFast = (bytes: Buffer): Promise<Buffer> => compress(bytes, { level: constants.Z_BEST_SPEED })

/** The published families. Publishing swaps the snapshot whole: a reader sees all of an update, or none. */
export class Exposition {
  readonly #entries: ReadonlyMap<Gauge, Entry>
  #snapshot = snapshotOf([])

  /** @param families in the order they are to appear. */
  constructor(families: readonly Families[]) {
    this.#entries = new Map(
      families
        .flatMap((owned) => Object.values(owned))
        .map((gauge) => [gauge, { gauge, parts: new Map<string, readonly Sample[]>(), text: EMPTY }]),
    )
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  /** Series of these families that are published. */
  seriesOf(families: Families): number {
    return Object.values(families).reduce((sum, gauge) => sum + countOf(this.#entries.get(gauge)), 0)
  }

  /** Renders the families that were updated, and swaps. */
  publish(updates: readonly Update[]): void {
    const changed = new Set<Entry>()
    for (const { families, part, samples } of updates) {
      for (const [key, gauge] of Object.entries(families)) {
        const entry = this.#entries.get(gauge)
        if (entry === undefined) throw new Error(`${gauge.name} is not a family of this exposition`)
        const said = samples?.get(key) ?? []
        if (said.length === 0 && !entry.parts.has(part)) continue
        if (said.length === 0) entry.parts.delete(part)
        else entry.parts.set(part, said)
        changed.add(entry)
      }
    }
    for (const entry of changed) entry.text = render(entry)
    this.#snapshot = snapshotOf(Array.from(this.#entries.values()))
  }
}

const EMPTY = Buffer.alloc(0)

/** A family nobody says anything of is not there at all. Parts are in a fixed order, whichever came first. */
function render({ gauge, parts }: Entry): Buffer {
  if (parts.size === 0) return EMPTY
  const names = Array.from(parts.keys()).toSorted()
  return Buffer.from(
    gaugeText(
      gauge,
      names.flatMap((name) => parts.get(name) ?? []),
    ),
  )
}

function countOf(entry: Entry | undefined): number {
  let series = 0
  for (const samples of entry?.parts.values() ?? []) series += samples.length
  return series
}

function snapshotOf(entries: readonly Entry[]): Snapshot {
  const body = Buffer.concat(entries.map(({ text }) => text))
  let compressed: Promise<Buffer> | undefined
  return { body, compressed: () => (compressed ??= gzipFast(body)) }
}
