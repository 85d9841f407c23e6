import type { Block } from '../../chain/block.ts'
import type { Decimals } from '../../chain/money.ts'
import type { Collector } from '../define.ts'

/** Where something was read. */
export interface Origin {
  readonly node: string
  /** Undefined for what is read of a node as it is now. */
  readonly block: Block | undefined
  /** Undefined where the chain does not tell them, and for what is read of a node: then amounts cannot be shown. */
  readonly decimals: Decimals | undefined
}

/** What a collector read last, as domain values. */
export interface Reading<Data> extends Origin {
  readonly data: Data
}

/**
 * What is known now: for each collector the data whose samples are on /metrics. It comes and goes with them, so that
 * whoever shows it shows nothing that is stale.
 */
export class Latest {
  /** By collector, then by node; '' for chain state. */
  readonly #readings = new Map<string, Map<string, Reading<unknown>>>()

  /** @param node that was asked about itself, or undefined for chain state. */
  set(collector: string, node: string | undefined, reading: Reading<unknown>): void {
    const readings = this.#readings.get(collector) ?? new Map<string, Reading<unknown>>()
    this.#readings.set(collector, readings.set(node ?? '', reading))
  }

  delete(collector: string, node: string | undefined): void {
    this.#readings.get(collector)?.delete(node ?? '')
  }

  /** What this collector read; undefined when nothing of it is published. */
  of<Data>(
    collector: Pick<Collector<'chain' | 'node', never, Data>, 'name' | 'create'>,
    node?: string,
  ): Reading<Data> | undefined {
    // What is kept under the name of a collector is what that collector read.
    return this.#readings.get(collector.name)?.get(node ?? '') as Reading<Data> | undefined
  }

  /** Where the newest chain state was read; undefined when there is none. */
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
