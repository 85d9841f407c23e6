import { expect } from 'vitest'
import { z } from 'zod'

type JsonObject = Readonly<Record<string, unknown>>

export interface Operation {
  readonly operationId: string
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: JsonObject
  }[]
  readonly responses: Readonly<
    Record<
      string,
      { readonly content: Readonly<Record<string, { readonly schema: { readonly $ref: string } }>> }
    >
  >
}

/** An OpenAPI document, as far as the tests look at it. */
export interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>> }
}

const PREFIX = '#/components/schemas/'

/** Asserts that an answer is what the document promises at this path and status. */
export async function expectPromised(document: OpenApi, path: string, response: Response): Promise<unknown> {
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';')
  const promised = document.paths[path]?.get.responses[response.status]?.content[type]
  expect(promised, `${path} answers ${response.status} as ${type}`).toBeDefined()
  const body: unknown = await response.json()
  expect(schemaOf(document, promised!.schema.$ref).safeParse(body).error?.issues ?? []).toEqual([])
  return body
}

/** One named schema of a document, with those it refers to. */
export function schemaOf({ components }: OpenApi, reference: string): z.ZodType {
  const text = JSON.stringify({ $ref: reference, $defs: components.schemas }).replaceAll(PREFIX, '#/$defs/')
  return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0])
}

/** Every reference in a document. */
export const referencesIn = (document: OpenApi): string[] =>
  [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference!)

export const isResolved = ({ components }: OpenApi, reference: string): boolean =>
  reference.startsWith(PREFIX) && Object.hasOwn(components.schemas, reference.slice(PREFIX.length))
