import fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { API_PREFIX } from './api/openapi.ts'
import { apiPlugin } from './api/plugin.ts'
import { healthPlugin, type HealthOptions } from './health.ts'
import { metricsPlugin, type MetricsOptions } from './metrics.ts'
import { pagePlugin, type PageOptions } from './page/plugin.ts'

export interface WebOptions extends MetricsOptions, HealthOptions, PageOptions {}

/**
 * The web server, ready for listen() or inject(). It answers GET and HEAD of its routes; nobody sends it bodies, and its
 * errors tell no inner details.
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
  app.register(pagePlugin, options)
  app.register(apiPlugin, { ...options, prefix: API_PREFIX })
  return app as unknown as FastifyInstance
}

function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' && status >= 400 ? status : 500
}
