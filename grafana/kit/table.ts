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
import { UNIT } from './units.ts'
import { missing, ROW_MARK, words } from './theme.ts'

/** A column for a label. The labels identify a row. */
export interface LabelColumn {
  readonly label: string
  readonly title: string
  /** In pixels; the default follows from the label. */
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
  /** In pixels; the default follows from the unit. */
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
  width: 75,
  mappings: [words({ true: ['watched', ROW_MARK], false: ['', 'transparent'] })],
  marksRow: true,
}

/** Labels whose values are addresses of 48 characters. They come last and share the width that is left. */
const ADDRESSES: readonly string[] = [
  ...['hotkey', 'coldkey', 'address', 'new_coldkey', 'owner_hotkey', 'owner_coldkey'],
  // A text of many labels.
  'about',
]
/** Grafana gives a column without a width at least this. */
const MIN_WIDTH = 110
const LABEL_WIDTH = 120
const WIDTH_BY_UNIT: Readonly<Record<string, number>> = {
  [UNIT.tao]: 120,
  [UNIT.alpha]: 120,
  [UNIT.taoOrAlpha]: 120,
  [UNIT.blocks]: 105,
  [UNIT.count]: 95,
  [UNIT.number]: 80,
  [UNIT.seconds]: 90,
  [UNIT.ratio]: 90,
}

/**
 * The newest values as rows. The first query must have a row for each row of the table, with every label of `keys`; the rows
 * of the others join it where all the labels they share are equal, so each column is reduced to labels of the table. Addresses
 * come after the values: where a screen is narrow, they are what is cut off.
 */
export function table({ keys: unordered, columns, sort, ...options }: TableOptions): Panel {
  const addresses = unordered.filter(({ label }) => ADDRESSES.includes(label))
  const others = unordered.filter(({ label }) => !ADDRESSES.includes(label))
  const keys = [...others, ...addresses]
  /** The columns that share the width that is left. */
  const flexible = addresses.length > 0 ? addresses : keys.slice(-1)
  const labels = keys.map(({ label }) => label).join(', ')
  const queries = withRefIds(
    columns.map(({ expr, labels: own = labels, calm, needs }, index) => ({
      expr:
        index === 0 && columns.length > 1
          ? orText(by(own, expr), flexible[0], options.noValue)
          : by(own, expr),
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
    ...others.map(({ label, title }) => [label, title] as const),
    ...shown.map(({ field, title }) => [field, title] as const),
    ...addresses.map(({ label, title }) => [label, title] as const),
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
  const overrides = [
    EMPTY_CELLS,
    ...keys.map((key) => labelOverride(key, flexible.includes(key))),
    ...shown.map(valueOverride),
  ]
  return panel(builder.build(), { ...options, unit: UNIT.text }, queries, overrides)
}

/** `noValue` is the text of an empty table. Without this, Grafana shows it in every empty cell. */
const EMPTY_CELLS: Override = {
  matcher: { id: 'byRegexp', options: '/.*/' },
  properties: [{ id: 'noValue', value: '' }],
}

/**
 * The expression, or one row with a text in place of a label. Grafana 12.3 shows a table of several queries without rows as an
 * empty grid, and `noValue` only for a table of one query.
 */
const orText = (expr: string, key: LabelColumn | undefined, text: string): string =>
  key === undefined ? expr : `${expr} or on () label_replace(vector(NaN), "${key.label}", "${text}", "", "")`

const byName = (title: string, properties: DynamicConfigValue[]): Override => ({
  matcher: { id: 'byName', options: title },
  properties,
})

function labelOverride(
  { title, width = LABEL_WIDTH, url, mappings, marksRow }: LabelColumn,
  isFlexible: boolean,
): Override {
  const background = {
    type: TableCellDisplayMode.ColorBackground,
    mode: TableCellBackgroundDisplayMode.Basic,
    applyToRow: true,
  }
  return byName(title, [
    isFlexible ? { id: 'custom.minWidth', value: MIN_WIDTH } : { id: 'custom.width', value: width },
    ...(mappings === undefined
      ? []
      : [
          { id: 'mappings', value: mappings },
          { id: 'custom.cellOptions', value: marksRow === true ? background : COLOURED_TEXT },
        ]),
    ...(url === undefined
      ? []
      : [{ id: 'links', value: [{ title: `Open ${title} \${__value.text}`, url, targetBlank: false }] }]),
  ])
}

const COLOURED_TEXT = { type: TableCellDisplayMode.ColorText }

function valueOverride({
  title,
  unit,
  decimals,
  width = WIDTH_BY_UNIT[unit] ?? LABEL_WIDTH,
  mappings = [],
  thresholds,
}: ValueColumn): Override {
  const coloured = mappings.length > 0 || thresholds !== undefined
  return byName(title, [
    { id: 'unit', value: unit },
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    { id: 'custom.width', value: width },
    { id: 'mappings', value: [missing(''), ...mappings] },
    ...(thresholds === undefined
      ? []
      : [{ id: 'thresholds', value: { mode: 'absolute', steps: thresholds } }]),
    ...(coloured ? [{ id: 'custom.cellOptions', value: COLOURED_TEXT }] : []),
  ])
}
