import type {
  FieldMetadata,
  ItemMetadata,
  PalletMetadata,
  RuntimeMetadata,
  TypeDefinition,
} from '../../metadata/metadata.ts'
import type { Type, UnifiedMetadata } from './types.ts'

type PalletOf = UnifiedMetadata['pallets'][number]
type ItemOf = NonNullable<PalletOf['storage']>['items'][number]

/** A runtime's metadata in the form that layouts and block types are found in. */
export function runtimeMetadataOf({ lookup, pallets, extrinsic }: UnifiedMetadata): RuntimeMetadata {
  const types = new Map(
    lookup.map(({ id, path, params, def }) => [
      String(id),
      {
        path,
        params: new Map(
          params.map(({ name, type }) => [name, type === undefined ? undefined : String(type)]),
        ),
        definition: definitionOf(def),
      },
    ]),
  )
  const variantsOf = (
    of: { readonly type: number } | undefined,
  ): ReadonlyMap<string, readonly FieldMetadata[]> => {
    const found = of === undefined ? undefined : types.get(String(of.type))?.definition
    return found?.kind === 'variant' ? found.variants : new Map<string, readonly FieldMetadata[]>()
  }
  return {
    types,
    pallets: new Map(
      pallets.map(({ name, storage, calls, events }): readonly [string, PalletMetadata] => [
        name,
        {
          items: new Map(storage?.items.map((item) => [item.name, itemOf(item)])),
          calls: variantsOf(calls),
          events: variantsOf(events),
        },
      ]),
    ),
    signedExtensions: extensionsOf(extrinsic).map(({ identifier }) => identifier),
  }
}

/** The extensions of an extrinsic, in the order of their bytes. Extrinsics of version 4 have those of version 0. */
export const extensionsOf = ({ extensionsByVersion }: UnifiedMetadata['extrinsic']) =>
  extensionsByVersion[0] ?? []

function itemOf({ modifier, type }: ItemOf): ItemMetadata {
  const isOptional = modifier === 0
  if (type.tag === 'plain') return { isOptional, hashers: [], key: undefined, value: String(type.value) }
  const { hashers, key, value } = type.value
  return {
    isOptional,
    hashers: hashers.map(({ tag }) => tag.replace(/^Blake2(?=\d)/, 'Blake2_')),
    key: String(key),
    value: String(value),
  }
}

const fieldOf = ({
  name,
  type,
}: {
  readonly name?: string | undefined
  readonly type: number
}): FieldMetadata => ({
  name,
  type: String(type),
})

function definitionOf(def: Type['def']): TypeDefinition {
  switch (def.tag) {
    case 'composite':
      return { kind: 'composite', fields: def.value.map(fieldOf) }
    case 'variant':
      return {
        kind: 'variant',
        variants: new Map(def.value.map(({ name, fields }) => [name, fields.map(fieldOf)])),
      }
    case 'sequence':
      return { kind: 'sequence', type: String(def.value) }
    case 'array':
      return { kind: 'array', length: def.value.len, type: String(def.value.type) }
    case 'tuple':
      return { kind: 'tuple', types: def.value.map(String) }
    case 'primitive':
      return { kind: 'primitive', name: def.value.tag }
    case 'compact':
      return { kind: 'compact', type: String(def.value) }
    case 'bitSequence':
      return { kind: 'other' }
  }
}
