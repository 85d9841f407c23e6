import { z } from 'zod'
import { fileSchema } from './schema.ts'
import type { Path } from './yaml.ts'

/** The part of JSON Schema that the configuration's schema comes in, with our own words about each option. */
export interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly uniqueItems?: boolean
  readonly 'x-type'?: string
  readonly 'x-quote'?: string
  readonly 'x-bounds'?: string
  readonly 'x-default'?: string
}

/** The schema of the file as JSON Schema. Draft 7 is what editors understand best. */
export const jsonSchema = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-07' }) as JsonSchema

/** The schema of the value at a path, or undefined where the schema knows no such place. */
export function schemaAt(path: Path): JsonSchema | undefined {
  let schema: JsonSchema | undefined = jsonSchema
  for (const segment of path) {
    const lists: readonly JsonSchema[] = schema.anyOf ?? [schema]
    schema =
      typeof segment === 'number'
        ? lists.find(({ items }) => items !== undefined)?.items
        : propertyOf(schema, segment)
    if (schema === undefined) return undefined
  }
  return schema
}

const propertyOf = ({ properties = {} }: JsonSchema, key: string): JsonSchema | undefined =>
  Object.hasOwn(properties, key) ? properties[key] : undefined

/** What a value is called: the word of ours, or that of its JSON type. */
export function typeOf(schema: JsonSchema | undefined): string {
  if (schema?.['x-type'] !== undefined) return schema['x-type']
  if (schema?.type === 'object') return 'a mapping'
  if (schema?.type === 'array') return 'a list'
  return 'a value'
}
