import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { WebState } from '../web-state.ts'
import { RequestError } from '../request-parameters.ts'
import { openApi } from './openapi.ts'
import { ROUTES } from './routes.ts'
import type { Problem } from './schema.ts'

export interface ApiOptions {
  /** Called for each request. */
  readonly state: () => WebState
}

/** The exporter's state as JSON, registered below /api/v1. Errors are problem details (RFC 9457). */
export function apiPlugin(app: FastifyInstance, { state }: ApiOptions, done: () => void): void {
  for (const { path, read } of ROUTES)
    app.get(path, ({ params, query }, reply) => {
      // The data may be different at the next block.
      reply.header('cache-control', 'no-store')
      return reply.send(read(state(), { params, query }))
    })
  app.get('/openapi.json', (_request, reply) => reply.send(openApi(state().version)))
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
