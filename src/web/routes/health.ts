import type { FastifyInstance } from 'fastify'

export interface HealthOptions {
  /** True while fresh data is published. */
  readonly isReady: () => boolean
}

/** GET /-/healthy: 200 while the process runs. GET /-/ready: 200 while there is fresh data to scrape, else 503. */
export function healthPlugin(app: FastifyInstance, { isReady }: HealthOptions, done: () => void): void {
  app.get('/-/healthy', (_request, reply) => reply.type('text/plain').send('Healthy.\n'))
  app.get('/-/ready', (_request, reply) => {
    if (isReady()) return reply.type('text/plain').send('Ready.\n')
    return reply.code(503).type('text/plain').send('Not ready: there is no fresh data from any node.\n')
  })
  done()
}
