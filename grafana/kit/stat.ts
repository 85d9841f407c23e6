import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { panel, type Panel, type PanelOptions } from './panel.ts'
import { withRefIds, type Query } from './query.ts'
import { missing } from './theme.ts'

/**
 * A number with its history as a line. The number is the last value of the line. Missing values are filled with NaN, which is
 * shown as `noValue`, so that a family that disappeared does not keep its last value. The expressions therefore return one
 * value without labels.
 */
export function stat({ queries, ...options }: PanelOptions & { readonly queries: readonly Query[] }): Panel {
  const several = queries.length > 1
  const builder = new PanelBuilder()
    .graphMode(BigValueGraphMode.Area)
    .colorMode(BigValueColorMode.Value)
    .justifyMode(BigValueJustifyMode.Auto)
    .textMode(several ? BigValueTextMode.ValueAndName : BigValueTextMode.Value)
    .orientation(several ? VizOrientation.Auto : VizOrientation.Horizontal)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['last']).values(false).fields(''))
  const filled = withRefIds(
    queries.map((query) => ({ ...query, expr: `(${query.expr}) or vector(NaN)` })),
    'range',
  )
  const mappings = [missing(options.noValue), ...(options.mappings ?? [])]
  const overrides = filled.flatMap(({ refId, unit, decimals, mappings: own }) => {
    const properties = [
      ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
      ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
      ...(own === undefined ? [] : [{ id: 'mappings', value: [missing(options.noValue), ...own] }]),
    ]
    return properties.length === 0 ? [] : [{ matcher: { id: 'byFrameRefID', options: refId }, properties }]
  })
  return panel(builder.build(), { ...options, mappings }, filled, overrides)
}

/** A fact that is in labels: the legend is what is shown. */
export function fact({ query, ...options }: PanelOptions & { readonly query: Query }): Panel {
  const builder = new PanelBuilder()
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.None)
    .textMode(BigValueTextMode.Name)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''))
  return panel(builder.build(), options, withRefIds([query], 'instant'))
}
