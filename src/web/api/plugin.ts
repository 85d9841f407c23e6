import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Known } from '../known.ts'
import { RequestFault } from '../request.ts'
import { openApi } from './openapi.ts'
import { ROUTES } from './routes.ts'
import type { Problem } from './schema.ts'

export interface ApiOptions {
  /** What is known when it is asked for. */
  readonly known: () => Known
}

/** What is known now as JSON, registered below /api/v1. What is wrong is told as RFC 9457 has it. */
export function apiPlugin(app: FastifyInstance, { known }: ApiOptions, done: () => void): void {
  for (const { path, read } of ROUTES)
    app.get(path, ({ params, query }, reply) => {
      // Another look is at another block.
      reply.header('cache-control', 'no-store')
      return reply.send(read(known(), { params, query }))
    })
  app.get('/openapi.json', (_request, reply) => reply.send(openApi(known().version)))
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, 404, 'There is no such endpoint: /api/v1/openapi.json says which there are.'),
  )
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof RequestFault) return sendProblem(reply, error.status, error.message, error.faults)
    const { statusCode = 500 } = error as { readonly statusCode?: number }
    if (statusCode >= 400 && statusCode < 500)
      return sendProblem(reply, statusCode, 'The request cannot be read.')
    request.log.error({ err: error, path: request.url }, 'a web request failed')
    return sendProblem(reply, 500, 'Internal error; the log says more.')
  })
  done()
}

function sendProblem(
  reply: FastifyReply,
  status: number,
  detail: string,
  faults: RequestFault['faults'] = [],
): FastifyReply {
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? '',
    status,
    detail,
    ...(faults.length === 0 ? {} : { errors: [...faults] }),
  }
  return reply.code(status).type('application/problem+json').send(JSON.stringify(problem))
}
