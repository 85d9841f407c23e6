import {
  DashboardCursorSync,
  defaultDashboard,
  RowBuilder,
  TimePickerBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import type { Annotation } from './annotations.ts'
import { BOARDS, topLinks, uidOf, type Board } from './links.ts'
import type { Panel } from './panel.ts'
import type { PanelQuery } from './query.ts'
import { VARIABLES, type Variable, type VariableName } from './variables.ts'

/** Panels that belong together, under a title when the dashboard has several such groups. */
export interface Section {
  readonly title?: string
  /** Only with a title. The queries of a collapsed section run when somebody expands it. */
  readonly collapsed?: true
  readonly panels: readonly Panel[]
}

/** What makes a dashboard. */
export interface DashboardOptions {
  readonly board: Board
  readonly description: string
  /** Beyond `datasource` and `job`. */
  readonly variables: readonly VariableName[]
  readonly annotations: readonly Annotation[]
  readonly sections: readonly Section[]
}

/**
 * Grafana's classic model of a dashboard, which every release reads from a file. The SDK would rather have the v2
 * model, which releases before 13 do not: hence its builder is not used, only its model.
 */
export type Model = ReturnType<typeof defaultDashboard>

/** A dashboard: its JSON model, and its queries. */
export interface Dashboard {
  readonly board: Board
  readonly uid: string
  readonly title: string
  readonly model: Model
  readonly panels: readonly { readonly title: string; readonly queries: readonly PanelQuery[] }[]
  readonly variables: readonly Variable[]
  readonly annotations: readonly Annotation[]
}

const COLUMNS = 24

/**
 * Puts a dashboard together: its panels from left to right, in lines as high as their highest panel.
 *
 * Anybody can import it, by hand, through the API or as a provisioned file. The data source is a variable, which begins with the
 * default Prometheus. An entry in `__inputs` would be filled in only when a file is imported by hand. There is no `id`, which
 * belongs to one Grafana, and a fixed `uid`, which an import keeps: links between the dashboards use it.
 */
export function dashboard({
  board,
  description,
  sections,
  annotations,
  ...options
}: DashboardOptions): Dashboard {
  const variables = (['datasource', 'job', ...options.variables] as const).map((name) => VARIABLES[name])
  const title = `Bittensor / ${BOARDS[board]}`
  const model: Model = {
    ...defaultDashboard(),
    uid: uidOf(board),
    title,
    description,
    tags: ['bittensor'],
    // Grafana migrates older models and does not read newer ones. Oldest supported release: 10.4 (test/grafana/schema.ts).
    schemaVersion: 39,
    // A change in Grafana would be lost with the next release: "Save as copy" keeps it.
    editable: false,
    graphTooltip: DashboardCursorSync.Crosshair,
    time: { from: 'now-24h', to: 'now' },
    timepicker: new TimePickerBuilder().refreshIntervals(['15s', '30s', '1m', '5m', '15m']).build(),
    refresh: '30s',
    links: topLinks(board),
    templating: { list: variables.map((variable) => variable.model) },
    annotations: { list: annotations.map((annotation) => annotation.model) },
    panels: placed(sections),
  }
  const panels = sections.flatMap((section) =>
    section.panels.map(({ model: { title = '' }, queries }) => ({ title, queries })),
  )
  return { board, uid: uidOf(board), title, model, panels, variables, annotations }
}

type Placed = NonNullable<Model['panels']>

function placed(sections: readonly Section[]): Placed {
  const all: Placed = []
  let y = 0
  let id = 0
  const line = (panels: readonly Panel[]): Panel['model'][] => {
    let x = 0
    let lineHeight = 0
    const boxes = panels.map(({ model, w, h }) => {
      if (x + w > COLUMNS) {
        x = 0
        y += lineHeight
        lineHeight = 0
      }
      id += 1
      const box = { ...model, id, gridPos: { x, y, w, h } }
      x += w
      lineHeight = Math.max(lineHeight, h)
      return box
    })
    y += lineHeight
    return boxes
  }
  for (const { title, collapsed, panels } of sections) {
    if (title === undefined) {
      all.push(...line(panels))
      continue
    }
    id += 1
    const row = new RowBuilder(title).id(id).gridPos({ x: 0, y, w: COLUMNS, h: 1 }).build()
    y += 1
    if (collapsed === true) {
      const next = y
      all.push({ ...row, collapsed: true, panels: line(panels) })
      y = next
    } else all.push(row, ...line(panels))
  }
  return all
}
