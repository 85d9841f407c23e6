import helmet from '@fastify/helmet'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { WebSecurity } from './security.ts'

/** Scripts, frames and other hosts are for nobody; pages allow the one style sheet that is in them (page/style). */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
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
  // Before the route, which may send without Fastify, and after it, which may have set its own.
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
  for (const [name, value] of Object.entries(security.settings.headers)) {
    reply.removeHeader(name)
    if (value === '') reply.raw.removeHeader(name)
    else reply.raw.setHeader(name, value)
  }
}

/** For an answer of a few words that no hook gets to see. */
export const addBareHeaders = (reply: FastifyReply): FastifyReply =>
  reply.headers({ 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' })
