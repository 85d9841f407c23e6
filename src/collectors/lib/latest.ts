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

/**
 * For each collector the reading whose samples are on /metrics. It is set and removed together with them, so that the page and
 * the API show nothing stale.
 */
export class Latest {
  /** By collector, then by node; '' for chain state. */
  readonly #readings = new Map<string, Map<string, Reading<unknown>>>()

  /** @param node is the name of the node that was read, or undefined for chain state. */
  set(collector: string, node: string | undefined, reading: Reading<unknown>): void {
    const readings = this.#readings.get(collector) ?? new Map<string, Reading<unknown>>()
    this.#readings.set(collector, readings.set(node ?? '', reading))
  }

  delete(collector: string, node: string | undefined): void {
    this.#readings.get(collector)?.delete(node ?? '')
  }

  /** The published reading of a collector; undefined if there is none. */
  of<Data>(
    collector: Pick<Collector<'chain' | 'node', never, Data>, 'name' | 'create'>,
    node?: string,
  ): Reading<Data> | undefined {
    // The reading under the name of a collector is of its type.
    return this.#readings.get(collector.name)?.get(node ?? '') as Reading<Data> | undefined
  }

  /** The origin of the newest chain state; undefined if there is none. */
  newest(): (Origin & { readonly block: Block }) | undefined {
    let newest: (Origin & { readonly block: Block }) | undefined
    for (const readings of this.#readings.values()) {
      const { block, node, decimals } = readings.get('') ?? {}
      if (block === undefined || node === undefined || block.height <= (newest?.block.height ?? -1)) continue
      newest = { block, node, decimals }
    }
    return newest
  }
}
