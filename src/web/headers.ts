import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import type { WebSecurity } from './security.ts'

/** Scripts, frames and other hosts are for nobody: the page is text with a style of its own. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'style-src': ["'unsafe-inline'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
}

/**
 * Security headers on every answer; a route may set its own over them, and the configured ones are set over all. There is no
 * Strict-Transport-Security unless it is configured: it would bind the host's other ports, Grafana's among them.
 */
export function addSecurityHeaders(app: FastifyInstance, security: WebSecurity): void {
  app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    frameguard: { action: 'deny' },
    strictTransportSecurity: false,
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    for (const [name, value] of Object.entries(security.settings.headers)) {
      if (value !== '') {
        reply.header(name, value)
        continue
      }
      reply.removeHeader(name)
      reply.raw.removeHeader(name)
    }
    done()
  })
}
