import { ConfigError } from '../../config/error.ts'
import type { WebConfig } from '../../config/web/web-config.ts'

/** Plain HTTP without authentication. */
export const UNPROTECTED: WebConfig = {
  tls: undefined,
  headers: {},
  users: new Map(),
  rateLimit: undefined,
}

/** The web configuration in force. It is replaced as a whole while the server runs. */
export class WebSecurity {
  #config: WebConfig
  #onReplaced: () => void = () => undefined

  constructor(config = UNPROTECTED) {
    this.#config = config
  }

  get config(): WebConfig {
    return this.#config
  }

  /** Sets the one listener that is called after the configuration was replaced. */
  onReplaced(listener: () => void): void {
    this.#onReplaced = listener
  }

  /** Throws ConfigError when the configuration differs in what a running server cannot change. */
  check(config: WebConfig): void {
    if (config.tls?.clientAuth === this.#config.tls?.clientAuth) return
    const message = 'turning TLS on or off and changing client_auth_type require a restart of the exporter'
    throw new ConfigError([{ file: 'web configuration', path: '', message }])
  }

  /** Puts certificates, users, headers and limits into force. Throws as check() does. */
  replace(config: WebConfig): void {
    this.check(config)
    this.#config = config
    this.#onReplaced()
  }
}
