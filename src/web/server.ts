import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import type { Logger } from 'pino'
import { API_PREFIX } from './api/openapi.ts'
import { apiPlugin } from './api/plugin.ts'
import { discoveryPlugin, type DiscoveryOptions } from './discovery.ts'
import { healthPlugin, type HealthOptions } from './health.ts'
import { lifecyclePlugin, type LifecycleOptions } from './lifecycle.ts'
import { metricsPlugin, type MetricsOptions } from './metrics.ts'
import { pagePlugin, type PageOptions } from './page/plugin.ts'
import { addAuthentication } from './authentication.ts'
import { connectionsOf } from './connections.ts'
import { addBareHeaders, addSecurityHeaders } from './headers.ts'
import { addLimits, WEB_LIMITS, type WebLimits } from './limits.ts'
import { probePlugin, type ProbeOptions } from './probe.ts'
import { Refusals } from './refusals.ts'
import { WebSecurity } from './security.ts'
import { createWebServer } from './tls-server.ts'

export interface WebOptions extends MetricsOptions, HealthOptions, PageOptions, LifecycleOptions {
  /** Plain HTTP for everybody where there is none. */
  readonly security?: WebSecurity
  readonly limits?: Partial<WebLimits>
  /** No /sd/neurons where there is none. */
  readonly discovery?: DiscoveryOptions['discovery']
  /** No /probe where there is none. */
  readonly probe?: ProbeOptions['probe']
}

/**
 * The web server, ready for listen() or inject(). It answers GET and HEAD of its routes, and POST of /-/reload; nobody sends it
 * bodies, and its errors tell no inner details.
 */
export function buildWeb(options: WebOptions, log: Logger): FastifyInstance {
  const security = options.security ?? new WebSecurity()
  const limits = { ...WEB_LIMITS, ...options.limits }
  const refusals = new Refusals(log)
  const app = fastify({
    // Requests are logged at info: a scrape every few seconds would drown what matters.
    loggerInstance: log.child({}, { level: 'warn' }),
    bodyLimit: 16 * 1024,
    forceCloseConnections: 'idle',
    // The scheme of the address it tells.
    ...(security.settings.tls === undefined ? {} : { https: {} }),
    frameworkErrors: answerUnroutable,
    serverFactory: (listener) => createWebServer(listener, security, limits, refusals),
  }) as unknown as FastifyInstance
  const connections = connectionsOf(app.server)
  app.addHook('preClose', (done) => {
    connections.closeSessions()
    done()
  })
  addSecurityHeaders(app, security)
  app.after(() => {
    addLimits(app, security, limits)
    addAuthentication(app, security, refusals)
  })
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).type('text/plain').send('There is nothing here. Try /metrics or /.\n'),
  )
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error)
    if (status >= 500) request.log.error({ err: error, path: request.url }, 'a web request failed')
    return reply
      .code(status)
      .type('text/plain')
      .send(status >= 500 ? 'Internal error; the log says more.\n' : 'Bad request.\n')
  })
  app.register(metricsPlugin, options)
  app.register(healthPlugin, options)
  app.register(pagePlugin, options)
  app.register(apiPlugin, { ...options, prefix: API_PREFIX })
  if (options.discovery !== undefined) app.register(discoveryPlugin, { discovery: options.discovery })
  if (options.probe !== undefined) app.register(probePlugin, { probe: options.probe })
  app.register(lifecyclePlugin, options)
  return app
}

/** Of a URL that cannot be decoded, which no hook gets to see. */
const answerUnroutable = (_error: unknown, _request: unknown, reply: FastifyReply): void => {
  void addBareHeaders(reply).code(400).type('text/plain').send('Bad request.\n')
}

function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' && status >= 400 ? status : 500
}
