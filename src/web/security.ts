import type { SecureContextOptions } from 'node:tls'

/** Certificates, and what is asked of clients, with Go's words for it. */
export interface TlsSecurity {
  /** Holds the private key: never log it. */
  readonly context: SecureContextOptions
  readonly clientAuth:
    | 'NoClientCert'
    | 'RequestClientCert'
    | 'RequireAnyClientCert'
    | 'VerifyClientCertIfGiven'
    | 'RequireAndVerifyClientCert'
  readonly clientAllowedSans: readonly string[]
}

/** How the web server is protected. */
export interface SecuritySettings {
  /** Undefined for plain HTTP. */
  readonly tls: TlsSecurity | undefined
  readonly http2: boolean
  /** Set on every answer; an empty one is taken off. */
  readonly headers: Readonly<Record<string, string>>
  /** bcrypt hashes of the users' passwords; none for no basic authentication. */
  readonly users: ReadonlyMap<string, string>
  /** Of all clients together. */
  readonly rateLimit: { readonly intervalMs: number; readonly burst: number } | undefined
}

/** Something is not as it was that only a new server can have. */
export class NeedsRestartError extends Error {}

/** Plain HTTP for everybody. */
const UNPROTECTED: SecuritySettings = {
  tls: undefined,
  http2: false,
  headers: {},
  users: new Map(),
  rateLimit: undefined,
}

/** The settings at the moment. They are replaced as a whole while the server runs. */
export class WebSecurity {
  #settings: SecuritySettings
  #onReplaced: () => void = () => undefined

  constructor(settings: SecuritySettings = UNPROTECTED) {
    this.#settings = settings
  }

  get settings(): SecuritySettings {
    return this.#settings
  }

  /** Told, one listener, when certificates may be others. */
  onReplaced(listener: () => void): void {
    this.#onReplaced = listener
  }

  /** Throws NeedsRestartError. */
  check(settings: SecuritySettings): void {
    const fixed = ({ tls, http2 }: SecuritySettings) => `${String(tls?.clientAuth)} ${http2}`
    if (fixed(settings) !== fixed(this.#settings))
      throw new NeedsRestartError(
        'TLS, http2 and client_auth_type cannot be changed while it runs: restart the exporter',
      )
  }

  /** Takes certificates, users, headers and limits. Throws as check() does. */
  replace(settings: SecuritySettings): void {
    this.check(settings)
    this.#settings = settings
    this.#onReplaced()
  }
}
