import type {
  AnnotationQuery,
  Dashboard,
  DashboardLink,
  FieldConfig,
  FieldConfigSource,
  Panel,
  RowPanel,
  VariableModel,
} from '@grafana/schema'
import type {
  FieldConfig as HistogramFields,
  Options as HistogramOptions,
} from '@grafana/schema/dist/esm/raw/composable/histogram/panelcfg/x/HistogramPanelCfg_types.gen.d.ts'
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen.d.ts'
import type {
  FieldConfig as TimelineFields,
  Options as TimelineOptions,
} from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen.d.ts'
import type {
  FieldConfig as TableFields,
  Options as TableOptions,
} from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen.d.ts'
import type {
  FieldConfig as SeriesFields,
  Options as SeriesOptions,
} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen.d.ts'
// Later releases of the schema leave out the queries of Prometheus.
import type { PrometheusDataQuery } from 'grafana-schema-oldest/dist/esm/raw/composable/prometheus/dataquery/x/PrometheusDataQuery_types.gen.d.ts'

/** A type as JSON has it: the values of a string enum are strings. */
type Json<T> = T extends string
  ? `${T}`
  : T extends number | boolean | null | undefined
    ? T
    : unknown extends T
      ? T
      : T extends readonly (infer Item)[]
        ? Json<Item>[]
        : { [K in keyof T]: Json<T[K]> }

/** Values by name as overrides of a field: `{ id: name, value }`. */
type Properties<T, Prefix extends string = ''> = {
  [K in keyof T & string]-?: { id: `${Prefix}${K}`; value: Json<Exclude<T[K], undefined>> }
}[keyof T & string]

interface DataLink {
  title: string
  url: string
  targetBlank?: boolean
}

type OwnFields = Omit<FieldConfig, 'custom' | 'links'> & { links?: DataLink[] }

interface Override<Custom> {
  matcher: { id: 'byName' | 'byRegexp' | 'byFrameRefID'; options: string }
  properties: (Properties<OwnFields> | Properties<Custom, 'custom.'>)[]
}

type Transformation =
  | { id: 'merge'; options: Record<string, never> }
  | {
      id: 'organize'
      options: {
        excludeByName: Record<string, boolean>
        indexByName: Record<string, number>
        renameByName: Record<string, string>
      }
    }

/** Grafana adds default values to the options of a panel. */
type PanelOf<Type extends string, Options, Custom> = Json<
  Omit<Panel, 'type' | 'options' | 'targets' | 'fieldConfig' | 'transformations' | 'links'>
> & {
  type: Type
  options: Json<Partial<Options>>
  targets: Json<PrometheusDataQuery>[]
  links: Json<DashboardLink>[]
  transformations?: Transformation[]
  fieldConfig: Omit<Json<FieldConfigSource>, 'defaults' | 'overrides'> & {
    defaults: Json<OwnFields> & { custom?: Json<Partial<Custom>> }
    overrides: Override<Custom>[]
  }
}

type OwnPanel =
  | PanelOf<'stat', StatOptions, object>
  | PanelOf<'table', TableOptions, TableFields>
  | PanelOf<'timeseries', SeriesOptions, SeriesFields>
  | PanelOf<'state-timeline', TimelineOptions, TimelineFields>
  | PanelOf<'histogram', HistogramOptions, HistogramFields>

/** What Grafana's editor shows as the query of a variable (`QueryVariableModel` of `@grafana/data`). */
interface QueryVariable {
  definition?: string
}

/** What the Prometheus plugin reads of an annotation. */
interface PrometheusAnnotation {
  titleFormat: string
  textFormat: string
}

/**
 * A built dashboard as a type made from Grafana's: what the schema leaves open (options, custom fields, overrides, queries,
 * transformations) has the types of the plugins.
 */
export type BuiltDashboard = Json<Omit<Dashboard, 'panels' | 'templating' | 'annotations'>> & {
  panels: (OwnPanel | (Json<Omit<RowPanel, 'panels'>> & { panels: OwnPanel[] }))[]
  templating: { list: (Json<VariableModel> & QueryVariable)[] }
  annotations: { list: (Json<AnnotationQuery<PrometheusDataQuery>> & PrometheusAnnotation)[] }
}
