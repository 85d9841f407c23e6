import type { FastifyInstance } from 'fastify'

/** What came of a reload, to be told to who asked for it. */
export interface ReloadAnswer {
  readonly result: 'done' | 'refused' | 'failed'
  readonly message: string
}

export interface LifecycleOptions {
  /** Reads the configuration again; undefined where that is not for the web to ask. */
  readonly reload?: (() => Promise<ReloadAnswer>) | undefined
}

const STATUS: Readonly<Record<ReloadAnswer['result'], number>> = { done: 200, refused: 422, failed: 500 }

/**
 * POST /-/reload: 200 when the configuration was read again, 422 with its faults when they keep the one before in force;
 * 403 unless it was enabled, as in Prometheus.
 */
export function lifecyclePlugin(app: FastifyInstance, { reload }: LifecycleOptions, done: () => void): void {
  // Whatever a client sends along is read, within the limit, and ignored.
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
