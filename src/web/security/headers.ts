import helmet from '@fastify/helmet'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { WebSecurity } from './web-security.ts'

/** Forbids scripts, frames and requests to other hosts. Pages allow the one style sheet that they contain (page/style). */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
}

/**
 * Security headers for every response. A route may override them, and configured headers override both. Strict-Transport-Security is
 * sent only when configured: it applies to all ports of the host, for example Grafana's.
 */
export function addSecurityHeaders(app: FastifyInstance, security: WebSecurity): void {
  app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    frameguard: { action: 'deny' },
    strictTransportSecurity: false,
  })
  // Before the route, which may bypass Fastify when it sends, and after it, because it may set headers of its own.
  app.after(() => {
    app.addHook('onRequest', (_request, reply, done) => {
      applyConfigured(reply, security)
      done()
    })
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    applyConfigured(reply, security)
    done()
  })
}

function applyConfigured(reply: FastifyReply, security: WebSecurity): void {
  for (const [name, value] of Object.entries(security.config.headers)) {
    reply.removeHeader(name)
    if (value === '') reply.raw.removeHeader(name)
    else reply.raw.setHeader(name, value)
  }
}

/** Security headers for a plain response that is sent without any hooks. */
export const addMinimalHeaders = (reply: FastifyReply): FastifyReply =>
  reply.headers({ 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' })
