import type { Block } from '../../chain/block.ts'
import type { Decimals } from '../../chain/money.ts'
import type { Collector } from '../define.ts'

/** The node and block of a reading. */
export interface Origin {
  readonly node: string
  /** Undefined for readings of a node itself. */
  readonly block: Block | undefined
  /** Undefined if the chain does not report them, and for readings of a node itself: amounts cannot be shown then. */
  readonly decimals: Decimals | undefined
}

/** The last reading of a collector, as domain values. */
export interface Reading<Data> extends Origin {
  readonly data: Data
}

/** Readings of collectors. */
export interface Readings {
  /** The reading of a collector; undefined if there is none. */
  of<Data>(
    collector: Pick<Collector<'chain' | 'node', never, Data>, 'name' | 'create'>,
    node?: string,
  ): Reading<Data> | undefined
  /** The origin of the newest chain state; undefined if there is none. */
  newest(): (Origin & { readonly block: Block }) | undefined
}

/** By collector, then by node; '' for chain state. */
type ReadingMap = Map<string, Map<string, Reading<unknown>>>

/**
 * For each collector the reading whose samples are on /metrics. It is set and removed together with them, so that the API shows
 * nothing stale. `lastKnown` also has what expired since, for the page, which marks it.
 */
export class Latest implements Readings {
  readonly #current: ReadingMap = new Map()
  readonly #lastKnown: ReadingMap = new Map()
  /** The last reading of each collector, whatever its age. */
  readonly lastKnown: Readings = readingsIn(this.#lastKnown)

  /** @param node is the name of the node that was read, or undefined for chain state. */
  set(collector: string, node: string | undefined, reading: Reading<unknown>): void {
    for (const readings of [this.#current, this.#lastKnown]) {
      const ofCollector = readings.get(collector) ?? new Map<string, Reading<unknown>>()
      readings.set(collector, ofCollector.set(node ?? '', reading))
    }
  }

  /** The samples expired. */
  expire(collector: string, node: string | undefined): void {
    this.#current.get(collector)?.delete(node ?? '')
  }

  /** The collector or the node is no longer configured. */
  delete(collector: string, node: string | undefined): void {
    this.expire(collector, node)
    this.#lastKnown.get(collector)?.delete(node ?? '')
  }

  of: Readings['of'] = (collector, node) => readingsIn(this.#current).of(collector, node)

  newest: Readings['newest'] = () => readingsIn(this.#current).newest()
}

const readingsIn = (readings: ReadingMap): Readings => ({
  of<Data>(
    collector: Pick<Collector<'chain' | 'node', never, Data>, 'name' | 'create'>,
    node?: string,
  ): Reading<Data> | undefined {
    // The reading under the name of a collector is of its type.
    return readings.get(collector.name)?.get(node ?? '') as Reading<Data> | undefined
  },
  newest() {
    let newest: (Origin & { readonly block: Block }) | undefined
    for (const ofCollector of readings.values()) {
      const { block, node, decimals } = ofCollector.get('') ?? {}
      if (block === undefined || node === undefined || block.height <= (newest?.block.height ?? -1)) continue
      newest = { block, node, decimals }
    }
    return newest
  },
})
