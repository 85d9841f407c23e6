import type { FastifyInstance, FastifyReply } from 'fastify'
import { Passwords, type Credentials } from './passwords.ts'
import type { RefusalLog } from './refusal-log.ts'
import type { WebSecurity } from './web-security.ts'

/** For passwords that were not checked. */
const RETRY_AFTER_SECONDS = { busy: 1, wait: 60 } as const

const REASONS = { busy: 'password_queue', wait: 'password_backoff', wrong: 'wrong_password' } as const

/**
 * Basic authentication (RFC 7617) for every path, including paths without a route, when users are configured. Answers 401 to wrong
 * or missing credentials, 429 after many wrong passwords from the same network, and 503 when too many passwords wait to be checked.
 */
export function addAuthentication(app: FastifyInstance, security: WebSecurity, refusals: RefusalLog): void {
  const passwords = new Passwords()
  // onClose runs only after waiting requests have ended.
  app.addHook('preClose', (done) => {
    passwords.close()
    done()
  })
  app.addHook('onRequest', async (request, reply) => {
    const { users } = security.config
    if (users.size === 0) return
    const credentials = credentialsOf(request.headers.authorization)
    if (credentials === undefined) return unauthorized(reply)
    const verdict = await passwords.check(credentials, users, request.ip)
    if (verdict === 'right') return
    // Without the user name: somebody may have typed a password in its place.
    refusals.refused(REASONS[verdict], { client: request.ip })
    if (verdict === 'wrong') return unauthorized(reply)
    reply.header('retry-after', RETRY_AFTER_SECONDS[verdict]).type('text/plain')
    return verdict === 'wait'
      ? reply.code(429).send('Too many wrong passwords: try again later.\n')
      : reply.code(503).send('Too many concurrent logins.\n')
  })
}

const unauthorized = (reply: FastifyReply): FastifyReply =>
  reply
    .code(401)
    .header('www-authenticate', 'Basic realm="bittensor-exporter", charset="UTF-8"')
    .type('text/plain')
    .send('A user name and password are required.\n')

/** User name and password of an Authorization header; undefined when the header is missing or malformed. */
export function credentialsOf(header: string | undefined): Credentials | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '') ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
