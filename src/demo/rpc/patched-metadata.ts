import { metadata, type V14 } from '@polkadot-api/substrate-bindings'
import type { ChangedTypes } from '../chain.ts'
import { EncodeError, TypeEncoders, type Lookup } from './scale.ts'
import { ByteWriter } from './byte-writer.ts'
import { eventTypes } from '../events.ts'
import { ITEMS, itemsOf } from '../items.ts'
import { itemOf, type ItemJson } from '../metadata.ts'
import { Types, type TypeJson } from '../type-registry.ts'

type Definition = Lookup[number]['def']
type StorageEntry = NonNullable<V14['pallets'][number]['storage']>['items'][number]

/**
 * The metadata of one runtime with the simulated storage items of another spec, or with changed types for some of them.
 * All else (calls, most events, signed extensions, other items) stays that of the runtime it is made from.
 *
 * @param isReal whether the metadata is that of the spec: then only the changed items are replaced.
 */
export function patchedMetadata(base: V14, spec: number, changed: ChangedTypes, isReal: boolean): Uint8Array {
  const types = new Types(base.lookup.length)
  const isChanged = (full: string): boolean => spec >= changed.from && changed.types[full] !== undefined
  const isReplaced = (pallet: string, name: string): boolean =>
    isReal
      ? isChanged(`${pallet}.${name}`)
      : ITEMS.some((item) => item.pallet === pallet && item.name === name)
  const made = itemsOf(spec)
    .filter(({ pallet, name }) => isReplaced(pallet, name))
    .map((item) => ({ pallet: item.pallet, json: itemOf(item, spec, changed, types) }))
  const events = isReal ? undefined : base.pallets.find(({ name }) => name === 'SubtensorModule')?.events
  const own = base.lookup.map((type) => (type.id === events ? withEvents(type, spec, types) : type))
  const lookup = [...own, ...types.all.map(({ id, type }) => ({ id: Number(id), ...typeOf(type) }))]
  const encoders = new TypeEncoders(lookup)
  const pallets = base.pallets.map((pallet) => {
    if (pallet.storage === undefined || !ITEMS.some((item) => item.pallet === pallet.name)) return pallet
    const entries = made
      .filter((each) => each.pallet === pallet.name)
      .map(({ json }) => entryOf(json, encoders))
    const rest = pallet.storage.items.filter(({ name }) => !isReplaced(pallet.name, name))
    // A runtime of before the pallet's time does not have it.
    const isThere = isReal || entries.length > 0
    return { ...pallet, storage: isThere ? { ...pallet.storage, items: [...rest, ...entries] } : undefined }
  })
  const value = { ...base, lookup, pallets: pallets.map((pallet) => withSpec(pallet, spec)) }
  return metadata.enc({ magicNumber: MAGIC, metadata: { tag: 'v14', value } })
}

/** `meta` in little-endian. */
const MAGIC = 0x61_74_65_6d

/** The enum of a pallet's events, with the fields they have at a spec. */
function withEvents(type: Lookup[number], spec: number, types: Types): Lookup[number] {
  if (type.def.tag !== 'variant') return type
  const variants = type.def.value.map((variant) => {
    const fields = eventTypes(variant.name, spec)?.map((text) => ({
      name: undefined,
      type: Number(types.idOf(text)),
      typeName: undefined,
      docs: [],
    }))
    return fields === undefined ? variant : { ...variant, fields }
  })
  return { ...type, def: { tag: 'variant', value: variants } }
}

function typeOf({ path, params, def }: TypeJson): Omit<Lookup[number], 'id'> {
  return {
    path: [...path],
    params: params.map(({ name, type }) => ({ name, type: Number(type) })),
    def: definitionOf(def),
    docs: [],
  }
}

function definitionOf(def: TypeJson['def']): Definition {
  if ('composite' in def) {
    const fields = def.composite.fields.map(({ name, type }) => ({
      name: name ?? undefined,
      type: Number(type),
      typeName: undefined,
      docs: [],
    }))
    return { tag: 'composite', value: fields }
  }
  if ('variant' in def) {
    const variants = def.variant.variants.map(({ name, index }) => ({
      name,
      fields: [],
      index: Number(index),
      docs: [],
    }))
    return { tag: 'variant', value: variants }
  }
  if ('sequence' in def) return { tag: 'sequence', value: Number(def.sequence.type) }
  if ('array' in def)
    return { tag: 'array', value: { len: Number(def.array.len), type: Number(def.array.type) } }
  if ('tuple' in def) return { tag: 'tuple', value: def.tuple.map(Number) }
  if ('compact' in def) return { tag: 'compact', value: Number(def.compact.type) }
  return { tag: 'primitive', value: { tag: primitiveOf(def.primitive), value: undefined } }
}

type Primitive = Extract<Definition, { tag: 'primitive' }>['value']['tag']

const PRIMITIVES: readonly Primitive[] = [
  ...(['bool', 'char', 'str'] as const),
  ...(['u8', 'u16', 'u32', 'u64', 'u128'] as const),
  ...(['i8', 'i16', 'i32', 'i64', 'i128'] as const),
]

function primitiveOf(name: string): Primitive {
  const found = PRIMITIVES.find((primitive) => primitive === name.toLowerCase())
  if (found === undefined) throw new EncodeError(`there is no primitive type ${name}`)
  return found
}

function entryOf({ name, modifier, type }: ItemJson, encoders: TypeEncoders): StorageEntry {
  const value = Number('plain' in type ? type.plain : type.map.value)
  const isOptional = modifier === 'Optional'
  return {
    name,
    modifier: isOptional ? 0 : 1,
    type:
      'plain' in type
        ? { tag: 'plain', value }
        : { tag: 'map', value: { hashers: type.map.hashers.map(hasher), key: Number(type.map.key), value } },
    fallback: isOptional ? '0x00' : zeroOf(value, encoders),
    docs: [],
  }
}

function zeroOf(type: number, encoders: TypeEncoders): `0x${string}` {
  const writer = new ByteWriter()
  encoders.zero(type, writer)
  return `0x${writer.hex()}`
}

const HASHERS = {
  Identity: 'Identity',
  Twox64Concat: 'Twox64Concat',
  Blake2_128Concat: 'Blake2128Concat',
} as const

function hasher(name: string): { tag: (typeof HASHERS)[keyof typeof HASHERS]; value: undefined } {
  return { tag: HASHERS[name as keyof typeof HASHERS], value: undefined }
}

/** A pallet with the spec version in System.Version: the integer after both names and the authoring version. */
function withSpec(pallet: V14['pallets'][number], spec: number): V14['pallets'][number] {
  if (pallet.name !== 'System') return pallet
  const constants = pallet.constants.map((constant) => {
    if (constant.name !== 'Version') return constant
    const bytes = Buffer.from(constant.value.slice(2), 'hex')
    const afterName = (at: number): number => at + 1 + ((bytes[at] ?? 0) >> 2)
    bytes.writeUInt32LE(spec, afterName(afterName(0)) + 4)
    return { ...constant, value: `0x${bytes.toString('hex')}` as const }
  })
  return { ...pallet, constants }
}
