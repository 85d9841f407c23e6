import type { Decimals } from '../chain/money.ts'
import type { Scope } from '../scope/scope.ts'
import { samplesOf, type Families, type Say } from '../metrics/define.ts'
import { contentsOf, type Contents } from '../metrics/exposition.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import type { View } from '../storage/view.ts'

/** What a collector is told besides where to read. */
export interface ReadContext<Data = unknown> {
  readonly scope: Scope
  /** What this collector read last, at another block of the same chain; undefined the first time. */
  readonly previous: Data | undefined
  /** Aborted when the round is over, whatever the reason. */
  readonly signal: AbortSignal
  /** Something the operator should know that is no failure. Logged when first said, and when no longer said. */
  readonly warn: (message: string) => void
}

/** One subject: the metric families it owns, how it reads them, how it says them. */
interface Definition<Scope, Source, F extends Families, Data> {
  readonly name: string
  /** What it reads: the chain, once per poll, at the view's block; or each node, as it is now. */
  readonly scope: Scope
  readonly families: F
  /** Rejects with UpstreamError when it could not be read: then nothing is said. */
  read(source: Source, context: ReadContext): Promise<Data>
  /** True when there was not the time to read everything: then it is read again though the block is the same. */
  unfinished?(data: Data): boolean
  /** Pure: says what was read. */
  readonly emit: (data: Data, say: Say<F>, node: string) => void
}

/** A collector as the poll sees it: what it reads is its own affair. */
export interface Collector<Scope, Source, Data = unknown> {
  readonly name: string
  readonly scope: Scope
  readonly families: Families
  read(source: Source, context: ReadContext<Data>): Promise<Data>
  /** True when it is to be read again though the block is the same. */
  unfinished?(data: Data): boolean
  /** What is said of data that was read through a node, as rendered lines; amounts are left out while the decimals are not known. */
  contents(data: Data, node: string, decimals: Decimals | undefined): Promise<Contents> | Contents
}

export type ChainCollector = Collector<'chain', View>
export type NodeCollector = Collector<'node', UpstreamClient>

export function defineCollector<F extends Families, Data>(
  definition: Definition<'chain', View, F, Data>,
): Collector<'chain', View, Data>
export function defineCollector<F extends Families, Data>(
  definition: Definition<'node', UpstreamClient, F, Data>,
): Collector<'node', UpstreamClient, Data>
export function defineCollector<Scope, Source, F extends Families, Data>(
  definition: Definition<Scope, Source, F, Data>,
): Collector<Scope, Source, Data> {
  const { families, emit } = definition
  return {
    ...definition,
    contents: (data, node, decimals) =>
      contentsOf(
        families,
        samplesOf(families, decimals, (say) => {
          emit(data, say, node)
        }),
      ),
  }
}
