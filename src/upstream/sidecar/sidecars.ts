import { isDeepStrictEqual } from 'node:util'
import { type UpstreamClient } from '../client.ts'
import { sidecarClient } from './client.ts'
import { ExtrinsicDecoding, type DecodingObserver } from '../decoding.ts'
import type { HttpOptions, RequestObserver, StateObserver, UpstreamState } from '../http/transport.ts'
import { openSidecarHttp, type SidecarHttp } from './http.ts'

interface Opened {
  readonly options: HttpOptions
  readonly http: SidecarHttp
  readonly client: UpstreamClient
  /** Called before it is closed: stops reporting to the observers. */
  retire(): void
}

/** The clients of the configured Sidecars. A client whose options do not change is kept across reloads, with its connections and state. */
export class Sidecars {
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
   *   names of removed nodes. A node whose URL changed counts as removed.
   */
  prepare(wanted: readonly HttpOptions[]): () => Promise<readonly string[]> {
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
        .filter(({ options: { name, url } }) => !wanted.some((now) => now.name === name && now.url === url))
        .map(({ options }) => options.name)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map(({ http }) => http.close()))
  }

  #open(options: HttpOptions): Opened {
    let retired = false
    const http = openSidecarHttp(
      options,
      (event) => {
        if (!retired) this.#observe(event)
      },
      (state) => {
        if (!retired) this.#observeState(state)
      },
    )
    const decoding = new ExtrinsicDecoding(options.name, (change) => {
      if (!retired) this.#observeDecoding(change)
    })
    return { options, http, client: sidecarClient(http, decoding), retire: () => void (retired = true) }
  }
}
