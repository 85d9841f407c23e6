import { DASHBOARDS } from '../../grafana/dashboards.ts'
import type { Dashboard } from '../../grafana/kit/dashboard.ts'
import { filled } from '../../grafana/queries.ts'
import type { Answer, Prometheus } from '../support/prometheus.ts'
import { rows, values, type Cell, type PanelModel } from './grafana-data.ts'

/** A panel with the answers of Prometheus to its queries, by refId. */
export interface Evaluated {
  /** `board: Title`. */
  readonly where: string
  readonly model: PanelModel
  readonly answers: ReadonlyMap<string, Answer>
}

const modelOf = ({ model }: Dashboard, title: string): PanelModel => {
  const panels = (model.panels ?? []) as readonly (PanelModel & { readonly panels?: readonly PanelModel[] })[]
  return panels
    .flatMap((panel) => [panel, ...(panel.panels ?? [])])
    .find((panel) => panel.title === title && panel.type !== 'row')!
}

/** Every panel of every dashboard, evaluated at one time with these values of its variables. */
export async function evaluate(
  prometheus: Prometheus,
  variables: Readonly<Record<string, string>>,
  time: number,
): Promise<readonly Evaluated[]> {
  const evaluated: Evaluated[] = []
  for (const dashboard of DASHBOARDS)
    for (const { title, queries } of dashboard.panels) {
      const answers = await Promise.all(
        queries.map(async ({ refId, expr }): Promise<[string, Answer]> => [
          refId,
          await prometheus.query(filled(expr, variables), time),
        ]),
      )
      const where = `${dashboard.board}: ${title}`
      evaluated.push({ where, model: modelOf(dashboard, title), answers: new Map(answers) })
    }
  return evaluated
}

/** The rows of a table, and its text when it has none. */
export interface TableCells {
  readonly rows: readonly Readonly<Record<string, Cell>>[]
  readonly empty: string
}

/** The tables, by `board: Title`. */
export const tablesOf = (evaluated: readonly Evaluated[]): ReadonlyMap<string, TableCells> =>
  new Map(
    evaluated
      .filter(({ model }) => model.type === 'table')
      .map(({ where, model, answers }) => [
        where,
        {
          rows: rows(model, answers),
          empty: (model.fieldConfig as { defaults: { noValue: string } }).defaults.noValue,
        },
      ]),
  )

/** The values of the stats, by `board: Title refId`. */
export const statsOf = (evaluated: readonly Evaluated[]): ReadonlyMap<string, Cell> =>
  new Map(
    evaluated
      .filter(({ model }) => model.type === 'stat')
      .flatMap(({ where, model, answers }) =>
        Object.entries(values(model, answers)).map(([refId, cell]) => [`${where} ${refId}`, cell] as const),
      ),
  )

/** The texts of a row by the titles of its columns. */
export const textsOf = (row: Readonly<Record<string, Cell>> | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(row ?? {}).map(([title, { text }]) => [title, text]))
