import type { Parameter } from '../../src/web/request-parameters.ts'
import {
  API_PREFIX,
  componentSchemas,
  nameOfAnswer,
  parameterSchema,
  pathOf,
  type JsonSchema,
} from '../../src/web/api/openapi.ts'
import { ROUTES, type Route } from '../../src/web/api/routes.ts'
import { code, table } from './markdown.ts'

/** docs/API.md: every endpoint and every field, from the routes and their schemas. */
export function renderApi(): string {
  const schemas = componentSchemas()
  const answers = new Set(ROUTES.map(nameOfAnswer))
  const parts = Object.entries(schemas).filter(
    ([name, { properties }]) => !answers.has(name) && name !== 'Problem' && properties !== undefined,
  )
  return `# The API

Rendered from the source by \`npm run generate\`; \`npm run check\` fails when this file is stale.
The same for programs is [openapi.json](openapi.json) (OpenAPI 3.1), which a running exporter serves at
[/api/v1/openapi.json](http://127.0.0.1:9645/api/v1/openapi.json).

The API has the data of the page and of \`/metrics\` as JSON. Responses come from memory: no request causes a request to a node, and
data older than \`stale_after\` is absent. A leaderboard of 256 neurons takes a few milliseconds ([measured](PERFORMANCE.md)).

- Fields have the names of the corresponding metrics. An unknown value is \`null\`; it is never 0.
- Amounts are strings: exact decimals of whole tokens (TAO, or the alpha of a subnet). Ratios are between 0 and 1. Prices and ratios are
  the float64 nearest to the value on the chain.
- \`block\` is the finalized block that the data was read at.
- Names chosen by third parties (of subnets, nodes, coldkeys) are one line of at most 128 characters; invisible characters are
  replaced by U+FFFD. They are not escaped: escape them for the place you put them in.
- Errors are \`application/problem+json\` (RFC 9457): 400 lists each wrong parameter with the valid values, 404 is a subnet that does not
  exist or is not read, 503 means that there is no fresh data.

\`\`\`sh
curl '127.0.0.1:9645/api/v1/subnets/1/neurons?sort=dividends&limit=10'
\`\`\`

${ROUTES.map((route) => endpoint(route, schemas)).join('\n')}
## Parts of responses

${parts.map(([name, schema]) => `### ${name}\n\n${description(schema)}${fields(schema)}`).join('\n')}`
}

type Schemas = ReturnType<typeof componentSchemas>

function endpoint(route: Route, schemas: Schemas): string {
  const schema = schemas[nameOfAnswer(route)] ?? {}
  const parameters = Object.entries({ ...route.params, ...route.query })
  return `## GET ${API_PREFIX}${pathOf(route)}

${description(schema)}${parameters.length === 0 ? '' : `${parameterTable(parameters)}\n`}${fields(schema)}`
}

const parameterTable = (parameters: readonly (readonly [string, Parameter])[]): string =>
  table(
    ['parameter', 'type', 'default', 'meaning'],
    parameters.map(([name, parameter]) => [
      code(name),
      parameter.expected,
      'default' in parameterSchema(parameter) ? code(String(parameter.fallback)) : '',
      parameter.description,
    ]),
  )

const fields = ({ properties = {} }: JsonSchema): string =>
  table(
    ['field', 'type', 'meaning'],
    Object.entries(properties).map(([name, schema]) =>
      typeof schema === 'boolean' ? [] : [code(name), typeOf(schema), schema.description ?? ''],
    ),
  )

const description = (schema: JsonSchema): string =>
  schema.description === undefined ? '' : `${schema.description}\n\n`

/** A type in words; parts of responses by their names. */
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
