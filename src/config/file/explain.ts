import type { z } from 'zod'
import { schemaAt, typeOf, type JsonSchema } from './json-schema.ts'
import { didYouMean } from './suggest.ts'
import { SHOWABLE_KEY, type Path } from './yaml.ts'

/** An issue located by its path in the file; the line is added later. */
export interface Finding {
  readonly path: Path
  /** Whether the key or its value is wrong. */
  readonly part: 'key' | 'value'
  readonly message: string
}

/**
 * Checks a value against a schema and explains every issue in terms of the configuration. No message quotes a value.
 * @param described is the schema as JSON Schema, with the type names for messages.
 */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  described: JsonSchema,
): { readonly data: z.output<Schema> } | { readonly findings: readonly Finding[] } {
  const result = schema.safeParse(value, { reportInput: true })
  return result.success
    ? { data: result.data }
    : { findings: result.error.issues.flatMap((issue) => explain(issue, described)) }
}

/** Formats a path: nodes[0].url. Omits keys that are not safe to show. */
export const pathText = (path: Path): string =>
  path
    .map((segment, index) => {
      if (typeof segment === 'number') return `[${segment}]`
      return SHOWABLE_KEY.test(segment) ? `${index === 0 ? '' : '.'}${segment}` : ''
    })
    .join('')

type Issue = z.core.$ZodIssue

function explain(issue: Issue, described: JsonSchema, above: Path = []): Finding[] {
  const path = [...above, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, described))
  if (issue.code === 'invalid_union' && Array.isArray(issue.input)) {
    // The value is a list, so the issues of the list's schema are more helpful than "no alternative matches".
    const inside = issue.errors.find((issues) => issues.some((inner) => inner.code !== 'invalid_value'))
    if (inside !== undefined) return inside.flatMap((inner) => explain(inner, described, path))
  }
  // zod also reports the bounds of safe integers; the bounds of the option itself are sufficient.
  if (issue.code === 'too_big' && issue.maximum === Number.MAX_SAFE_INTEGER) return []
  if (issue.code === 'too_small' && issue.minimum === Number.MIN_SAFE_INTEGER) return []
  const part = issue.code === 'invalid_key' ? 'key' : 'value'
  return [{ path, part, message: sentence(issue, schemaAt(described, path)) }]
}

function unknownKey(path: Path, key: string, described: JsonSchema): Finding {
  const valid = Object.keys(schemaAt(described, path)?.properties ?? {})
  const suggested = SHOWABLE_KEY.test(key) ? didYouMean(key, valid, '`') : ''
  return {
    path: [...path, key],
    part: 'key',
    message: `unknown key${suggested || `: expected one of ${valid.join(', ')}`}`,
  }
}

/** Explains a zod issue. `schema` is the schema of the value. */
function sentence(issue: Issue, schema: JsonSchema | undefined): string {
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_union':
    case 'invalid_value': {
      const expected = typeOf(schema)
      if (issue.input === undefined) return 'is missing'
      if (issue.input === null) return `has no value: expected ${expected}`
      const wantsText = issue.code === 'invalid_type' && issue.expected === 'string'
      const hint =
        wantsText && typeof issue.input !== 'object' ? `: ${schema?.['x-quote'] ?? 'put it in quotes'}` : ''
      const other = issue.code === 'invalid_union' && typeof issue.input === 'string' ? 'other ' : ''
      return `expected ${expected}, got ${other}${kindOf(issue.input)}${hint}`
    }
    case 'too_small':
      return issue.origin === 'array'
        ? 'needs at least one entry'
        : `must be at least ${String(issue.minimum)}`
    case 'too_big':
      return `must be at most ${String(issue.maximum)}`
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return issue.message
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value === 'boolean') return 'true or false'
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a number that is not whole'
  return 'text'
}
