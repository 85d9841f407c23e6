import { isIP } from 'node:net'
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { TlsSecurity } from './security.ts'

/**
 * Why a client may not come in after its handshake, or undefined when it may. Where certificates are verified OpenSSL has
 * refused already whom it could; what it leaves to its caller is here.
 */
export function clientFault(
  socket: TLSSocket,
  { clientAuth, clientAllowedSans }: TlsSecurity,
): string | undefined {
  if (clientAuth === 'NoClientCert' || clientAuth === 'RequestClientCert') return undefined
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined)
    return clientAuth === 'VerifyClientCertIfGiven' ? undefined : 'it gave no certificate'
  if (clientAuth === 'RequireAnyClientCert') return undefined
  if (!socket.authorized) return verificationFault(socket)
  if (clientAllowedSans.length === 0 || hasSan(certificate, clientAllowedSans)) return undefined
  return 'its certificate has none of client_allowed_sans'
}

/** What OpenSSL found: CERT_HAS_EXPIRED, UNABLE_TO_VERIFY_LEAF_SIGNATURE and the like. */
export function verificationFault({ authorizationError }: TLSSocket): string {
  // Typed as an Error, and a code in truth.
  const code: unknown = authorizationError
  return `its certificate was refused: ${typeof code === 'string' ? code : 'not verified'}`
}

/** Whether a certificate has one of the names, exactly: a wildcard in it covers nothing but itself. */
function hasSan(certificate: X509Certificate, allowed: readonly string[]): boolean {
  const names = sansOf(certificate.subjectAltName ?? '')
  return allowed.some((san) =>
    isIP(san) === 0 ? names.includes(san) : certificate.checkIP(san) !== undefined,
  )
}

/** One entry of Node's text, `DNS:a, URI:"b, c"`: what could be taken for two is in quotes, as JSON. */
const ENTRY = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y

/** DNS, e-mail and URI names; none at all where the text cannot be read to its end. */
function sansOf(text: string): string[] {
  const names: string[] = []
  ENTRY.lastIndex = 0
  while (ENTRY.lastIndex < text.length) {
    const [, type = '', value = ''] = ENTRY.exec(text) ?? []
    if (type === '') return []
    if (!['DNS', 'email', 'URI'].includes(type)) continue
    try {
      names.push(value.startsWith('"') ? String(JSON.parse(value)) : value)
    } catch {
      return []
    }
  }
  return names
}
