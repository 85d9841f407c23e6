import type { FastifyInstance } from 'fastify'

export interface HealthOptions {
  /** True once something was published and while something fresh is. */
  readonly isReady: () => boolean
}

/** GET /-/healthy: the process answers. GET /-/ready: there is something fresh to scrape, else 503. */
export function healthPlugin(app: FastifyInstance, { isReady }: HealthOptions, done: () => void): void {
  app.get('/-/healthy', (_request, reply) => reply.type('text/plain').send('Healthy.\n'))
  app.get('/-/ready', (_request, reply) => {
    if (isReady()) return reply.type('text/plain').send('Ready.\n')
    return reply
      .code(503)
      .type('text/plain')
      .send('Not ready: nothing fresh has been read from any Sidecar.\n')
  })
  done()
}
