import { isIP } from 'node:net'
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { WebTlsConfig } from '../../config/web/web-config.ts'

/**
 * Why a client is refused after its handshake, or undefined when it is accepted. With `RequireAndVerifyClientCert` OpenSSL has
 * already refused whoever fails verification; this checks what the other types and `client_allowed_sans` ask for.
 */
export function refusalReason(
  socket: TLSSocket,
  { clientAuth, clientAllowedSans }: WebTlsConfig,
): string | undefined {
  if (clientAuth === 'NoClientCert' || clientAuth === 'RequestClientCert') return undefined
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined)
    return clientAuth === 'VerifyClientCertIfGiven' ? undefined : 'no client certificate'
  if (clientAuth === 'RequireAnyClientCert') return undefined
  if (!socket.authorized) return verificationFailure(socket)
  if (clientAllowedSans.length === 0 || hasSan(certificate, clientAllowedSans)) return undefined
  return 'client certificate matches none of client_allowed_sans'
}

/** OpenSSL's verification result: CERT_HAS_EXPIRED, UNABLE_TO_VERIFY_LEAF_SIGNATURE and so on. */
export function verificationFailure({ authorizationError }: TLSSocket): string {
  // Typed as an Error, but a string at run time.
  const code: unknown = authorizationError
  return `client certificate not verified: ${typeof code === 'string' ? code : 'unknown'}`
}

/** Whether a certificate has one of the names. Names are compared exactly: a wildcard matches only itself. */
function hasSan(certificate: X509Certificate, allowed: readonly string[]): boolean {
  const names = sansOf(certificate.subjectAltName ?? '')
  return allowed.some((san) =>
    isIP(san) === 0 ? names.includes(san) : certificate.checkIP(san) !== undefined,
  )
}

/**
 * DNS, e-mail and URI names of Node's text, `DNS:a, URI:"b, c"`, in which ambiguous values are quoted as JSON. No names at all when
 * any part of the text cannot be parsed.
 */
function sansOf(text: string): string[] {
  const entries = [...text.matchAll(/([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/gy)]
  if (entries.map(([entry]) => entry).join('') !== text) return []
  try {
    return entries.flatMap(([, type = '', value = '']) =>
      ['DNS', 'email', 'URI'].includes(type)
        ? [value.startsWith('"') ? String(JSON.parse(value)) : value]
        : [],
    )
  } catch {
    return []
  }
}
