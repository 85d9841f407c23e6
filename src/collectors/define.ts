import type { Scope } from '../scope/scope.ts'
import { ofEachNode, type Family, type SampleContext, type SampledFamily } from '../metrics/define.ts'
import { contentsOf, type Contents, type Exposition } from '../metrics/exposition.ts'
import type { TableBlock, TableColumn } from '../metrics/table/index.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import type { View } from '../storage/view.ts'

/** Logs what a collector finds; as much of pino's logger as collectors use. */
export interface CollectorLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** What a collector needs as long as it runs. */
export interface CollectorDependencies {
  readonly log: CollectorLog
  /** Encodes tables for the exposition that publishes them. */
  readonly table: Exposition['table']
}

/** What a collector needs for one reading, besides the source. */
export interface ReadContext {
  readonly scope: Scope
  /** Aborted at the end of the round. */
  readonly signal: AbortSignal
  /** Reports a problem that is not a failure. It is logged when it begins and when it ends. */
  readonly warn: (message: string) => void
}

/**
 * Which of several exporters that share the subnets run a collector: all of them, each with its own subnets (`by-subnet`), or
 * the first alone. See collectors/lib/selection for the subnets of a shard.
 */
export type ShardRule = 'by-subnet' | 'first'

/** The part of a collector that has state: one instance for each time it is enabled. */
export interface Reader<Source, Reading> {
  /** Rejects with UpstreamError, or RuntimeError, if it cannot be read; its previous samples stay then. */
  read(source: Source, context: ReadContext): Promise<Reading>
  /**
   * Called when a reading is published: later readings may build on it. A reading of a view that turned out to be wrong
   * is never published.
   */
  published?(reading: Reading): void
  /** Called when a view turned out to be wrong, for example decoded by another runtime: drops whatever was cached from it. */
  discard?(): void
  /** True if there was no time to read everything: it is read again although the block is the same. */
  isUnfinished?(reading: Reading): boolean
}

interface Declaration<Kind extends 'chain' | 'node'> {
  /** One sentence for CONFIG.md. */
  readonly description: string
  /** What it reads: the chain, once per poll, at the block of a view; or each node, as it is at the moment. */
  readonly scope: Kind
  readonly shard: ShardRule
}

interface Definition<Kind extends 'chain' | 'node', Source, Reading> extends Declaration<Kind> {
  /** The families it owns, in the order of /metrics. Those of a node collector get the label `node`. */
  readonly families: readonly (readonly SampledFamily<Reading>[])[]
  readonly create: (dependencies: CollectorDependencies) => Reader<Source, Reading>
}

/** A subject that is read and published together: its declaration, without state. */
export interface Collector<Kind extends 'chain' | 'node', Source, Reading> extends Declaration<Kind> {
  readonly name: string
  readonly families: readonly Family[]
  create(dependencies: CollectorDependencies): CollectorInstance<Kind, Source, Reading>
}

/** A collector that runs. Each instance has its own state. */
export interface CollectorInstance<Kind extends 'chain' | 'node', Source, Reading = unknown> extends Reader<
  Source,
  Reading
> {
  readonly name: string
  readonly scope: Kind
  readonly families: readonly Family[]
  /** Whether it may take much longer than all others: they are published without it then. */
  readonly isTable?: boolean
  /** The samples of a reading as rendered lines. */
  render(reading: Reading, context: SampleContext): Promise<Contents> | Contents
}

/** Any collector of chain state, whatever it reads. */
export type ChainCollector<Reading = unknown> = Collector<'chain', View, Reading>
export type NodeCollector<Reading = unknown> = Collector<'node', UpstreamClient, Reading>
export type ChainInstance = CollectorInstance<'chain', View>
export type NodeInstance = CollectorInstance<'node', UpstreamClient>

export function collector<Reading>(
  name: string,
  definition: Definition<'chain', View, Reading>,
): ChainCollector<Reading>
export function collector<Reading>(
  name: string,
  definition: Definition<'node', UpstreamClient, Reading>,
): NodeCollector<Reading>
export function collector<Kind extends 'chain' | 'node', Source, Reading>(
  name: string,
  { create, families: blocks, ...definition }: Definition<Kind, Source, Reading>,
): Collector<Kind, Source, Reading> {
  const own = blocks.flat()
  const families = definition.scope === 'node' ? ofEachNode(own) : own
  return {
    name,
    ...definition,
    families,
    create: (dependencies) => ({
      ...create(dependencies),
      name,
      scope: definition.scope,
      families,
      render: (reading, context) => contentsOf(families, reading, context),
    }),
  }
}

interface TableDefinition<Reading, Block> extends Declaration<'chain'> {
  readonly columns: readonly TableColumn<Block>[]
  readonly blocks: (reading: Reading) => readonly TableBlock<Block>[]
  readonly create: (dependencies: CollectorDependencies) => Reader<View, Reading>
}

/** A collector whose families are the columns of a table, for many series. */
export const tableCollector = <Reading, Block>(
  name: string,
  { create, columns, blocks, ...declaration }: TableDefinition<Reading, Block>,
): ChainCollector<Reading> => ({
  name,
  ...declaration,
  families: columns,
  create: (dependencies) => ({
    ...create(dependencies),
    name,
    scope: declaration.scope,
    families: columns,
    isTable: true,
    render: (reading, { decimals }) => dependencies.table.render(columns, blocks(reading), decimals),
  }),
})

/** Whether an exporter of several runs a collector. */
export const runsInShard = ({ shard }: { readonly shard: ShardRule }, of: Scope['shard']): boolean =>
  of === undefined || of.index === 0 || shard === 'by-subnet'
