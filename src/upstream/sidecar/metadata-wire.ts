import { z } from 'zod'
import type {
  FieldMetadata,
  ItemMetadata,
  PalletMetadata,
  RuntimeMetadata,
  TypeDefinition,
} from '../metadata/metadata.ts'

/**
 * Schema of `/runtime/metadata`: metadata version 14, or a later version with the same format of type registry and storage
 * entries. Numbers are strings of digits. Verified against a running Sidecar 18.0.0.
 */

const typeId = z.string().regex(/^\d{1,9}$/, 'expected a type id as a string of digits')

const field = z
  .object({ name: z.string().nullish(), type: typeId })
  .transform(({ name, type }): FieldMetadata => ({ name: name ?? undefined, type }))

const variants = z
  .object({ variants: z.array(z.object({ name: z.string(), fields: z.array(field) })).default([]) })
  .transform((given) => new Map(given.variants.map(({ name, fields }) => [name, fields] as const)))

/** Exactly one of these is present; kinds that the exporter never reads (bit sequences) become `other`. */
const definition = z
  .object({
    composite: z.object({ fields: z.array(field) }).optional(),
    variant: variants.optional(),
    sequence: z.object({ type: typeId }).optional(),
    array: z.object({ len: typeId, type: typeId }).optional(),
    tuple: z.array(typeId).optional(),
    primitive: z.string().optional(),
    compact: z.object({ type: typeId }).optional(),
  })
  .transform((given): TypeDefinition => {
    if (given.composite !== undefined) return { kind: 'composite', fields: given.composite.fields }
    if (given.variant !== undefined) return { kind: 'variant', variants: given.variant }
    if (given.sequence !== undefined) return { kind: 'sequence', type: given.sequence.type }
    if (given.array !== undefined)
      return { kind: 'array', length: Number(given.array.len), type: given.array.type }
    if (given.tuple !== undefined) return { kind: 'tuple', types: given.tuple }
    if (given.primitive !== undefined) return { kind: 'primitive', name: given.primitive.toLowerCase() }
    if (given.compact !== undefined) return { kind: 'compact', type: given.compact.type }
    return { kind: 'other' }
  })

const type = z.object({
  path: z.array(z.string()).default([]),
  params: z.array(z.object({ name: z.string(), type: typeId.nullish() })).default([]),
  def: definition,
})

const item = z
  .object({
    name: z.string(),
    modifier: z.string(),
    type: z.union([
      z.object({ plain: typeId }).transform(({ plain }) => ({ hashers: [], key: undefined, value: plain })),
      z
        .object({ map: z.object({ hashers: z.array(z.string()), key: typeId, value: typeId }) })
        .transform(({ map }) => map),
    ]),
  })
  .transform(({ name, modifier, type }): readonly [string, ItemMetadata] => [
    name,
    { isOptional: modifier === 'Optional', ...type },
  ])

const ofType = z.object({ type: typeId }).nullish()

const pallet = z.object({
  name: z.string(),
  storage: z.object({ items: z.array(item) }).nullish(),
  calls: ofType,
  events: ofType,
})

const metadata = z
  .object({
    lookup: z.object({ types: z.array(z.object({ id: typeId, type })) }),
    pallets: z.array(pallet),
    extrinsic: z.object({ signedExtensions: z.array(z.object({ identifier: z.string() })).default([]) }),
  })
  .transform(({ lookup, pallets, extrinsic }): RuntimeMetadata => {
    const types = new Map(
      lookup.types.map(({ id, type: { path, params, def } }) => [
        id,
        {
          path,
          params: new Map(params.map((param) => [param.name, param.type ?? undefined])),
          definition: def,
        },
      ]),
    )
    const variantsOf = (of: { readonly type: string } | null | undefined) => {
      const found = of === null || of === undefined ? undefined : types.get(of.type)?.definition
      return found?.kind === 'variant' ? found.variants : new Map<string, readonly FieldMetadata[]>()
    }
    return {
      types,
      pallets: new Map(
        pallets.map(({ name, storage, calls, events }): readonly [string, PalletMetadata] => [
          name,
          { items: new Map(storage?.items), calls: variantsOf(calls), events: variantsOf(events) },
        ]),
      ),
      signedExtensions: extrinsic.signedExtensions.map(({ identifier }) => identifier),
    }
  })

/** The response object has a single key, the metadata version. */
export const metadataWire = z
  .object({ metadata: z.record(z.string(), z.unknown()) })
  .transform(({ metadata }) => Object.values(metadata)[0])
  .pipe(metadata)
