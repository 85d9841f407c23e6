import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Server } from 'node:http'
import type { WebSecurity } from './security.ts'
import { TokenBucket } from './token-bucket.ts'

/** What one client, or all of them, may take. Times are in milliseconds. */
export interface WebLimits {
  /** All header lines of a request; more is answered 431. */
  readonly maxHeaderBytes: number
  /** Path and query; more is answered 414. */
  readonly maxUrlLength: number
  /** From the connection, or from the answer before, to the last header line: who sends slower is answered 408. */
  readonly headersTimeoutMs: number
  /** To the last byte of a request. */
  readonly requestTimeoutMs: number
  /** How long a connection is kept with no request on it. */
  readonly keepAliveTimeoutMs: number
  /** From a request to the last byte of its answer: who reads slower is cut off, for it holds a whole snapshot. */
  readonly responseTimeoutMs: number
  /** Connections at a time; more are closed as they come. */
  readonly maxConnections: number
}

export const WEB_LIMITS: WebLimits = {
  maxHeaderBytes: 16 * 1024,
  maxUrlLength: 2048,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 72_000,
  responseTimeoutMs: 120_000,
  maxConnections: 512,
}

/** The limits that are not node:http's own, as hooks for every request, also those that meet no route. */
export function addLimits(app: FastifyInstance, security: WebSecurity, limits: WebLimits): void {
  const { server } = app as { readonly server: Server }
  server.maxConnections = limits.maxConnections
  const bucket = new TokenBucket()

  app.addHook('onRequest', (request, reply, done) => {
    cutOffSlow(reply, limits.responseTimeoutMs)
    const { rateLimit } = security.settings
    if (rateLimit !== undefined && !bucket.take(rateLimit, performance.now())) {
      const seconds = Math.ceil(rateLimit.intervalMs / 1000)
      void reply.code(429).header('retry-after', seconds).type('text/plain').send('Too many requests.\n')
    } else if (request.url.length > limits.maxUrlLength)
      void reply.code(414).type('text/plain').send('The URL is too long.\n')
    else if (isForged(request)) void reply.code(403).type('text/plain').send('Not from another site.\n')
    else done()
  })
}

/** HTTP/2 has many answers on one connection: there the stream is what is cut off. */
function cutOffSlow(reply: FastifyReply, withinMs: number): void {
  const timer = setTimeout(() => reply.raw.destroy(new Error('the client reads too slowly')), withinMs)
  timer.unref()
  reply.raw.once('close', () => {
    clearTimeout(timer)
  })
}

/** A page of another site that makes a browser act with the password that it remembers. */
const isForged = ({ method, headers }: FastifyRequest): boolean =>
  method !== 'GET' &&
  method !== 'HEAD' &&
  !['same-origin', 'none', undefined].includes(headers['sec-fetch-site'])
