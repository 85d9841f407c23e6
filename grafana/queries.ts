import type { Dashboard } from './kit/dashboard.ts'
import type { Mode } from './kit/query.ts'

/** A PromQL expression of the dashboards, as listed in `grafana/queries.json`. */
export interface ListedQuery {
  /** uid of the dashboard. */
  readonly dashboard: string
  /** Title of the panel; `annotation: …` and `variable: …` for other queries. */
  readonly panel: string
  readonly refId: string
  /** `table` and `instant` are instant queries, `range` is a range query, `series` is a selector for /api/v1/series. */
  readonly mode: Mode | 'series'
  readonly expr: string
  /** Variables in the expression, without the `$`; those of Grafana itself (`__rate_interval`) among them. */
  readonly variables: readonly string[]
  /**
   * Whether it returns data in normal operation with watched keys and every neuron read. NaN does not count as data, because
   * stat panels fill missing values with it.
   */
  readonly calm: 'data' | 'empty'
  /** Why it may be empty. */
  readonly reason?: string
  /** `whole subnet`: empty unless every neuron of the subnet is read (`subnets: all`, or the subnet listed). */
  readonly needs?: 'whole subnet'
}

/** Every query of every dashboard: of panels, annotations and variables. */
export const allQueries = (dashboards: readonly Dashboard[]): readonly ListedQuery[] =>
  dashboards.flatMap(({ uid, panels, annotations, variables }) => [
    ...panels.flatMap(({ title, queries }) =>
      queries.map(({ refId, mode, expr, calm, needs }) => ({
        dashboard: uid,
        panel: title,
        refId,
        mode,
        expr,
        variables: variablesIn(expr),
        ...(calm === undefined ? { calm: 'data' as const } : { calm: 'empty' as const, reason: calm.empty }),
        ...(needs === undefined ? {} : { needs }),
      })),
    ),
    ...annotations.map(({ name, expr }) => ({
      dashboard: uid,
      panel: `annotation: ${name}`,
      refId: 'Anno',
      mode: 'range' as const,
      expr,
      variables: variablesIn(expr),
      calm: 'empty' as const,
      reason: 'It marks an event.',
    })),
    ...variables.flatMap(({ model, selector }) =>
      selector === undefined
        ? []
        : [
            {
              dashboard: uid,
              panel: `variable: ${model.name}`,
              refId: 'variable',
              mode: 'series' as const,
              expr: selector,
              variables: variablesIn(selector),
              calm: 'data' as const,
            },
          ],
    ),
  ])

/** Names of Grafana variables begin with a letter or `_`: the `$1` of label_replace is none. */
const VARIABLE = /\$(?:\{([a-z_]\w*)[^}]*\}|([a-z_]\w*))/gi

/** The variables of an expression, each once, in alphabetical order. */
const variablesIn = (expr: string): readonly string[] =>
  Array.from(
    new Set(Array.from(expr.matchAll(VARIABLE), ([, braced, bare]) => braced ?? bare ?? '')),
  ).toSorted()

/** The expression with its variables filled in; throws RangeError for one that has no value. */
export const filled = (expr: string, values: Readonly<Record<string, string>>): string =>
  expr.replace(VARIABLE, (_match, braced: string | undefined, bare: string | undefined) => {
    const name = braced ?? bare ?? ''
    const value = values[name]
    if (value === undefined) throw new RangeError(`no value for the variable ${name}`)
    return value
  })
