import type { Scope } from '../scope/scope.ts'
import type { NodeInstance } from '../collectors/define.ts'
import type { UpstreamClient } from '../upstream/client.ts'

/** What reads on demand use: the clients, collectors and scope of the configuration that is polled. */
export interface OnDemand {
  readonly clients: readonly UpstreamClient[]
  /** The nodes that chain state may be read from, in the order to try them. */
  readonly sources: () => readonly UpstreamClient[]
  /** The enabled collectors of node state. */
  readonly collectors: readonly NodeInstance[]
  readonly scope: Scope
  /** Aborted when the configuration changes or the exporter stops. */
  readonly signal: AbortSignal
}
