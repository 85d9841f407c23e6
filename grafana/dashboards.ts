import { format } from 'prettier'
import { exporterBoard } from './boards/exporter.ts'
import { keys } from './boards/keys.ts'
import { neuronBoard } from './boards/neuron.ts'
import { nodes } from './boards/nodes.ts'
import { overview } from './boards/overview.ts'
import { subnetBoard } from './boards/subnet.ts'
import type { Dashboard } from './kit/dashboard.ts'
import { allQueries } from './queries.ts'

/** Every dashboard, in the order of their links. */
export const DASHBOARDS: readonly Dashboard[] = [
  overview,
  nodes,
  keys,
  subnetBoard,
  neuronBoard,
  exporterBoard,
]

/** The files that are built, by their paths from the root of the repository. */
export async function files(): Promise<ReadonlyMap<string, string>> {
  const built = [
    ...DASHBOARDS.map(({ board, model }) => [`grafana/dashboards/${board}.json`, model] as const),
    // Not beside the dashboards: Grafana would take it for one.
    ['grafana/queries.json', allQueries(DASHBOARDS)] as const,
  ]
  const texts = built.map(async ([path, value]) => {
    const text = await format(JSON.stringify(value, null, 2), { parser: 'json', printWidth: 110 })
    return [path, text] as const
  })
  return new Map(await Promise.all(texts))
}
