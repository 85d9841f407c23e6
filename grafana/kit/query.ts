import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat, type Dataquery } from '@grafana/grafana-foundation-sdk/prometheus'

import { oncePerSeries } from './promql.ts'

/** The data source that the viewer has chosen. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const

/** No step finer than this: the exporter is scraped every 15 s. */
export const MIN_INTERVAL = '15s'

/** The reason why a query may return no data in normal operation. */
export interface Empty {
  readonly empty: string
}

/** One PromQL query of a panel. */
export interface Query {
  readonly expr: string
  /** Grafana's legend format; the whole label set without one. */
  readonly legend?: string
  /** The one colour of its series; by name of the series without one. */
  readonly color?: string
  /** Dashed lines for references: medians, limits. */
  readonly dashed?: boolean
  /** When they are others than the panel's. */
  readonly unit?: string
  readonly decimals?: number
  readonly mappings?: readonly ValueMapping[]
  /** The reason why it may be empty in normal operation. */
  readonly calm?: Empty
  /** Said when it has data only with `subnets: all`, or with the subnet listed. */
  readonly needs?: 'whole subnet'
}

/** How a panel asks: for the newest values, for values through time, or for the newest values as rows of a table. */
export type Mode = 'instant' | 'range' | 'table'

/** A query with what the panel gives it. */
export interface PanelQuery extends Query {
  readonly refId: string
  readonly mode: Mode
}

/** A, B, C … in the order of the panel. */
export const withRefIds = (queries: readonly Query[], mode: Mode): readonly PanelQuery[] =>
  queries.map((query, index) => ({ ...query, mode, refId: String.fromCharCode(65 + index) }))

/** Lines through time: one for both exporters of an HA pair, unless the legend tells them apart. */
export const lines = (queries: readonly Query[]): readonly PanelQuery[] =>
  withRefIds(
    queries.map((query) =>
      query.legend?.includes('{{instance}}') === true ? query : { ...query, expr: oncePerSeries(query.expr) },
    ),
    'range',
  )

/** The query as Grafana keeps it. */
export function target({ expr, legend, refId, mode }: PanelQuery): { build: () => Dataquery } {
  const builder = new DataqueryBuilder().refId(refId).datasource(DATASOURCE).expr(expr)
  if (legend !== undefined) builder.legendFormat(legend)
  if (mode === 'range') builder.range()
  else builder.instant()
  if (mode === 'table') builder.format(PromQueryFormat.Table)
  return builder
}
