import { BLOCK, MANY_VALUES, METADATA, POOL, SMALL, type BodyLimit } from '../http/body-limit.ts'
import {
  HttpTransport,
  type HttpOptions,
  type RequestObserver,
  type StateObserver,
  type UpstreamState,
} from '../http/transport.ts'
import type { Scrub } from '../secrets.ts'
import { readReplies, type Reply } from './answer.ts'

/** One call of a node's JSON-RPC. */
export interface RpcCall {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** POST requests to the JSON-RPC of one node. */
export interface RpcHttp {
  /** The node's configured name. */
  readonly node: string
  readonly state: UpstreamState
  /** The configured rate limit; undefined without one. */
  readonly requestsPerSecond: number | undefined
  /** Replaces the secrets of the node's configuration. */
  readonly scrub: Scrub
  /** Milliseconds until the rate limit lets a request start: see HttpTransport. */
  waitForRate(): number
  /**
   * Sends one call, or several as one array. Resolves with what the node answered to each, in the order of the answer; rejects with
   * UpstreamError if there is no answer to any of them. Requests that wait when `signal` aborts are never sent.
   */
  post(calls: readonly RpcCall[], signal?: AbortSignal): Promise<readonly Reply[]>
  /** Aborts all requests and closes the connections. Every request from then on rejects with reason `aborted`. */
  close(): Promise<void>
}

/** Limits of methods whose results are large. An array has small calls only, unless the rate limit made calls wait. */
const LIMITS: Readonly<Record<string, BodyLimit>> = {
  author_pendingExtrinsics: POOL,
  chain_getBlock: BLOCK,
  state_getMetadata: METADATA,
  state_getStorage: MANY_VALUES,
  state_queryStorageAt: MANY_VALUES,
}

/** Opens no connection yet. Throws TypeError for a URL that cannot be used, without repeating it. */
export function openRpcHttp(
  options: HttpOptions,
  observe?: RequestObserver,
  observeState?: StateObserver,
): RpcHttp {
  const transport = new HttpTransport(options, readReplies, observe, observeState)
  return {
    node: transport.node,
    scrub: transport.scrub,
    requestsPerSecond: options.requestsPerSecond,
    waitForRate: () => transport.waitForRate(),
    get state() {
      return transport.state
    },
    async post(calls, signal) {
      const route = routeOf(calls)
      const replies = await transport.send(
        { ...request(calls), route, label: route, limit: limitOf(calls) },
        signal,
      )
      return replies as readonly Reply[]
    },
    close: () => transport.close(),
  }
}

/** The limit of the call with the largest one. */
const limitOf = (calls: readonly RpcCall[]): BodyLimit =>
  calls
    .map(({ method }) => LIMITS[method] ?? SMALL)
    .reduce((largest, each) => (each.bytes > largest.bytes ? each : largest), SMALL)

/** The name of a request in metrics and errors: the method, or `batch` for an array of calls. */
const routeOf = ([call, ...others]: readonly RpcCall[]): string =>
  call === undefined || others.length > 0 ? 'batch' : call.method

const request = (calls: readonly RpcCall[]) => {
  const [first] = calls
  const body = calls.map((call) => ({ jsonrpc: '2.0', ...call }))
  return {
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(first !== undefined && calls.length === 1 ? body[0] : body),
  } as const
}
