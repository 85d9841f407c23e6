import type { FastifyInstance } from 'fastify'
import type { ReloadOutcome } from '../../config/reload.ts'

export interface ReloadOptions {
  /** Reloads the configuration; undefined when reloading over HTTP is not enabled. */
  readonly reload?: (() => Promise<ReloadOutcome>) | undefined
}

const STATUS: Readonly<Record<ReloadOutcome['result'], number>> = { done: 200, refused: 422, failed: 500 }

/**
 * POST /-/reload: 200 when the configuration was reloaded, 422 with all that is wrong with it when it was rejected and the previous
 * one stays in force, 403 when reloading over HTTP is not enabled, as in Prometheus.
 */
export function reloadPlugin(app: FastifyInstance, { reload }: ReloadOptions, done: () => void): void {
  // A request body is read, up to the limit, and ignored.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, parsed) => {
    parsed(null)
  })
  app.all('/-/reload', async (request, reply) => {
    reply.type('text/plain')
    if (request.method !== 'POST')
      return reply.code(405).header('allow', 'POST').send('Only POST requests allowed.\n')
    if (reload === undefined)
      return reply
        .code(403)
        .send('Lifecycle API is not enabled: start with --web.enable-lifecycle, or send SIGHUP.\n')
    const { result, message } = await reload()
    return reply.code(STATUS[result]).send(`${message}\n`)
  })
  done()
}
