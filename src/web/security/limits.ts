import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ConnectionLimits } from './connection-shares.ts'
import type { RefusalLog } from './refusal-log.ts'
import { TokenBucket } from '../../token-bucket.ts'
import type { WebSecurity } from './web-security.ts'

/** Limits of the web server. Times are in milliseconds. */
export interface WebLimits extends ConnectionLimits {
  /** All header lines of a request. Larger requests are answered 431. */
  readonly maxHeaderBytes: number
  /** Path and query. Longer ones are answered 414. */
  readonly maxUrlLength: number
  /** From the start of the connection, or from the previous response, to the last header line. Slower clients are answered 408. */
  readonly headersTimeoutMs: number
  /** To the last byte of a request. Slower clients are answered 408. */
  readonly requestTimeoutMs: number
  /** How long an idle connection is kept. */
  readonly keepAliveTimeoutMs: number
  /** From the request to the last byte of the response. Slower readers are cut off, since they keep a snapshot in memory. */
  readonly responseTimeoutMs: number
}

export const WEB_LIMITS: WebLimits = {
  maxHeaderBytes: 16 * 1024,
  maxUrlLength: 2048,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 72_000,
  responseTimeoutMs: 120_000,
  maxConnections: 512,
  maxConnectionsPerNetwork: 128,
}

/** Adds the limits that node:http does not have, as hooks for every request, including those that match no route. */
export function addLimits(
  app: FastifyInstance,
  security: WebSecurity,
  limits: WebLimits,
  refusals: RefusalLog,
): void {
  const bucket = new TokenBucket()

  app.addHook('onRequest', (request, reply, done) => {
    const refuse = (status: number, message: string) => reply.code(status).type('text/plain').send(message)
    limitResponseTime(reply, limits.responseTimeoutMs)
    const { rateLimit } = security.config
    if (hasSeveralHosts(request)) {
      reply.header('connection', 'close')
      void refuse(400, 'Bad request.\n')
    } else if (rateLimit !== undefined && !bucket.take(rateLimit, performance.now())) {
      refusals.refused('rate_limit', {})
      reply.header('retry-after', Math.ceil(rateLimit.intervalMs / 1000))
      void refuse(429, 'Too many requests.\n')
    } else if (request.url.length > limits.maxUrlLength) void refuse(414, 'The URL is too long.\n')
    else done()
  })
}

/** Closes the connection of a slow reader. */
function limitResponseTime(reply: FastifyReply, timeoutMs: number): void {
  const timer = setTimeout(() => reply.raw.destroy(new Error('the client reads too slowly')), timeoutMs)
  timer.unref()
  reply.raw.once('close', () => {
    clearTimeout(timer)
  })
}

/** RFC 9112, section 3.2: a proxy may have checked another Host than the one that node:http takes, the first. */
const hasSeveralHosts = ({ raw }: FastifyRequest): boolean =>
  raw.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length > 1
