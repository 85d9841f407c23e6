import type { FastifyInstance, FastifyReply } from 'fastify'
import { Passwords, type Credentials } from './passwords.ts'
import type { Refusals } from './refusals.ts'
import type { WebSecurity } from './security.ts'

/**
 * Basic authentication (RFC 7617) before every path, also those that are not there, while there are users: 401 for who
 * has no right password, 503 when too many passwords wait to be checked.
 */
export function addAuthentication(app: FastifyInstance, security: WebSecurity, refusals: Refusals): void {
  const passwords = new Passwords()
  app.addHook('onClose', () => passwords.close())
  app.addHook('onRequest', async (request, reply) => {
    const { users } = security.settings
    if (users.size === 0) return
    const credentials = credentialsOf(request.headers.authorization)
    if (credentials === undefined) return unauthorized(reply)
    const verdict = await passwords.check(credentials, users, request.ip)
    if (verdict === 'right') return
    // The user name is not shown: it may be a password in the wrong field.
    refusals.add(verdict === 'busy' ? 'too many passwords wait to be checked' : 'a password was wrong', {
      client: request.ip,
    })
    if (verdict === 'wrong') return unauthorized(reply)
    return reply.code(503).header('retry-after', 1).type('text/plain').send('Too many sign in at once.\n')
  })
}

const unauthorized = (reply: FastifyReply): FastifyReply =>
  reply
    .code(401)
    .header('www-authenticate', 'Basic realm="bittensor-exporter", charset="UTF-8"')
    .type('text/plain')
    .send('A user name and password are needed.\n')

/** User name and password of an Authorization header; undefined where there is none, or none that can be read. */
export function credentialsOf(header: string | undefined): Credentials | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '') ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
