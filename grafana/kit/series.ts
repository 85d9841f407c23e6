import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import { FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { panel, type Override, type Panel, type PanelOptions } from './panel.ts'
import { lines, type PanelQuery, type Query } from './query.ts'

/** Additional properties of a time series panel. */
export interface SeriesOptions extends PanelOptions {
  readonly queries: readonly Query[]
  /** Areas upon each other, for parts of a whole. */
  readonly stacked?: boolean
  /** Shows the steps of a value that does not move between two of them. */
  readonly stepped?: boolean
  /** Draws the thresholds as dashed lines. */
  readonly limits?: boolean
  /** A legend of names alone, where a panel is small. */
  readonly small?: boolean
}

/** A time series panel whose legend shows the last, minimum and maximum value. */
export function series({ queries, stacked, stepped, limits, small, ...options }: SeriesOptions): Panel {
  const builder = new PanelBuilder()
    .drawStyle(GraphDrawStyle.Line)
    .lineInterpolation(stepped === true ? LineInterpolation.StepAfter : LineInterpolation.Linear)
    .lineWidth(1)
    .fillOpacity(stacked === true ? 25 : 0)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false)
    .legend(legend(small === true))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
  if (stacked === true) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
  if (limits === true)
    builder.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
  const model = builder.build()
  // A series keeps its colour when others come and go: it hangs on its name.
  const colour = { color: { mode: FieldColorModeId.PaletteClassicByName } }
  const defaults = { ...model.fieldConfig?.defaults, ...colour }
  const ranged = lines(queries)
  return panel(
    { ...model, fieldConfig: { defaults, overrides: [] } },
    options,
    ranged,
    ranged.flatMap(appearance),
  )
}

function legend(small: boolean): VizLegendOptionsBuilder {
  const builder = new VizLegendOptionsBuilder().showLegend(true).placement(LegendPlacement.Bottom)
  if (small) return builder.displayMode(LegendDisplayMode.List)
  return builder.displayMode(LegendDisplayMode.Table).calcs(['lastNotNull', 'min', 'max'])
}

/** The style of the series of one query, if it has one. */
function appearance({ refId, color, dashed, unit }: PanelQuery): readonly Override[] {
  const properties = [
    ...(color === undefined
      ? []
      : [{ id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: color } }]),
    ...(dashed === true ? [{ id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } }] : []),
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
  ]
  return properties.length === 0 ? [] : [{ matcher: { id: 'byFrameRefID', options: refId }, properties }]
}
