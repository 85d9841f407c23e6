import type { Scope } from '../scope/scope.ts'
import type { Latest } from '../collectors/lib/latest.ts'
import type { CollectorStatus } from '../metrics/status.ts'

/** The exporter's state at the time of a request, from which the page and the API are rendered. */
export interface WebState {
  /** Changes whenever anything below may have changed. */
  readonly revision: number
  readonly version: string
  readonly demo: boolean
  /** Whether fresh data is published. */
  readonly ready: boolean
  /** Names of the configured nodes. */
  readonly nodes: readonly string[]
  readonly scope: Scope
  readonly latest: Latest
  readonly status: readonly CollectorStatus[]
}
