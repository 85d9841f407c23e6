/**
 * Why a request failed; the label `reason` in metrics.
 * - `connect`: no complete answer: name not found, refused, reset, closed early, TLS, not HTTP.
 * - `timeout`, `aborted`: by the transport's timer; by the caller or because the client was closed.
 * - `status`: an HTTP status other than success, for none of the reasons below.
 * - `too_large`, `not_json`, `shape`: the answer is over the size limit, is no JSON, is not what the endpoint answers.
 * - `no_item`, `unknown_pallet`, `bad_key`: the runtime has no such storage item or pallet, or cannot read the key.
 * - `unknown_type`: not sent, as the item has a type in the runtime's metadata that the exporter does not know.
 * - `circuit_open`, `queue_full`: not sent, because the circuit breaker is open or because too many requests are waiting.
 * - `block_gone`: the node does not have the block, or has discarded its state. `wrong_block`: it answered for another one.
 * - `wrong_runtime`: Sidecar decodes the block by another runtime than the one that wrote its state.
 * - `rate_limited`: HTTP status 429, or a JSON-RPC error to that effect.
 * - `unknown_method`: the node, or a proxy in front of it, does not offer the JSON-RPC method. `rpc_error`: any other JSON-RPC error.
 * - `undecodable`: Sidecar has the block and cannot decode its extrinsics.
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

/** The parts of a UpstreamError. `message` is the sentence alone; UpstreamError puts node, method and path before it. */
export interface UpstreamFailure {
  readonly node: string
  /** Default GET. */
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly reason: FailureReason
  readonly message: string
  readonly status?: number | undefined
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
  /** HTTP status, where there was one. */
  readonly status: number | undefined

  constructor({ node, method = 'GET', path, reason, message, status, cause }: UpstreamFailure) {
    super(`${node}: ${method} ${path}: ${message}`, cause === undefined ? undefined : { cause })
    this.node = node
    this.path = path
    this.reason = reason
    this.status = status
  }
}

/**
 * An item was not asked for, as the runtime does not have it (`no_item`) or gives it a type that is not understood
 * (`unknown_type`). It is about the runtime and not about the node: every node of the chain would have the same.
 */
export class RuntimeError extends UpstreamError {}
