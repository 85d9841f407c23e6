/**
 * Why a request failed; the label `reason` in metrics.
 * - `connect`: no complete response: host name not found, connection refused, reset or closed early, TLS error, not HTTP.
 * - `timeout`, `aborted`: by the transport's timer; by the caller or because the client was closed.
 * - `status`: an HTTP error status, for none of the reasons below.
 * - `too_large`, `not_json`, `shape`: the response exceeds the size limit, is not JSON, or has an unexpected format.
 * - `no_item`, `unknown_pallet`, `bad_key`: the runtime lacks the storage item or pallet, or rejects the key.
 * - `unknown_type`: not sent, because the exporter does not support the item's type in the runtime's metadata.
 * - `circuit_open`, `queue_full`: not sent, because the circuit breaker is open or because too many requests are waiting.
 * - `block_gone`, `wrong_block`: the node lacks the block or has discarded its state; it answered for another block.
 * - `wrong_runtime`: Sidecar decodes the block with a runtime other than the one that wrote its state.
 * - `rate_limited`: HTTP status 429, or a JSON-RPC error that means the same.
 * - `unknown_method`: the node, or a proxy in front of it, does not offer the JSON-RPC method. `rpc_error`: any other JSON-RPC error.
 * - `undecodable`: Sidecar has the block but cannot decode its extrinsics.
 */
export type FailureReason =
  | 'connect'
  | 'timeout'
  | 'aborted'
  | 'status'
  | 'circuit_open'
  | 'queue_full'
  | 'too_large'
  | 'not_json'
  | 'shape'
  | 'no_item'
  | 'bad_key'
  | 'unknown_pallet'
  | 'unknown_type'
  | 'block_gone'
  | 'wrong_block'
  | 'wrong_runtime'
  | 'undecodable'
  | 'rate_limited'
  | 'unknown_method'
  | 'rpc_error'

/** The parts of an UpstreamError, which prepends node, method and path to `message`. */
export interface UpstreamFailure {
  readonly node: string
  /** Default GET. */
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly reason: FailureReason
  readonly message: string
  readonly status?: number | undefined
  /** Why requests to the node fail, if that is not `message`: for `circuit_open`, the failure that keeps the circuit open. */
  readonly outage?: string
  /** Must contain neither headers nor credentials: it is logged. */
  readonly cause?: unknown
}

/** A failed request to an upstream. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  /** The node's configured name. */
  readonly node: string
  /** Path and query as requested, without the base URL; never headers or credentials. */
  readonly path: string
  readonly reason: FailureReason
  /** HTTP status; undefined without a response. */
  readonly status: number | undefined
  /** Why it failed, without node and path: the same text for all requests that fail for the same reason. */
  readonly outage: string

  constructor({
    node,
    method = 'GET',
    path,
    reason,
    message,
    status,
    outage = message,
    cause,
  }: UpstreamFailure) {
    super(`${node}: ${method} ${path}: ${message}`, cause === undefined ? undefined : { cause })
    this.node = node
    this.path = path
    this.reason = reason
    this.status = status
    this.outage = outage
  }
}

/**
 * An item was not requested because the runtime lacks it (`no_item`) or has it with an unsupported type (`unknown_type`). Says
 * nothing about the node: every node of the chain has the same runtime.
 */
export class RuntimeError extends UpstreamError {}
