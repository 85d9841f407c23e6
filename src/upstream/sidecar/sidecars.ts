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
  /** Before it is closed: what ends from then on is not told, as nobody waits for it. */
  retire(): void
}

/** The Sidecars of a configuration. Those that are the same in the next one go on, with connections and all they know. */
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

  /** The state of each, in the order of the configuration. */
  get states(): readonly UpstreamState[] {
    return this.#opened.map(({ http }) => http.state)
  }

  /** In the order of the configuration. */
  get clients(): readonly UpstreamClient[] {
    return this.#opened.map(({ client }) => client)
  }

  /**
   * Opens what is new. Throws TypeError for a URL that cannot be used. What it returns takes them for those of before,
   * closes what is gone or has changed, and returns the nodes that are gone; one that has another URL is another node.
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
