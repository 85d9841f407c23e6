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
  readonly warnings: readonly string[]
  /** True while its samples are on /metrics. */
  readonly published: boolean
}
