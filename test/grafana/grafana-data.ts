import { createRequire } from 'node:module'
import type * as Grafana from '@grafana/data'
import type { DataFrame, Field, FieldType, FieldConfigPropertyItem, FieldConfigSource } from '@grafana/data'
import type { Answer } from '../support/prometheus.ts'

type Library = typeof Grafana

/**
 * Runs a task with the globals of a browser that Grafana's library reads, and removes them again: other test files share this
 * process.
 */
function inBrowser<T>(task: () => T): T {
  const globals = globalThis as { window?: unknown; navigator?: unknown }
  const hadNavigator = 'navigator' in globalThis
  globals.window = { addEventListener: () => undefined }
  if (!hadNavigator) globals.navigator = { language: 'en-US', languages: ['en-US'] }
  try {
    return task()
  } finally {
    delete globals.window
    if (!hadNavigator) delete globals.navigator
  }
}

/** Loads Grafana's own data library. What looks for a complete browser is loaded before, without one. */
function load(): Library {
  const require = createRequire(import.meta.url)
  createRequire(require.resolve('@grafana/data'))('react-use')
  return inBrowser(() => {
    const library = require('@grafana/data') as Library
    library.getValueFormat('none')
    return library
  })
}

const grafana = load()
const { mergeTransformer, organizeFieldsTransformer } = grafana.standardTransformers
grafana.standardTransformersRegistry.setInit(() =>
  [mergeTransformer, organizeFieldsTransformer].map((transformation) => ({
    id: transformation.id,
    name: transformation.name,
    transformation,
    editor: () => null,
    imageDark: '',
    imageLight: '',
  })),
)
const theme = grafana.createTheme()

const PROPERTIES = ['unit', 'decimals', 'noValue', 'mappings', 'thresholds', 'color', 'min', 'max', 'links']
const CUSTOM = ['width', 'minWidth', 'cellOptions']

/** The properties that a field may have: values are taken as they are. */
const registry = new grafana.FieldConfigOptionsRegistry(() =>
  [
    ...PROPERTIES.map((path) => [path, path] as const),
    ...CUSTOM.map((path) => [`custom.${path}`, path] as const),
  ].map(([id, path]): FieldConfigPropertyItem => ({
    id,
    path,
    name: path,
    isCustom: id !== path,
    editor: () => null,
    override: () => null,
    process: (value: unknown) => value,
    shouldApply: () => true,
    settings: {},
  })),
)

/** What is read of the model of a panel. */
export interface PanelModel {
  readonly title?: string
  readonly type: string
  readonly fieldConfig?: unknown
  readonly transformations?: readonly { readonly id: string; readonly options: unknown }[]
}

/** The answers of one panel by refId. */
export type Answers = ReadonlyMap<string, Answer>

/** The frame of one query as the data source makes it, for `format: table`. */
function tableFrame(refId: string, { data }: Answer, isLone: boolean): DataFrame {
  const result = data?.result ?? []
  const labels = [...new Set(result.flatMap(({ metric }) => Object.keys(metric)))].toSorted()
  const field = (name: string, type: FieldType, values: unknown[]): Field => ({
    name,
    type,
    config: {},
    values,
  })
  const fields = [
    field(
      'Time',
      grafana.FieldType.time,
      result.map(({ value: [time] }) => time * 1000),
    ),
    ...labels.map((label) =>
      field(
        label,
        grafana.FieldType.string,
        result.map(({ metric }) => metric[label] ?? ''),
      ),
    ),
    field(
      isLone ? 'Value' : `Value #${refId}`,
      grafana.FieldType.number,
      result.map(({ value: [, text] }) => numberOf(text)),
    ),
  ]
  return { refId, fields: isLone && result.length === 0 ? [] : fields, length: result.length }
}

const numberOf = (text: string): number => Number(text.replace('Inf', 'Infinity'))

function displayed(frames: DataFrame[], { fieldConfig }: PanelModel): DataFrame[] {
  return inBrowser(() =>
    grafana.applyFieldOverrides({
      data: frames,
      fieldConfig: fieldConfig as FieldConfigSource,
      fieldConfigRegistry: registry,
      replaceVariables: (text) => text,
      theme,
    }),
  )
}

/** A cell, or the value of a stat, as a person sees it. */
export interface Cell {
  readonly text: string
  readonly color?: string
}

const cellOf = (field: Field, value: unknown): Cell => {
  const shown = field.display!(value)
  const text = grafana.formattedValueToString(shown)
  return shown.color === undefined ? { text } : { text, color: shown.color }
}

/** The rows of a table panel, by the titles of its columns. */
export function rows(panel: PanelModel, answers: Answers): readonly Readonly<Record<string, Cell>>[] {
  let frames: DataFrame[] = []
  const asked = [...answers].map(([refId, answer]) => tableFrame(refId, answer, answers.size === 1))
  // Both transformations emit before `subscribe` returns.
  inBrowser(() =>
    grafana
      .transformDataFrame([...(panel.transformations ?? [])], asked)
      .subscribe((result) => (frames = result)),
  )
  const [frame] = displayed(frames, panel)
  if (frame === undefined) return []
  return Array.from({ length: frame.length }, (_, index) =>
    Object.fromEntries(
      frame.fields.map((field) => [
        grafana.getFieldDisplayName(field, frame),
        cellOf(field, field.values[index]),
      ]),
    ),
  )
}

/** The values of a stat panel, by refId. */
export function values(panel: PanelModel, answers: Answers): Readonly<Record<string, Cell>> {
  const frames = [...answers].map(([refId, answer]) => tableFrame(refId, answer, true))
  return Object.fromEntries(
    displayed(frames, panel).map((frame) => {
      const field = frame.fields.at(-1)
      return [frame.refId ?? '', field === undefined ? { text: '' } : cellOf(field, field.values.at(-1))]
    }),
  )
}
