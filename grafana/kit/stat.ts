import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common'
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { panel, type Panel, type PanelOptions } from './panel.ts'
import { withRefIds, type Query } from './query.ts'
import { oncePerSeries, whileFresh, type Freshness } from './promql.ts'
import { missing, OUTDATED } from './theme.ts'

export interface StatOptions extends PanelOptions {
  /** One value without labels each. */
  readonly queries: readonly Query[]
  /** When the values may be shown; `chain` by default. */
  readonly freshness?: Freshness
}

/**
 * The newest value of each query, asked at the end of the time range: a range query would end at its last whole step, which
 * is an hour ago on a week. Missing values show as `noValue`, old ones as "no fresh data", both in grey.
 */
export function stat({ queries, freshness = 'chain', ...options }: StatOptions): Panel {
  const several = queries.length > 1
  const builder = new PanelBuilder()
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .justifyMode(BigValueJustifyMode.Auto)
    .textMode(several ? BigValueTextMode.ValueAndName : BigValueTextMode.Value)
    .orientation(several ? VizOrientation.Auto : VizOrientation.Horizontal)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['last']).values(false).fields(''))
  const guarded = withRefIds(
    queries.map((query) => ({ ...query, expr: whileFresh(freshness, query.expr) })),
    'instant',
  )
  const mapped = (own: readonly ValueMapping[] = []) => [missing(options.noValue), OUTDATED, ...own]
  const overrides = guarded.flatMap(({ refId, unit, decimals, mappings: own }) => {
    const properties = [
      ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
      ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
      ...(own === undefined ? [] : [{ id: 'mappings', value: mapped(own) }]),
    ]
    return properties.length === 0 ? [] : [{ matcher: { id: 'byFrameRefID', options: refId }, properties }]
  })
  return panel(builder.build(), { ...options, mappings: mapped(options.mappings) }, guarded, overrides)
}

/** A fact that is in labels: the legend is what is shown. */
export function fact({ query, ...options }: PanelOptions & { readonly query: Query }): Panel {
  const builder = new PanelBuilder()
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.None)
    .textMode(BigValueTextMode.Name)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''))
  return panel(
    builder.build(),
    options,
    withRefIds([{ ...query, expr: oncePerSeries(query.expr) }], 'instant'),
  )
}
