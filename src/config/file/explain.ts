import type { z } from 'zod'
import { schemaAt, typeOf, type JsonSchema } from './json-schema.ts'
import { didYouMean } from './suggest.ts'
import type { Path } from './yaml.ts'

/** A issue by its path in the file, not yet by its line. */
export interface Finding {
  readonly path: Path
  /** Which part of a key and its value is wrong. */
  readonly part: 'key' | 'value'
  readonly message: string
}

/**
 * Checks a value and says what is wrong with it in an operator's words. No message quotes a value.
 * @param described is the schema as JSON Schema, for its words about each option.
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

/** A key that may be shown: not a piece of some value that a missing space turned into a key. */
const SHOWABLE_KEY = /^[\w.-]{1,40}$/

/** A path as an operator writes it: nodes[0].url. A key that is not fit to be shown is left out. */
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
    // Of the choices it is the list that was meant, and what is wrong inside it says more than that none fits.
    const inside = issue.errors.find((issues) => issues.some((inner) => inner.code !== 'invalid_value'))
    if (inside !== undefined) return inside.flatMap((inner) => explain(inner, described, path))
  }
  // Counts have bounds of their own besides those of whole float64s, and one of the two is enough to be said.
  if (issue.code === 'too_big' && issue.maximum === Number.MAX_SAFE_INTEGER) return []
  if (issue.code === 'too_small' && issue.minimum === Number.MIN_SAFE_INTEGER) return []
  return [{ path, part: 'value', message: sentence(issue, schemaAt(described, path)) }]
}

function unknownKey(path: Path, key: string, described: JsonSchema): Finding {
  const known = Object.keys(schemaAt(described, path)?.properties ?? {})
  const meant = SHOWABLE_KEY.test(key) ? didYouMean(key, known, '`') : ''
  return {
    path: [...path, key],
    part: 'key',
    message: `unknown key${meant || `: there are ${known.join(', ')}`}`,
  }
}

/** One of zod's issues as a sentence about the value at a path whose schema is given. */
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
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
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
