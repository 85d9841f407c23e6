import { DASHBOARDS } from '../../grafana/dashboards.ts'
import { allQueries } from '../../grafana/queries.ts'
import { json } from './format.ts'

/** The folder that has the JSON of each dashboard. */
export const DASHBOARD_FOLDER = 'grafana/dashboards'

/**
 * The dashboards as Grafana loads them, and grafana/queries.json: their texts by path. The queries are outside the folder of the
 * dashboards because Grafana reads each JSON file in there as a dashboard.
 */
export async function renderDashboards(): Promise<ReadonlyMap<string, string>> {
  const values: readonly (readonly [path: string, value: unknown])[] = [
    ...DASHBOARDS.map(({ board, model }) => [`${DASHBOARD_FOLDER}/${board}.json`, model] as const),
    ['grafana/queries.json', allQueries(DASHBOARDS)],
  ]
  return new Map(
    await Promise.all(values.map(async ([path, value]) => [path, await json(path, value)] as const)),
  )
}
