import { pino } from 'pino'
import type { Collector, CollectorDependencies, CollectorInstance } from '../../src/collectors/define.ts'
import { TableEncoder } from '../../src/metrics/table/index.ts'

/** A new instance of a collector, for a test. */
export const started = <Kind extends 'chain' | 'node', Source, Reading>(
  collector: Collector<Kind, Source, Reading>,
  dependencies: Partial<CollectorDependencies> = {},
): CollectorInstance<Kind, Source, Reading> =>
  collector.create({ log: pino({ level: 'silent' }), table: new TableEncoder(), ...dependencies })
