import fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { healthPlugin, type HealthOptions } from './health.ts'
import { lifecyclePlugin, type LifecycleOptions } from './lifecycle.ts'
import { landingPlugin, type LandingOptions } from './landing.ts'
import { metricsPlugin, type MetricsOptions } from './metrics.ts'

export interface WebOptions extends MetricsOptions, HealthOptions, LandingOptions, LifecycleOptions {}

/**
 * The web server, ready for listen() or inject(). It answers GET and HEAD of its routes, and POST of /-/reload; nobody sends it
 * bodies, and its errors tell no inner details.
 */
export function buildWeb(options: WebOptions, log: Logger): FastifyInstance {
  const app = fastify({
    // Requests are logged at info: a scrape every few seconds would drown what matters.
    loggerInstance: log.child({}, { level: 'warn' }),
    bodyLimit: 16 * 1024,
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
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
  app.register(landingPlugin, options)
  app.register(lifecyclePlugin, options)
  return app as unknown as FastifyInstance
}

function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' && status >= 400 ? status : 500
}
