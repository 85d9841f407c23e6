import { isDeepStrictEqual } from 'node:util'
import type { UpstreamClient } from './client.ts'
import { ExtrinsicDecoding, type DecodingChange } from './decoding.ts'
import type { HttpOptions, RequestObserver, StateObserver, UpstreamState } from './http/transport.ts'
import { rpcClient } from './rpc/client.ts'
import { openRpcHttp } from './rpc/http.ts'
import { sidecarClient } from './sidecar/client.ts'
import { openSidecarHttp } from './sidecar/http.ts'

/** One node and how it is read. */
export interface UpstreamOptions extends HttpOptions {
  /** Whether `url` is that of the node itself (JSON-RPC over HTTP) or of its Sidecar. */
  readonly api: 'rpc' | 'sidecar'
}

type DecodingObserver = (change: DecodingChange, api: UpstreamOptions['api']) => void

interface Opened {
  readonly options: UpstreamOptions
  readonly http: { readonly state: UpstreamState; close(): Promise<void> }
  readonly client: UpstreamClient
  /** Called before it is closed: stops reporting to the observers. */
  retire(): void
}

/** The clients of the configured nodes. A client whose options do not change is kept across reloads, with its connections and state. */
export class UpstreamClients {
  #opened: readonly Opened[] = []
  readonly #observe: RequestObserver
  readonly #observeState: StateObserver
  readonly #observeDecoding: DecodingObserver

  constructor(observe: RequestObserver, observeState: StateObserver, observeDecoding: DecodingObserver) {
    this.#observe = observe
    this.#observeState = observeState
    this.#observeDecoding = observeDecoding
  }

  /** The state of each client, in the order of the configuration. */
  get states(): readonly UpstreamState[] {
    return this.#opened.map(({ http }) => http.state)
  }

  /** The clients, in the order of the configuration. */
  get clients(): readonly UpstreamClient[] {
    return this.#opened.map(({ client }) => client)
  }

  /**
   * Opens the clients that are new. Throws TypeError for a URL that cannot be used.
   * @returns a function that puts the new clients into use, closes those that were removed or changed, and resolves with the
   *   names of removed nodes. A node whose address changed counts as removed.
   */
  prepare(wanted: readonly UpstreamOptions[]): () => Promise<readonly string[]> {
    const before = this.#opened
    const after = wanted.map(
      (options) => before.find((opened) => isDeepStrictEqual(opened.options, options)) ?? this.#open(options),
    )
    return async () => {
      this.#opened = after
      const closing = before.filter((opened) => !after.includes(opened))
      for (const opened of closing) opened.retire()
      await Promise.all(closing.map(({ http }) => http.close()))
      return before
        .filter(({ options: { name, api, url } }) =>
          wanted.every((now) => now.name !== name || now.api !== api || now.url !== url),
        )
        .map(({ options }) => options.name)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map(({ http }) => http.close()))
  }

  #open(options: UpstreamOptions): Opened {
    let retired = false
    const observe: RequestObserver = (event) => {
      if (!retired) this.#observe(event)
    }
    const observeState: StateObserver = (state) => {
      if (!retired) this.#observeState(state)
    }
    const decoding = new ExtrinsicDecoding(options.name, (change) => {
      if (!retired) this.#observeDecoding(change, options.api)
    })
    const retire = () => void (retired = true)
    if (options.api === 'rpc') {
      const http = openRpcHttp(options, observe, observeState)
      return { options, http, client: rpcClient(http, decoding), retire }
    }
    const http = openSidecarHttp(options, observe, observeState)
    return { options, http, client: sidecarClient(http, decoding), retire }
  }
}
