import type { SecureContextOptions } from 'node:tls'

/** Types of client authentication, by Go's names (crypto/tls.ClientAuthType). */
export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const

export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number]

/** TLS with its certificates, loaded and checked. Contains the private key: never log it. */
export interface WebTlsConfig {
  readonly context: SecureContextOptions
  readonly clientAuth: ClientAuthType
  /** A client's certificate must have one of these names; empty accepts all. */
  readonly clientAllowedSans: readonly string[]
}

/** Allows one request per interval for all clients together, and up to `burst` at once. */
export interface RateLimit {
  readonly intervalMs: number
  readonly burst: number
}

/** The loaded, checked web configuration: how the exporter's own web server is protected. */
export interface WebConfig {
  /** Undefined for plain HTTP. */
  readonly tls: WebTlsConfig | undefined
  /** Set on every response; an empty value removes the header. */
  readonly headers: Readonly<Record<string, string>>
  /** bcrypt hashes by user name; empty for no authentication. */
  readonly users: ReadonlyMap<string, string>
  readonly rateLimit: RateLimit | undefined
}
