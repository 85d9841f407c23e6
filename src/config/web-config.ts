import type { SecureContextOptions } from 'node:tls'

/** What is asked of clients, with Go's words for it (crypto/tls.ClientAuthType). */
export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const

export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number]

/** TLS with its certificates, read and checked. It holds the private key: never log it. */
export interface WebTlsConfig {
  readonly context: SecureContextOptions
  readonly clientAuth: ClientAuthType
  /** One of them must be in a client's certificate, where there are any. */
  readonly clientAllowedSans: readonly string[]
}

/** The loaded, checked web configuration: how the exporter's own web server is protected. */
export interface WebConfig {
  /** Undefined for plain HTTP. */
  readonly tls: WebTlsConfig | undefined
  /** False without TLS. */
  readonly http2: boolean
  /** Set on every answer; an empty one is taken off. */
  readonly headers: Readonly<Record<string, string>>
  /** bcrypt hashes of the users' passwords; none for no basic authentication. */
  readonly users: ReadonlyMap<string, string>
  readonly rateLimit: { readonly intervalMs: number; readonly burst: number } | undefined
}
