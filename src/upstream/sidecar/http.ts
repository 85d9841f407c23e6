import { BLOCK, METADATA, ONE_VALUE, POOL, SMALL, type BodyLimit } from '../http/body-limit.ts'
import {
  HttpTransport,
  type HttpOptions,
  type RequestObserver,
  type StateObserver,
  type UpstreamState,
} from '../http/transport.ts'
import type { Scrub } from '../secrets.ts'
import { readAnswer } from './answer.ts'

/** Sends GET requests to one Sidecar. */
export interface SidecarHttp {
  /** The node's configured name. */
  readonly node: string
  readonly state: UpstreamState
  /** Replaces the secrets of the node's configuration. */
  readonly scrub: Scrub
  /**
   * Resolves with the JSON of a success; rejects with UpstreamError for everything else. `path` is encoded and includes the
   * query; `route` is its template. A request that is still waiting when `signal` aborts is never sent.
   */
  get(route: string, path: string, signal?: AbortSignal): Promise<unknown>
  /** Aborts all requests and closes the connections. Every request from then on rejects with reason `aborted`. */
  close(): Promise<void>
}

/** Limits of routes whose responses are large. */
const LIMITS: Readonly<Record<string, BodyLimit>> = {
  '/blocks/:block': BLOCK,
  '/node/transaction-pool': POOL,
  '/pallets/:pallet/storage/:item': ONE_VALUE,
  '/runtime/metadata': METADATA,
}

/** Opens no connection yet. Throws TypeError for a URL that cannot be used, without repeating it. */
export function openSidecarHttp(
  options: HttpOptions,
  observe?: RequestObserver,
  observeState?: StateObserver,
): SidecarHttp {
  const transport = new HttpTransport(options, readAnswer, observe, observeState)
  return {
    node: transport.node,
    scrub: transport.scrub,
    get state() {
      return transport.state
    },
    get: (route, path, signal) =>
      transport.send({ route, method: 'GET', path, limit: LIMITS[route] ?? SMALL }, signal),
    close: () => transport.close(),
  }
}
