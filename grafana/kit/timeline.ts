import {
  LegendDisplayMode,
  LegendPlacement,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import { PanelBuilder as HistogramBuilder } from '@grafana/grafana-foundation-sdk/histogram'
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline'
import { panel, type Panel, type PanelOptions } from './panel.ts'
import { lines, withRefIds, type Query } from './query.ts'

const noLegend = () =>
  new VizLegendOptionsBuilder()
    .showLegend(false)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)

const tooltip = () => new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi)

/** States through time, a bar for each series. Mappings give the words and the colours. */
export function timeline({
  queries,
  ...options
}: PanelOptions & { readonly queries: readonly Query[] }): Panel {
  const builder = new TimelineBuilder()
    .showValue(VisibilityMode.Auto)
    .mergeValues(true)
    .rowHeight(0.8)
    .legend(noLegend())
    .tooltip(tooltip())
  return panel(builder.build(), options, lines(queries))
}

/** How the newest values of one query are spread. */
export function distribution({ query, ...options }: PanelOptions & { readonly query: Query }): Panel {
  const builder = new HistogramBuilder()
    .combine(true)
    .bucketCount(30)
    .fillOpacity(60)
    .legend(noLegend())
    .tooltip(tooltip())
  return panel(builder.build(), options, withRefIds([query], 'instant'))
}
