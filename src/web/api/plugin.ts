import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { WebState } from '../web-state.ts'
import type { RenderCache } from '../render-cache.ts'
import { RequestError } from '../request-parameters.ts'
import { openApi } from './openapi.ts'
import { ROUTES } from './routes.ts'
import type { Problem } from './schema.ts'

export interface ApiOptions {
  /** Called for each request. */
  readonly state: () => WebState
  readonly rendered: RenderCache
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** The exporter's state as JSON, registered below /api/v1. Errors are problem details (RFC 9457). */
export function apiPlugin(app: FastifyInstance, { state, rendered }: ApiOptions, done: () => void): void {
  for (const { path, read } of ROUTES)
    app.get(path, (request, reply) => {
      // The data may be different at the next block.
      reply.header('cache-control', 'no-store').type(JSON_TYPE)
      const { params, query } = request
      const { revision } = state()
      return rendered.send(request, reply, { revision }, () =>
        JSON.stringify(read(state(), { params, query })),
      )
    })
  let document: Buffer | undefined
  app.get('/openapi.json', (_request, reply) => {
    document ??= Buffer.from(JSON.stringify(openApi(state().version)))
    return reply.type(JSON_TYPE).send(document)
  })
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, 404, 'Unknown endpoint. /api/v1/openapi.json lists all endpoints.'),
  )
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof RequestError) return sendProblem(reply, error.status, error.message, error.issues)
    const { statusCode = 500 } = error as { readonly statusCode?: number }
    if (statusCode >= 400 && statusCode < 500)
      return sendProblem(reply, statusCode, 'The request cannot be read.')
    request.log.error({ err: error, path: request.url }, 'web request failed')
    return sendProblem(reply, 500, 'Internal error; see the log.')
  })
  done()
}

function sendProblem(
  reply: FastifyReply,
  status: number,
  detail: string,
  issues: RequestError['issues'] = [],
): FastifyReply {
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? '',
    status,
    detail,
    ...(issues.length === 0 ? {} : { errors: [...issues] }),
  }
  return reply.code(status).type('application/problem+json').send(JSON.stringify(problem))
}
