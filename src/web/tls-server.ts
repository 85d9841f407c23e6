import { constants } from 'node:crypto'
import { createSecureServer } from 'node:http2'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server as TlsServer, TLSSocket } from 'node:tls'
import { clientFault, verificationFault } from './client-certificate.ts'
import type { WebLimits } from './limits.ts'
import type { Refusals } from './refusals.ts'
import type { TlsSecurity, WebSecurity } from './security.ts'

/** How long a handshake may take. */
const HANDSHAKE_TIMEOUT_MS = 10_000

/** Streams of one HTTP/2 connection at a time. */
const MAX_CONCURRENT_STREAMS = 32

/** Counts answers that wait for a client to read, which are the snapshot itself and no copies. The default is less than one. */
const SESSION_MEGABYTES = 512

/**
 * The server for the settings at the moment: HTTP, or HTTPS with HTTP/2 or without. It takes new certificates when the
 * settings are replaced, and hands no connection on to HTTP whose client may not come in.
 */
export function createWebServer(
  listener: RequestListener,
  security: WebSecurity,
  limits: WebLimits,
  refusals: Refusals,
): Server {
  const { maxHeaderBytes: maxHeaderSize, headersTimeoutMs: headersTimeout } = limits
  const { requestTimeoutMs: requestTimeout, keepAliveTimeoutMs: keepAliveTimeout } = limits
  const http1 = {
    maxHeaderSize,
    headersTimeout,
    requestTimeout,
    keepAliveTimeout,
    connectionsCheckingInterval: Math.min(5000, headersTimeout),
    requireHostHeader: true,
  }
  const { tls, http2 } = security.settings
  if (tls === undefined) return createServer(http1, listener)

  const options = { ...contextOf(tls), ...handshakeOf(tls), ...http1 }
  const server: TlsServer = http2
    ? createHttp2(options, http1, limits, listener)
    : createHttpsServer(options, listener)
  security.onReplaced(() => {
    if (security.settings.tls !== undefined) server.setSecureContext(contextOf(security.settings.tls))
  })
  guardConnections(server, security, refusals)
  // What node:http's server has beyond it, Fastify asks for before it uses it.
  return server as unknown as Server
}

type Http1Settings = Readonly<Record<string, number | boolean>>

function createHttp2(
  options: ReturnType<typeof contextOf> & ReturnType<typeof handshakeOf>,
  http1: Http1Settings,
  { maxHeaderBytes, keepAliveTimeoutMs }: WebLimits,
  listener: RequestListener,
): TlsServer {
  const server = createSecureServer({
    ...options,
    allowHTTP1: true,
    maxSessionMemory: SESSION_MEGABYTES,
    settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS, maxHeaderListSize: maxHeaderBytes },
  })
  server.on('request', listener as unknown as () => void)
  // Its HTTP/1.1 side reads these from the server, where node:http's has options.
  Object.assign(server, http1)
  server.on('session', (session) => {
    session.setTimeout(keepAliveTimeoutMs, () => {
      session.close()
    })
  })
  return server
}

/** No session is taken up again where certificates count: it would be known by a ticket, without a new look at them. */
const contextOf = ({ context, clientAuth }: TlsSecurity) => ({
  ...context,
  secureOptions: clientAuth === 'NoClientCert' ? 0 : constants.SSL_OP_NO_TICKET,
})

const handshakeOf = ({ clientAuth }: TlsSecurity) => ({
  handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  requestCert: clientAuth !== 'NoClientCert',
  rejectUnauthorized: clientAuth === 'RequireAndVerifyClientCert',
})

/** Stands before what node:http and node:http2 listen with, so that they never see a client that is refused. */
function guardConnections(server: TlsServer, security: WebSecurity, refusals: Refusals): void {
  const inner = server.listeners('secureConnection') as ((this: TlsServer, socket: TLSSocket) => void)[]
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => {
    const { tls } = security.settings
    const fault = tls === undefined ? 'the server has no certificate' : clientFault(socket, tls)
    if (fault === undefined) {
      for (const listener of inner) listener.call(server, socket)
      return
    }
    refusals.add('a client was refused', { client: socket.remoteAddress, reason: fault })
    socket.destroy()
  })
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    const refused = (socket.authorizationError as unknown) ?? undefined
    refusals.add('a TLS handshake failed', {
      client: socket.remoteAddress,
      reason: refused === undefined ? reasonOf(error) : verificationFault(socket),
    })
  })
}

/** OpenSSL's word for it, without the place in its source. */
const reasonOf = (error: Error): string =>
  'reason' in error && typeof error.reason === 'string'
    ? error.reason
    : 'code' in error && typeof error.code === 'string'
      ? error.code
      : 'unknown'
