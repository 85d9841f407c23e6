import { constants } from 'node:crypto'
import { createSecureServer, type ServerHttp2Session } from 'node:http2'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server as TlsServer, TLSSocket } from 'node:tls'
import type { WebTlsConfig } from '../../config/web/web-config.ts'
import { refusalReason, verificationFailure } from './client-certificate.ts'
import type { WebLimits } from './limits.ts'
import type { RefusalLog } from './refusal-log.ts'
import type { WebSecurity } from './web-security.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000

/** Streams of one HTTP/2 connection at a time. */
const MAX_CONCURRENT_STREAMS = 32

/** Responses that wait for a slow reader count towards it. They are the shared snapshot, and larger than Node's default of 10 MB. */
const MAX_SESSION_MEGABYTES = 512

/**
 * The server for the configuration in force: HTTP, or HTTPS with or without HTTP/2. Uses new certificates when the configuration is
 * replaced, and closes connections of clients whose certificate is refused before it handles any request of theirs.
 */
export function createWebServer(
  listener: RequestListener,
  security: WebSecurity,
  limits: WebLimits,
  refusals: RefusalLog,
): Server {
  const { tls, http2 } = security.config
  const http1 = http1Options(limits)
  if (tls === undefined) return createServer(http1, listener)

  const options = { ...contextOptions(tls), ...handshakeOptions(tls) }
  const server: TlsServer = http2
    ? createHttp2Server(options, limits, listener)
    : createHttpsServer({ ...options, ...http1 }, listener)
  security.onReplaced(() => {
    if (security.config.tls !== undefined) server.setSecureContext(contextOptions(security.config.tls))
  })
  refuseClients(server, security, refusals)
  logFailedHandshakes(server, refusals)
  // Fastify checks that a method exists before it calls one that only node:http's server has.
  return server as unknown as Server
}

const http1Options = (limits: WebLimits) => ({
  maxHeaderSize: limits.maxHeaderBytes,
  headersTimeout: limits.headersTimeoutMs,
  requestTimeout: limits.requestTimeoutMs,
  keepAliveTimeout: limits.keepAliveTimeoutMs,
  connectionsCheckingInterval: Math.min(5000, limits.headersTimeoutMs),
  requireHostHeader: true,
})

function createHttp2Server(
  options: ReturnType<typeof contextOptions> & ReturnType<typeof handshakeOptions>,
  limits: WebLimits,
  listener: RequestListener,
): TlsServer {
  const server = createSecureServer({
    ...options,
    allowHTTP1: true,
    maxSessionMemory: MAX_SESSION_MEGABYTES,
    settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS, maxHeaderListSize: limits.maxHeaderBytes },
  })
  server.on('request', listener as unknown as () => void)
  // For HTTP/1.1 node:http2 takes no options: it reads these properties of the server.
  Object.assign(server, http1Options(limits))
  server.on('session', (session) => {
    session.setTimeout(limits.keepAliveTimeoutMs, () => {
      session.close()
    })
  })
  return server
}

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
 * node:http reads nothing from a closed socket, so it may get it; node:http2 fails on one, so there the new session is closed.
 */
function refuseClients(server: TlsServer, security: WebSecurity, refusals: RefusalLog): void {
  const isRefused = (socket: TLSSocket): boolean => {
    const { tls } = security.config
    const reason = tls === undefined ? 'the server has no certificate' : refusalReason(socket, tls)
    if (reason === undefined) return false
    refusals.warn('refused a client', { client: socket.remoteAddress, reason })
    return true
  }
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol !== 'h2' && isRefused(socket)) socket.destroy()
  })
  server.prependListener('session', (session: ServerHttp2Session) => {
    if (isRefused(session.socket as TLSSocket)) session.destroy()
  })
}

function logFailedHandshakes(server: TlsServer, refusals: RefusalLog): void {
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    const isRefused = ((socket.authorizationError as unknown) ?? undefined) !== undefined
    const reason = isRefused ? verificationFailure(socket) : opensslReason(error)
    refusals.warn('TLS handshake failed', { client: socket.remoteAddress, reason })
  })
}

/** OpenSSL's reason, without the location in its source. */
function opensslReason(error: Error): string {
  if ('reason' in error && typeof error.reason === 'string') return error.reason
  return 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}
