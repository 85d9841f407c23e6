import type { Watch } from '../chain/watch.ts'
import type { Latest } from '../collectors/latest.ts'
import type { CollectorStatus } from '../metrics/status.ts'

/** What the page and the API are made of, taken when they are asked for. */
export interface Known {
  readonly version: string
  readonly demo: boolean
  /** True while anything fresh is published. */
  readonly ready: boolean
  /** The configured nodes, by their names. */
  readonly nodes: readonly string[]
  readonly watch: Watch
  readonly latest: Latest
  readonly status: readonly CollectorStatus[]
}
