import type { Scope } from '../scope/scope.ts'
import type { Readings } from '../collectors/lib/latest.ts'
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
  /** What is on /metrics. */
  readonly latest: Readings
  /** The last readings, whatever their age. */
  readonly lastKnown: Readings
  readonly status: readonly CollectorStatus[]
  /** Configured time between polls. */
  readonly pollIntervalSeconds: number
  /** Whether the last load of the configuration succeeded; undefined before the first. */
  readonly isConfigured: boolean | undefined
  /** Whether the signed extrinsics of each node are decoded. Nodes without a verdict are absent. */
  readonly decodes: ReadonlyMap<string, boolean>
  /** Of an account in a block explorer, with `{address}` for its address; undefined for no links. */
  readonly explorerUrl: string | undefined
}
