import {
  API_PREFIX,
  componentSchemas,
  nameOfAnswer,
  parameterSchema,
  pathOf,
  type JsonSchema,
} from './openapi.ts'
import type { Parameter } from '../request-parameters.ts'
import { ROUTES, type Route } from './routes.ts'

/** Renders docs/API.md: every endpoint and every field, from the routes and schemas. */
export function renderApiDoc(): string {
  const schemas = componentSchemas()
  const answers = new Set(ROUTES.map(nameOfAnswer))
  const parts = Object.entries(schemas).filter(
    ([name, { properties }]) => !answers.has(name) && name !== 'Problem' && properties !== undefined,
  )
  return `# The API

Rendered from the source by \`npm run generate\`; a test fails if it is outdated.
The machine-readable description is at [/api/v1/openapi.json](http://127.0.0.1:9645/api/v1/openapi.json) (OpenAPI 3.1).

The API returns the data of the page and of \`/metrics\` as JSON. It answers from memory: a request never causes a request to a
Sidecar, and data older than \`stale_after\` is absent. A leaderboard of 256 neurons takes a few milliseconds
([measured](PERFORMANCE.md)).

- Fields are named after the corresponding metrics. Unknown values are \`null\`, never 0.
- Amounts are strings: exact decimals of whole tokens (TAO, or a subnet's alpha). Ratios are from 0 to 1. Prices and ratios are
  the float64 nearest to the chain's value.
- \`block\` is the finalized block at which the data was read.
- Names chosen by third parties (of subnets, nodes, coldkeys) are one line of at most 128 characters, in which invisible characters
  are replaced by U+FFFD. They are not escaped: escape them for the format in which you use them.
- Errors are problem details (RFC 9457, \`application/problem+json\`): 400 lists each invalid parameter and its valid values, 404
  means that the subnet does not exist or is not read, 503 that there is no fresh data.

\`\`\`sh
curl '127.0.0.1:9645/api/v1/subnets/1/neurons?sort=dividends&limit=10'
\`\`\`

${ROUTES.map((route) => endpoint(route, schemas)).join('\n')}
## Schemas

${parts.map(([name, schema]) => `### ${name}\n\n${descriptionOf(schema)}${fields(schema)}`).join('\n')}`
}

type Schemas = ReturnType<typeof componentSchemas>

function endpoint(route: Route, schemas: Schemas): string {
  const schema = schemas[nameOfAnswer(route)] ?? {}
  const parameters = Object.entries({ ...route.params, ...route.query })
  return `## GET ${API_PREFIX}${pathOf(route)}

${descriptionOf(schema)}${parameters.length === 0 ? '' : `${parameterTable(parameters)}\n`}${fields(schema)}`
}

const parameterTable = (parameters: readonly (readonly [string, Parameter])[]): string =>
  tableOf(
    ['parameter', 'type', 'default', 'meaning'],
    parameters.map(([name, parameter]) => [
      code(name),
      parameter.expected,
      'default' in parameterSchema(parameter) ? code(String(parameter.fallback)) : '',
      parameter.description,
    ]),
  )

const fields = ({ properties = {} }: JsonSchema): string =>
  tableOf(
    ['field', 'type', 'meaning'],
    Object.entries(properties).map(([name, schema]) =>
      typeof schema === 'boolean' ? [] : [code(name), typeOf(schema), schema.description ?? ''],
    ),
  )

const descriptionOf = ({ description }: JsonSchema): string =>
  description === undefined ? '' : `${description}\n\n`

/** Describes a type. Named schemas are referred to by name. */
function typeOf(schema: JsonSchema): string {
  const { $ref, anyOf, type, items, properties } = schema
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('/') + 1)
  if (anyOf !== undefined)
    return anyOf.map((each) => (typeof each === 'boolean' ? '' : typeOf(each))).join(' or ')
  if (schema.enum !== undefined) return schema.enum.map((choice) => code(String(choice))).join(', ')
  if (type === 'array' && typeof items === 'object' && !Array.isArray(items))
    return `list of ${typeOf(items)}`
  if (type === 'object' && properties !== undefined)
    return `{ ${Object.entries(properties)
      .map(([name, inner]) => `${name}: ${typeof inner === 'boolean' ? '' : typeOf(inner)}`)
      .join(', ')} }`
  return [type ?? ''].flat().join(' or ')
}

const code = (text: string): string => `\`${text}\``

const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('')
