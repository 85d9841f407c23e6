/** Why a collector fails. Collectors that wait for the same thing have equal causes. */
export interface FailureCause {
  /** The node whose requests fail; undefined if it is not a request that failed. */
  readonly node: string | undefined
  /** One line without secrets. */
  readonly reason: string
}

/** The state of one collector, of one node or of the chain. */
export interface CollectorStatus {
  readonly collector: string
  /** Undefined for chain state. */
  readonly node: string | undefined
  readonly success: boolean
  /** Milliseconds since the epoch; undefined before the first success. */
  readonly lastSuccess: number | undefined
  /** The last error, while it fails. */
  readonly error: string | undefined
  /** When it began to fail, in milliseconds since the epoch; undefined while it succeeds. */
  readonly failingSince: number | undefined
  /** Why it fails; empty while it succeeds. More than one if each node that was tried failed. */
  readonly causes: readonly FailureCause[]
  readonly warnings: readonly string[]
  /** True while its samples are on /metrics. */
  readonly published: boolean
}
