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

/** docs/API.md: every endpoint and every field, from the routes and schemas themselves. */
export function renderApiDoc(): string {
  const schemas = componentSchemas()
  const answers = new Set(ROUTES.map(nameOfAnswer))
  const parts = Object.entries(schemas).filter(
    ([name, { properties }]) => !answers.has(name) && name !== 'Problem' && properties !== undefined,
  )
  return `# The API

Rendered from the source by \`npm run generate\`; a test fails when it is not what it says.
The same for programs is at [/api/v1/openapi.json](http://127.0.0.1:9645/api/v1/openapi.json) (OpenAPI 3.1).

What is on the page and on \`/metrics\`, as JSON, from memory: no request to it makes one to a Sidecar, and what is older than
\`stale_after\` is gone from both. A leaderboard of 256 neurons takes a few milliseconds ([measured](PERFORMANCE.md)).

- Fields are called as the metrics they go with. What is not known is \`null\`; it is never 0.
- Amounts are strings: exact decimals of whole tokens (TAO, or a subnet's alpha). Ratios are in 0–1. Prices and ratios are the
  float64 nearest to what the chain has.
- \`block\` says which finalized block something was read at.
- Names that strangers chose (of subnets, nodes, coldkeys) are one line of at most 128 characters; what cannot be seen in them is
  U+FFFD. They are not escaped: do that where you put them.
- What is wrong with a request is told as RFC 9457 has it (\`application/problem+json\`): 400 with each parameter that is wrong and
  what would be right, 404 for a subnet that does not exist or is not read, 503 while nothing fresh is known.

\`\`\`sh
curl '127.0.0.1:9645/api/v1/subnets/1/neurons?sort=dividends&limit=10'
\`\`\`

${ROUTES.map((route) => endpoint(route, schemas)).join('\n')}
## Parts of answers

${parts.map(([name, schema]) => `### ${name}\n\n${said(schema)}${fields(schema)}`).join('\n')}`
}

type Schemas = ReturnType<typeof componentSchemas>

function endpoint(route: Route, schemas: Schemas): string {
  const schema = schemas[nameOfAnswer(route)] ?? {}
  const parameters = Object.entries({ ...route.params, ...route.query })
  return `## GET ${API_PREFIX}${pathOf(route)}

${said(schema)}${parameters.length === 0 ? '' : `${parameterTable(parameters)}\n`}${fields(schema)}`
}

const parameterTable = (parameters: readonly (readonly [string, Parameter])[]): string =>
  tableOf(
    ['parameter', 'is', 'default', 'meaning'],
    parameters.map(([name, parameter]) => [
      code(name),
      parameter.expected,
      'default' in parameterSchema(parameter) ? code(String(parameter.fallback)) : '',
      parameter.description,
    ]),
  )

const fields = ({ properties = {} }: JsonSchema): string =>
  tableOf(
    ['field', 'is', 'meaning'],
    Object.entries(properties).map(([name, schema]) =>
      typeof schema === 'boolean' ? [] : [code(name), typeOf(schema), schema.description ?? ''],
    ),
  )

const said = ({ description }: JsonSchema): string => (description === undefined ? '' : `${description}\n\n`)

/** A type in words; parts of answers by their names. */
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
