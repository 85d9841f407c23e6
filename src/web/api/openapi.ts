import { z } from 'zod'
import type { Parameter, Parameters } from '../request-parameters.ts'
import { ROUTES, type Route } from './routes.ts'
import * as schema from './schema.ts'

/** JSON Schema as produced by zod. */
export type JsonSchema = z.core.JSONSchema.JSONSchema

/** Path prefix of the API. */
export const API_PREFIX = '/api/v1'

const referenceTo = (id: string): string => `#/components/schemas/${id}`

/** All named schemas by name. They refer to each other. */
export function componentSchemas(): Readonly<Record<string, JsonSchema>> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { uri: referenceTo })
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, id: ___, ...rest }]) => [id, rest]),
  )
}

/** The name of the schema of a route's response. */
export const nameOfAnswer = ({ answer }: Pick<Route, 'answer'>): string => answer.meta()?.id ?? ''

/** The API as an OpenAPI 3.1 document. */
export function openApi(version: string) {
  return {
    openapi: '3.1.1',
    info: {
      title: 'bittensor-exporter',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Current data of the exporter, from memory: no request causes a request to a node. Values that are unknown or older than stale_after are null.',
    },
    servers: [{ url: API_PREFIX }],
    paths: Object.fromEntries(ROUTES.map((route) => [pathOf(route), { get: operationOf(route) }])),
    components: { schemas: componentSchemas() },
  }
}

/** A route's path in OpenAPI's notation: {name} instead of :name. */
export const pathOf = ({ path }: Pick<Route, 'path'>): string => path.replace(/:(\w+)/g, '{$1}')

function operationOf(route: Route) {
  const { summary, params, query } = route
  const takes = Object.keys(params).length > 0
  return {
    operationId: route.path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()),
    summary,
    parameters: [...parametersOf('path', params), ...parametersOf('query', query)],
    responses: {
      200: answered('application/json', nameOfAnswer(route), summary),
      400: problem('A parameter is invalid.'),
      ...(takes
        ? {
            404: problem('The subnet does not exist or is not read.'),
            503: problem('There is no fresh data.'),
          }
        : {}),
    },
  }
}

const answered = (type: string, name: string, description: string) => ({
  description,
  content: { [type]: { schema: { $ref: referenceTo(name) } } },
})

const problem = (description: string) =>
  answered('application/problem+json', schema.problem.meta()?.id ?? '', description)

const parametersOf = (place: 'path' | 'query', parameters: Parameters) =>
  Object.entries(parameters).map(([name, parameter]) => ({
    name,
    in: place,
    required: place === 'path',
    description: parameter.description,
    schema: parameterSchema(parameter),
  }))

/** The schema of a parameter's parsed value. */
export function parameterSchema({ schema, fallback }: Parameter): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'output' })
  return fallback === undefined ? rest : { ...rest, default: fallback }
}
