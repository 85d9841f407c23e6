import { constants } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { WebTlsConfig } from '../../config/web/web-config.ts'
import { refusalReason, verificationFailure } from './client-certificate.ts'
import type { WebLimits } from './limits.ts'
import type { RefusalLog } from './refusal-log.ts'
import type { WebSecurity } from './web-security.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000

/**
 * The HTTP/1.1 server for the configuration in force, with or without TLS. Uses new certificates when the configuration is replaced, and
 * closes connections of clients whose certificate is refused before it handles any request of theirs.
 *
 * HTTP/2 is not offered: a client that opens many streams and reads none of them makes node:http2 buffer every response, without a
 * limit that holds across connections.
 */
export function createWebServer(
  listener: RequestListener,
  security: WebSecurity,
  limits: WebLimits,
  refusals: RefusalLog,
): Server {
  const { tls } = security.config
  const http1 = http1Options(limits)
  if (tls === undefined) return createServer(http1, listener)

  const options = { ...http1, ...contextOptions(tls), ...handshakeOptions(tls) }
  const server = createHttpsServer(options, listener)
  security.onReplaced(() => {
    if (security.config.tls !== undefined) server.setSecureContext(contextOptions(security.config.tls))
  })
  refuseClients(server, security, refusals)
  logFailedHandshakes(server, refusals)
  return server
}

const http1Options = (limits: WebLimits) => ({
  maxHeaderSize: limits.maxHeaderBytes,
  headersTimeout: limits.headersTimeoutMs,
  requestTimeout: limits.requestTimeoutMs,
  keepAliveTimeout: limits.keepAliveTimeoutMs,
  connectionsCheckingInterval: Math.min(5000, limits.headersTimeoutMs),
  requireHostHeader: true,
})

/** Sessions are not resumed when client certificates are asked for: a ticket would stand in for the certificate. */
const contextOptions = ({ context, clientAuth }: WebTlsConfig) => ({
  ...context,
  secureOptions: clientAuth === 'NoClientCert' ? 0 : constants.SSL_OP_NO_TICKET,
})

const handshakeOptions = ({ clientAuth }: WebTlsConfig) => ({
  handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  requestCert: clientAuth !== 'NoClientCert',
  rejectUnauthorized: clientAuth === 'RequireAndVerifyClientCert',
})

/**
 * Closes connections of refused clients before a request of theirs is read, even one sent together with the end of the handshake.
 * node:http reads nothing from a closed socket.
 */
function refuseClients(server: HttpsServer, security: WebSecurity, refusals: RefusalLog): void {
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const { tls } = security.config
    const reason = tls === undefined ? 'the server has no certificate' : refusalReason(socket, tls)
    if (reason === undefined) return
    refusals.refused('client_certificate', { client: socket.remoteAddress, reason })
    socket.destroy()
  })
}

function logFailedHandshakes(server: HttpsServer, refusals: RefusalLog): void {
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    const isRefused = ((socket.authorizationError as unknown) ?? undefined) !== undefined
    const reason = isRefused ? verificationFailure(socket) : opensslReason(error)
    refusals.refused('tls_handshake', { client: socket.remoteAddress, reason })
  })
}

/** OpenSSL's reason, without the location in its source. */
function opensslReason(error: Error): string {
  if ('reason' in error && typeof error.reason === 'string') return error.reason
  return 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}
