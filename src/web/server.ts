import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import type { Logger } from 'pino'
import { API_PREFIX } from './api/openapi.ts'
import { apiPlugin } from './api/plugin.ts'
import { pagePlugin, type PageOptions } from './page/plugin.ts'
import { RenderCache } from './render-cache.ts'
import { discoveryPlugin, type DiscoveryOptions } from './routes/discovery.ts'
import { healthPlugin, type HealthOptions } from './routes/health.ts'
import { metricsPlugin, type MetricsOptions } from './routes/metrics.ts'
import { probePlugin, type ProbeOptions } from './routes/probe.ts'
import { reloadPlugin, type ReloadOptions } from './routes/reload.ts'
import { runbooksPlugin, type Runbooks } from './routes/runbooks.ts'
import { deferredByArrivals } from './security/arrivals.ts'
import { addAuthentication } from './security/authentication.ts'
import { addCrossSiteChecks } from './security/cross-site.ts'
import { addMinimalHeaders, addSecurityHeaders } from './security/headers.ts'
import { ConnectionLimiter } from './security/limit-connections.ts'
import { addLimits, WEB_LIMITS, type WebLimits } from './security/limits.ts'
import { REFUSAL_REASONS, RefusalLog } from './security/refusal-log.ts'
import { ResponseTurns } from './security/response-turns.ts'
import { createWebServer } from './security/tls-server.ts'
import { WebSecurity } from './security/web-security.ts'

export interface WebOptions
  extends MetricsOptions, HealthOptions, Omit<PageOptions, 'rendered'>, ReloadOptions {
  /** Plain HTTP without authentication by default. */
  readonly security?: WebSecurity
  readonly limits?: Partial<WebLimits>
  /** Host names that requests may be for, in lower case: see addCrossSiteChecks. */
  readonly allowedHosts?: readonly string[] | undefined
  /** Serves /sd/neurons when set. */
  readonly discovery?: DiscoveryOptions['discovery']
  /** Served at /runbooks; none by default. */
  readonly runbooks?: Runbooks
  /** Serves /probe when set. */
  readonly probe?: ProbeOptions['probe']
}

/**
 * The web server, ready for listen() or inject(). Serves GET and HEAD of its routes and POST /-/reload. Error responses contain no
 * internal details.
 */
export function buildWeb(options: WebOptions, log: Logger): FastifyInstance {
  const security = options.security ?? new WebSecurity()
  const limits = { ...WEB_LIMITS, ...options.limits }
  const refusals = new RefusalLog(log, (reason) => {
    options.self.webRefused(reason)
  })
  for (const reason of REFUSAL_REASONS) options.self.webRefused(reason, 0)
  const connections = new ConnectionLimiter(limits, (reason, client) => {
    refusals.refused(reason, { client })
  })
  const app = fastify({
    // Fastify logs each request at info.
    loggerInstance: log.child({}, { level: 'warn' }),
    bodyLimit: 16 * 1024,
    forceCloseConnections: 'idle',
    // Only decides the scheme of the URL that listen() returns.
    ...(security.config.tls === undefined ? {} : { https: {} }),
    frameworkErrors: answerMalformedUrl,
    serverFactory: (listener) =>
      createWebServer(connections.listenerOf(listener), security, limits, refusals),
  }) as unknown as FastifyInstance
  connections.attach(app.server)
  options.self.webConnections(() => connections.open)
  addSecurityHeaders(app, security)
  app.after(() => {
    addLimits(app, security, limits, refusals)
    addCrossSiteChecks(app, options.allowedHosts, refusals)
    addAuthentication(app, security, refusals)
  })
  answerErrors(app)
  const isDeferred = () => deferredByArrivals(() => connections.accepted)
  const rendered = new RenderCache((client) => {
    refusals.refused('rendering_queue', { client })
  }, isDeferred())
  const turns = new ResponseTurns((client) => {
    refusals.refused('slow_reader', { client })
  }, isDeferred())
  addRoutes(app, options, rendered, turns)
  return app
}

function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).type('text/plain').send('Not found. Try /metrics or /.\n'),
  )
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error)
    if (status >= 500) request.log.error({ err: error, path: request.url }, 'web request failed')
    return reply
      .code(status)
      .type('text/plain')
      .send(status >= 500 ? 'Internal error; see the log.\n' : 'Bad request.\n')
  })
}

function addRoutes(
  app: FastifyInstance,
  options: WebOptions,
  rendered: RenderCache,
  turns: ResponseTurns,
): void {
  const { discovery, probe } = options
  app.register(metricsPlugin, { ...options, turns })
  app.register(healthPlugin, options)
  app.register(pagePlugin, { ...options, rendered })
  app.register(apiPlugin, { ...options, rendered, prefix: API_PREFIX })
  if (discovery !== undefined) app.register(discoveryPlugin, { discovery })
  if (probe !== undefined) app.register(probePlugin, { probe })
  app.register(reloadPlugin, options)
  app.register(runbooksPlugin, { state: options.state, runbooks: options.runbooks ?? new Map() })
}

/** Answers a URL that cannot be decoded. Fastify runs no hooks for it. */
const answerMalformedUrl = (_error: unknown, _request: unknown, reply: FastifyReply): void => {
  void addMinimalHeaders(reply).code(400).type('text/plain').send('Bad request.\n')
}

function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' && status >= 400 ? status : 500
}
