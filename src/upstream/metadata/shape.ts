import type { FieldMetadata, TypeId, TypeMetadata, TypeRegistry } from './metadata.ts'

/**
 * The structure of a type, without its Rust names. A newtype has the shape of the type it wraps, because both have the same
 * encoding in JSON and SCALE. The exporter decodes a value only if its type in the runtime's metadata has the shape that the
 * decoder expects.
 */
export type Shape =
  | SimpleShape
  | { readonly vector: Shape }
  | { readonly tuple: readonly Shape[] }
  /** A struct with at least these fields. Others may be added or removed because fields are read by name. */
  | { readonly fields: Readonly<Record<string, Shape>> }
  /** A number of the `fixed` crate: total bits and fraction bits. */
  | { readonly fixed: 'unsigned' | 'signed'; readonly bits: number; readonly fraction: number }
  /** A type by the last segment of its Rust path. Decoders access its parts by name. */
  | { readonly named: string }
  /** An enum without data that has no variants other than these. */
  | { readonly names: readonly string[] }

/** A shape without parts. */
type SimpleShape =
  | 'account'
  | 'hash'
  | 'any'
  | 'bool'
  | 'str'
  | 'unit'
  | `u${8 | 16 | 32 | 64 | 128}`
  | `i${8 | 16 | 32 | 64 | 128}`
  | `compact u${32 | 64 | 128}`

export const vector = (of: Shape): Shape => ({ vector: of })
export const tuple = (...of: readonly Shape[]): Shape => ({ tuple: of })
export const fields = (of: Readonly<Record<string, Shape>>): Shape => ({ fields: of })
export const named = (of: string): Shape => ({ named: of })
export const names = (...of: readonly string[]): Shape => ({ names: of })
export const fixed = (sign: 'unsigned' | 'signed', bits: number, fraction: number): Shape => ({
  fixed: sign,
  bits,
  fraction,
})
export const BYTES = vector('u8')

/** Maximum depth of nested types: more than any type that is read has. Guards against types that contain themselves. */
const DEEPEST = 32

/** Whether a type has a shape. */
export function hasShape(types: TypeRegistry, id: TypeId, shape: Shape): boolean {
  const type = unwrapped(types, id)
  if (type === undefined) return false
  const { definition, path } = type
  if (typeof shape === 'string') return shape === 'any' || simpleShape(types, type) === shape
  if ('named' in shape) return path.at(-1) === shape.named
  if ('vector' in shape)
    return definition.kind === 'sequence' && hasShape(types, definition.type, shape.vector)
  if ('tuple' in shape) {
    const elements = elementsOf(type)
    if (elements?.length !== shape.tuple.length) return false
    return shape.tuple.every((element, index) => hasShape(types, elements[index] ?? '', element))
  }
  if ('fixed' in shape) {
    const { fixed, bits, fraction } = shape
    const isNamed = path.at(-1) === `Fixed${fixed === 'signed' ? 'I' : 'U'}${bits}`
    return isNamed && typenum(types, type.params.get('Frac'), DEEPEST) === fraction
  }
  if ('names' in shape) {
    if (definition.kind !== 'variant' || definition.variants.size === 0) return false
    return Array.from(definition.variants).every(
      ([name, data]) => data.length === 0 && shape.names.includes(name),
    )
  }
  if (definition.kind !== 'composite') return false
  const byName = new Map(definition.fields.map((field) => [field.name, field.type]))
  return Object.entries(shape.fields).every(([name, of]) => {
    const field = byName.get(name)
    return field !== undefined && hasShape(types, field, of)
  })
}

/** Describes a type for a message, in bounded length: its shape where it has one, otherwise its name. */
export function describeType(types: TypeRegistry, id: TypeId, depth = 4): string {
  const type = unwrapped(types, id)
  if (type === undefined) return '?'
  const { definition, path } = type
  const name = path.at(-1)
  const simple = simpleShape(types, type)
  if (simple !== undefined) return simple
  if (depth === 0) return name ?? '…'
  const inner = (each: TypeId): string => describeType(types, each, depth - 1)
  const listed = (all: readonly FieldMetadata[]): string =>
    shortList(all.map((each) => fieldText(each, inner)))
  if (name !== undefined && /^Fixed[UI]\d+$/.test(name))
    return `${name}<${typenum(types, type.params.get('Frac'), DEEPEST) ?? '?'}>`
  if (definition.kind === 'sequence') return `[${inner(definition.type)}]`
  if (definition.kind === 'array') return `[${inner(definition.type)}; ${definition.length}]`
  if (definition.kind === 'tuple') return `(${shortList(definition.types.map(inner))})`
  if (definition.kind === 'composite') return `{${listed(definition.fields)}}`
  if (definition.kind === 'variant')
    return `${name ?? 'enum'}<${shortList(Array.from(definition.variants.keys()))}>`
  return name ?? definition.kind
}

const fieldText = ({ name, type }: FieldMetadata, inner: (type: TypeId) => string): string =>
  name === undefined ? inner(type) : `${name}: ${inner(type)}`

const shortList = (all: readonly string[]): string =>
  [...all.slice(0, 8), ...(all.length > 8 ? ['…'] : [])].join(', ')

/** Unwraps newtypes: structs and tuples with one unnamed field. */
function unwrapped(types: TypeRegistry, id: TypeId): TypeMetadata | undefined {
  let type = types.get(id)
  for (let depth = 0; type !== undefined && depth < DEEPEST; depth++) {
    const { definition, path } = type
    if (definition.kind !== 'composite' || path.at(-1) === 'AccountId32') return type
    const [first] = definition.fields
    if (first === undefined || first.name !== undefined || definition.fields.length > 1) return type
    type = types.get(first.type)
  }
  return type
}

/** The simple shape of a type; undefined for a type with parts. */
function simpleShape(types: TypeRegistry, { definition, path }: TypeMetadata): SimpleShape | undefined {
  if (path.at(-1) === 'AccountId32') return 'account'
  if (definition.kind === 'primitive') return definition.name as SimpleShape
  if (definition.kind === 'tuple') return definition.types.length === 0 ? 'unit' : undefined
  if (definition.kind !== 'compact' && definition.kind !== 'array') return undefined
  const inner = unwrapped(types, definition.type)?.definition
  if (inner?.kind !== 'primitive') return undefined
  if (definition.kind === 'compact') return `compact ${inner.name}` as SimpleShape
  return inner.name === 'u8' && definition.length === 32 ? 'hash' : undefined
}

/** Element types of a tuple, or of a struct with unnamed fields: both are arrays in JSON. */
function elementsOf({ definition }: TypeMetadata): readonly TypeId[] | undefined {
  if (definition.kind === 'tuple') return definition.types
  if (definition.kind !== 'composite' || definition.fields.some(({ name }) => name !== undefined))
    return undefined
  return definition.fields.map(({ type }) => type)
}

/** The number that a type of the `typenum` crate represents (UInt<UInt<UTerm, B1>, B0> is 2). */
function typenum(types: TypeRegistry, id: TypeId | undefined, depth: number): number | undefined {
  const type = id === undefined ? undefined : types.get(id)
  const name = type?.path.at(-1)
  if (name === 'UTerm' || name === 'B0') return 0
  if (name === 'B1') return 1
  if (name !== 'UInt' || depth === 0) return undefined
  const upper = typenum(types, type?.params.get('U'), depth - 1)
  const bit = typenum(types, type?.params.get('B'), depth - 1)
  return upper === undefined || bit === undefined ? undefined : 2 * upper + bit
}
