import { z } from 'zod'
import { fileSchema } from './schema.ts'
import type { Path } from './yaml.ts'

/** The subset of JSON Schema that the configuration's schema uses, with extensions (x-…; see schema.ts). */
export interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  /** Schema of the values of a mapping with arbitrary keys. */
  readonly additionalProperties?: JsonSchema | boolean
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

/** Converts a schema to JSON Schema draft 7, which editors support best. */
export const jsonSchemaOf = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { io: 'input', target: 'draft-07' }) as JsonSchema

/** The schema of the configuration file. */
export const jsonSchema = jsonSchemaOf(fileSchema)

/** The schema of the value at a path; undefined if the schema has no such path. */
export function schemaAt(top: JsonSchema, path: Path): JsonSchema | undefined {
  let schema: JsonSchema | undefined = top
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

function propertyOf(
  { properties = {}, additionalProperties }: JsonSchema,
  key: string,
): JsonSchema | undefined {
  if (Object.hasOwn(properties, key)) return properties[key]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

/** The name of a type for messages: `x-type`, or a description of the JSON type. */
export function typeOf(schema: JsonSchema | undefined): string {
  if (schema?.['x-type'] !== undefined) return schema['x-type']
  if (schema?.type === 'object') return 'a mapping'
  if (schema?.type === 'array') return 'a list'
  return 'a value'
}
