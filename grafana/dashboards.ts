import { exporterBoard } from './boards/exporter.ts'
import { keys } from './boards/keys.ts'
import { neuronBoard } from './boards/neuron.ts'
import { nodes } from './boards/nodes.ts'
import { overview } from './boards/overview.ts'
import { subnetBoard } from './boards/subnet.ts'
import type { Dashboard } from './kit/dashboard.ts'

/** Every dashboard, in the order of their links. */
export const DASHBOARDS: readonly Dashboard[] = [
  overview,
  nodes,
  keys,
  subnetBoard,
  neuronBoard,
  exporterBoard,
]
