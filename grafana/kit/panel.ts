import {
  defaultDashboardLink,
  FieldColorModeId,
  ThresholdsMode,
  type DashboardLink,
  type DynamicConfigValue,
  type Panel as Model,
  type Threshold,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { boardUrl, BOARDS, runbookUrl, type Board } from './links.ts'
import { DATASOURCE, MIN_INTERVAL, target, type PanelQuery } from './query.ts'
import { PLAIN } from './theme.ts'
import { without } from './without.ts'

/** Properties of every panel. */
export interface PanelOptions {
  readonly title: string
  /** The displayed quantity, and how to interpret it. */
  readonly description: string
  /** A unit of `UNIT`. */
  readonly unit: string
  readonly decimals?: number
  /** Shown instead of missing data. */
  readonly noValue: string
  /** Width in the 24 columns of a dashboard. */
  readonly w: number
  /** Height in rows of 38 pixels. */
  readonly h: number
  readonly thresholds?: readonly Threshold[]
  readonly mappings?: readonly ValueMapping[]
  readonly min?: number
  readonly max?: number
  /** The dashboard with more details. */
  readonly more?: Board
  /** The alert whose runbook describes what to do. */
  readonly runbook?: string
}

/** Properties that differ for some fields of a panel. */
export interface Override {
  readonly matcher: { readonly id: string; readonly options: string }
  readonly properties: DynamicConfigValue[]
}

/** A panel that has no place yet: Grafana's model of it, and its queries. */
export interface Panel {
  readonly w: number
  readonly h: number
  readonly model: Model
  readonly queries: readonly PanelQuery[]
}

/** Puts what all kinds of panels have in common onto the model that the SDK's builder of one kind has made. */
export function panel(
  model: Model,
  options: PanelOptions,
  queries: readonly PanelQuery[],
  overrides: readonly Override[] = [],
): Panel {
  const { title, description, unit, decimals, noValue, w, h, mappings, min, max } = options
  const defaults = {
    color: { mode: FieldColorModeId.Thresholds },
    ...model.fieldConfig?.defaults,
    unit,
    ...(decimals === undefined ? {} : { decimals }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    noValue,
    mappings: [...(mappings ?? [])],
    thresholds: { mode: ThresholdsMode.Absolute, steps: [...(options.thresholds ?? PLAIN)] },
  }
  const common = {
    title,
    description,
    datasource: DATASOURCE,
    interval: MIN_INTERVAL,
    targets: queries.map((query) => target(query).build()),
    links: links(options),
    fieldConfig: { defaults, overrides: overrides.map((override) => ({ ...override })) },
  }
  return {
    w,
    h,
    queries,
    model: { ...model, ...common, options: without((model.options ?? {}) as object, NOT_EVERYWHERE) },
  }
}

/** Options that the SDK sets to their default values, and that only some of the supported releases of Grafana know. */
const NOT_EVERYWHERE = ['footer', 'percentChangeColorMode', 'perPage']

function links({ more, runbook }: PanelOptions): DashboardLink[] {
  const { placement: _menu, ...link } = defaultDashboardLink()
  return [
    ...(more === undefined ? [] : [{ ...link, title: BOARDS[more], url: boardUrl(more) }]),
    ...(runbook === undefined
      ? []
      : [{ ...link, title: `Runbook: ${runbook}`, url: runbookUrl(runbook), targetBlank: true }]),
  ]
}
