import {
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  TableCellHeight,
  TableSortByFieldStateBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import type { DynamicConfigValue, Threshold, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table'
import { panel, type Override, type Panel, type PanelOptions } from './panel.ts'
import { by } from './promql.ts'
import { withRefIds, type Empty, type Query } from './query.ts'
import { COLOUR, words } from './theme.ts'

/** A column for a label. The labels identify a row. */
export interface LabelColumn {
  readonly label: string
  readonly title: string
  readonly width?: number
  /** Link of the cell; `${__data.fields.Title:percentencode}` is the row's value of a column. */
  readonly url?: string
  readonly mappings?: readonly ValueMapping[]
  /** Colours the whole row where a mapping has a colour. */
  readonly marksRow?: boolean
}

/** A column made of the values of a query. */
export interface ValueColumn {
  readonly title: string
  readonly expr: string
  /** Labels of this query beyond or instead of the table's: one query may bring further label columns. */
  readonly labels?: string
  readonly unit: string
  readonly decimals?: number
  readonly mappings?: readonly ValueMapping[]
  readonly thresholds?: readonly Threshold[]
  readonly width?: number
  readonly calm?: Empty
  readonly needs?: Query['needs']
  /** The query is there for its labels: its value, 1, is not shown. */
  readonly hidden?: true
}

/** A table has no unit of its own: each column has one. */
export interface TableOptions extends Omit<PanelOptions, 'unit' | 'thresholds' | 'mappings'> {
  readonly keys: readonly LabelColumn[]
  readonly columns: readonly ValueColumn[]
  /** The column that is sorted by, and whether the greatest comes first. */
  readonly sort?: { readonly column: string; readonly descending: boolean }
}

/** The label `watched` of a neuron: it colours the rows of watched neurons. */
export const WATCHED: LabelColumn = {
  label: 'watched',
  title: 'Watched',
  width: 90,
  mappings: [words({ true: ['watched', COLOUR.plain], false: ['', 'transparent'] })],
  marksRow: true,
}

/**
 * The newest values as rows. The first query must carry every label of `keys`; the rows of the others join it where
 * all the labels they share are equal, so each column is reduced to labels of the table.
 */
export function table({ keys, columns, sort, ...options }: TableOptions): Panel {
  const labels = keys.map(({ label }) => label).join(', ')
  const queries = withRefIds(
    columns.map(({ expr, labels: own = labels, calm, needs }) => ({
      expr: by(own, expr),
      ...(calm === undefined ? {} : { calm }),
      ...(needs === undefined ? {} : { needs }),
    })),
    'table',
  )
  // Grafana calls the value of a lone query Value, and of one among several Value #A.
  const fields = columns.map((column, index) => ({
    ...column,
    field: columns.length === 1 ? 'Value' : `Value #${queries[index]?.refId ?? ''}`,
  }))
  const builder = new PanelBuilder().showHeader(true).cellHeight(TableCellHeight.Sm).filterable(true)
  if (sort !== undefined)
    builder.sortBy([new TableSortByFieldStateBuilder().displayName(sort.column).desc(sort.descending)])
  const hidden = fields.filter((column) => column.hidden === true)
  const shown = fields.filter((column) => column.hidden !== true)
  const names = [
    ...keys.map(({ label, title }) => [label, title] as const),
    ...shown.map(({ field, title }) => [field, title] as const),
  ]
  builder.withTransformation({ id: 'merge', options: {} }).withTransformation({
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries(
        ['Time', ...hidden.map(({ field }) => field)].map((name) => [name, true]),
      ),
      indexByName: Object.fromEntries(names.map(([name], index) => [name, index])),
      renameByName: Object.fromEntries(names),
    },
  })
  const overrides = [...keys.map(labelOverride), ...shown.map(valueOverride)]
  return panel(builder.build(), { ...options, unit: 'none' }, queries, overrides)
}

const byName = (title: string, properties: DynamicConfigValue[]): Override => ({
  matcher: { id: 'byName', options: title },
  properties,
})

function labelOverride({ title, width, url, mappings, marksRow }: LabelColumn): Override {
  const background = {
    type: TableCellDisplayMode.ColorBackground,
    mode: TableCellBackgroundDisplayMode.Basic,
    applyToRow: true,
  }
  return byName(title, [
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
    ...(mappings === undefined ? [] : [{ id: 'mappings', value: mappings }]),
    ...(marksRow === true ? [{ id: 'custom.cellOptions', value: background }] : []),
    ...(url === undefined
      ? []
      : [{ id: 'links', value: [{ title: `Open ${title} \${__value.text}`, url, targetBlank: false }] }]),
  ])
}

function valueOverride({ title, unit, decimals, width, mappings, thresholds }: ValueColumn): Override {
  const coloured = mappings !== undefined || thresholds !== undefined
  return byName(title, [
    { id: 'unit', value: unit },
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
    ...(mappings === undefined ? [] : [{ id: 'mappings', value: mappings }]),
    ...(thresholds === undefined
      ? []
      : [{ id: 'thresholds', value: { mode: 'absolute', steps: thresholds } }]),
    ...(coloured ? [{ id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } }] : []),
  ])
}
