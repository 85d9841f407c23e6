import type { Scope } from '../scope/scope.ts'
import type { NodeInstance } from '../collectors/define.ts'
import type { UpstreamClient } from '../upstream/client.ts'

/** What is read when somebody asks for it is read with this: of the configuration that is polled by. */
export interface OnDemand {
  readonly clients: readonly UpstreamClient[]
  /** The nodes chain state may be read from, in the order they are to be tried. */
  readonly sources: () => readonly UpstreamClient[]
  /** Those that are on. */
  readonly collectors: readonly NodeInstance[]
  readonly scope: Scope
  /** Ends what is being read: there is another configuration, or the exporter stops. */
  readonly signal: AbortSignal
}
