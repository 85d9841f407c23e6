import { isIP } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { RefusalLog } from './refusal-log.ts'

const NOT_ALLOWED_HOST =
  'This host name is not allowed: add it to --web.allowed-hosts, or use the IP address or localhost.\n'

const FORGED =
  'Cross-site requests are not allowed, nor requests of pages whose host name is not in --web.allowed-hosts.\n'

/**
 * Protects against pages of other sites in a browser that can reach the exporter. Such a page can send requests, but only read responses
 * of its own host. By DNS rebinding, a name that its site points at the address of the exporter, it makes the exporter that host.
 * @param allowedHosts are the host names under which all requests are answered, besides IP addresses and localhost, which a site cannot
 * point elsewhere; others get status 403. Undefined allows every name, except to requests of pages that can change something.
 */
export function addCrossSiteChecks(
  app: FastifyInstance,
  allowedHosts: readonly string[] | undefined,
  refusals: RefusalLog,
): void {
  const names = new Set(allowedHosts)
  app.addHook('onRequest', (request, reply, done) => {
    const { host } = request.headers
    const isKnown = isKnownHost(host, names)
    if (allowedHosts !== undefined && !isKnown) {
      refusals.refused('host', { client: request.ip, host })
      void reply.code(403).type('text/plain').send(NOT_ALLOWED_HOST)
    } else if (isForged(request, isKnown)) void reply.code(403).type('text/plain').send(FORGED)
    else done()
  })
}

/**
 * Whether a Host header is an IP address, localhost or a known name, with any port. Browsers always send the header; HTTP/1.0 programs,
 * such as health checks of load balancers, need not.
 */
function isKnownHost(header: string | undefined, names: ReadonlySet<string>): boolean {
  if (header === undefined) return true
  // Without user information, path and so on, which URL would accept.
  if (!/^(?:[\w.-]+|\[[\d.:a-f]+\])(?::\d*)?$/i.test(header) || !URL.canParse(`http://${header}`))
    return false
  const host = new URL(`http://${header}`).hostname.replace(/^\[|\]$|\.$/g, '')
  return isIP(host) !== 0 || host === 'localhost' || host.endsWith('.localhost') || names.has(host)
}

/**
 * Whether a page of another site sent the request to change something, with the password that the browser remembers or from inside a
 * network. Browsers send Sec-Fetch-Site only to HTTPS and to loopback, and Origin with every POST. Programs send neither.
 */
function isForged({ method, headers }: FastifyRequest, isKnown: boolean): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  if (!['same-origin', 'none', undefined].includes(headers['sec-fetch-site'])) return true
  return headers.origin !== undefined && !(isKnown && isOwnOrigin(headers.origin, headers.host))
}

/** Compares host and port. The scheme differs behind a proxy that terminates TLS. Opaque origins (`null`) are foreign. */
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false
  const { protocol, host: originHost } = new URL(origin)
  const own = `${protocol}//${host}`
  return ['http:', 'https:'].includes(protocol) && URL.canParse(own) && new URL(own).host === originHost
}
