import { GenericChainProperties, Metadata, TypeRegistry } from '@polkadot/types'
import {
  AbstractArray,
  AbstractInt,
  BTreeSet,
  CodecMap,
  CodecSet,
  Compact,
  Enum,
  Option,
  Struct,
} from '@polkadot/types-codec'
import type { Codec } from '@polkadot/types/types'
import { stringCamelCase } from '@polkadot/util'
import { recordedMetadata, type MetadataJson } from '../../support/metadata.ts'

/** polkadot-js at work on the metadata of a runtime: it encodes what the code under test decodes. */
export interface Polkadot {
  readonly spec: number
  /** What `state_getMetadata` answers. */
  readonly metadata: string
  /** The metadata as Sidecar answers it. */
  readonly json: MetadataJson
  readonly decoded: Metadata
  readonly registry: TypeRegistry
  /** A value of a type by its number in the metadata. */
  create(type: number, value: unknown): Codec
}

/** Signed extensions of Subtensor, which have no bytes; polkadot-js does not know them. */
const OWN_EXTENSIONS = Object.fromEntries(
  [
    'UnknownExtension',
    'VerifySignature',
    'CheckShieldedTxValidity',
    'CommitmentsSignedExtension',
    'DrandPriority',
    'SubtensorSignedExtension',
    'SubtensorTransactionExtension',
    'SudoTransactionExtension',
  ].map((name) => [name, { extrinsic: {}, payload: {} }]),
)

const loaded = new Map<number, Promise<Polkadot>>()

/** polkadot-js with the recorded metadata of a spec. */
export function polkadot(spec: number): Promise<Polkadot> {
  const cached = loaded.get(spec) ?? load(spec)
  loaded.set(spec, cached)
  return cached
}

async function load(spec: number): Promise<Polkadot> {
  const json = await recordedMetadata(spec)
  const metadata = encodedMetadata(json)
  const registry = new TypeRegistry()
  const decoded = new Metadata(registry, metadata as `0x${string}`)
  registry.setMetadata(decoded, undefined, OWN_EXTENSIONS)
  registry.setChainProperties(new GenericChainProperties(registry, { ss58Format: 42 }))
  const create = (type: number, value: unknown): Codec => registry.createTypeUnsafe(`Lookup${type}`, [value])
  return { spec, metadata, decoded, json, registry, create }
}

/** Metadata as a node answers it, from what Sidecar answers. */
export function encodedMetadata(json: MetadataJson): string {
  const registry = new TypeRegistry()
  registry.setMetadata(new Metadata(registry, versioned(json)), undefined, OWN_EXTENSIONS)
  // Sidecar answers constants decoded: the metadata holds them encoded.
  const encoded = structuredClone(json) as unknown as WithConstants
  for (const { constants } of encoded.metadata.v14.pallets)
    for (const constant of constants)
      if (constant.name === 'Version')
        constant.value = registry.createTypeUnsafe(`Lookup${constant.type}`, [constant.value]).toHex()
  return new Metadata(new TypeRegistry(), versioned(encoded)).toHex()
}

interface WithConstants {
  readonly metadata: {
    readonly v14: {
      readonly pallets: readonly {
        readonly constants: { readonly name: string; readonly type: string; value: unknown }[]
      }[]
    }
  }
}

/** polkadot-js accepts decoded metadata, which its types do not show. */
const versioned = ({ metadata }: { readonly metadata: { readonly v14: object } }): `0x${string}` =>
  ({ magicNumber: 0x6174656d, metadata: { v14: metadata.v14 } }) as unknown as `0x${string}`

/** A value as Sidecar writes it: by the rules of its `sanitizeNumbers`. */
export function sidecarJson(value: Codec): unknown {
  if (value instanceof Option) return value.isSome ? sidecarJson(value.unwrap() as Codec) : null
  if (value instanceof Compact) return sidecarJson(value.unwrap() as Codec)
  if (value instanceof Struct)
    return Object.fromEntries(
      Array.from(value as Map<string, Codec>, ([key, each]) => [key, sidecarJson(each)]),
    )
  if (value instanceof Enum)
    return value.isBasic ? value.toJSON() : { [stringCamelCase(value.type)]: sidecarJson(value.value) }
  if (value instanceof BTreeSet) return Array.from(value as Set<Codec>, sidecarJson)
  if (value instanceof CodecSet) return value.strings
  if (value instanceof CodecMap)
    return Object.fromEntries(
      Array.from(value as Map<Codec, Codec>, ([key, each]) => {
        const name = sidecarJson(key)
        return [typeof name === 'string' ? name : JSON.stringify(name), sidecarJson(each)]
      }),
    )
  if (value instanceof AbstractArray) return Array.from(value as Iterable<Codec>, sidecarJson)
  if (value instanceof AbstractInt) return value.toString()
  return value.toJSON()
}

/** Gives random integers from 0 to below a limit. */
export type Random = (limit: number) => number

/** The same integers for the same seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed | 0
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}

interface TypeJson {
  readonly path: readonly string[]
  readonly params: readonly { readonly type: string | null }[]
  readonly def: {
    readonly composite?: { readonly fields: readonly FieldJson[] }
    readonly variant?: { readonly variants: readonly VariantJson[] }
    readonly sequence?: { readonly type: string }
    readonly array?: { readonly len: string; readonly type: string }
    readonly tuple?: readonly string[]
    readonly primitive?: string
    readonly compact?: { readonly type: string }
    readonly bitSequence?: object
  }
}

export interface FieldJson {
  readonly name: string | null
  readonly type: string
}

export interface VariantJson {
  readonly name: string
  readonly index: string
  readonly fields: readonly FieldJson[]
}

/** The types of a runtime, from its metadata as Sidecar answers it. */
export class Types {
  readonly #types: ReadonlyMap<string, TypeJson>
  readonly #registry: TypeRegistry

  constructor({ json, registry }: Polkadot) {
    this.#types = new Map(json.metadata.v14.lookup.types.map(({ id, type }) => [id, type as TypeJson]))
    this.#registry = registry
  }

  variants(type: string): readonly VariantJson[] {
    return this.#types.get(type)?.def.variant?.variants ?? []
  }

  isOption(type: string): boolean {
    return this.#types.get(type)?.path.join() === 'Option'
  }

  /** A random value of a type, encoded by polkadot-js and as Sidecar would write it. */
  random(type: string, random: Random): { readonly bytes: Buffer; readonly json: unknown } {
    const codec = this.#registry.createTypeUnsafe(`Lookup${type}`, [this.#input(type, random, 0)])
    return { bytes: Buffer.from(codec.toU8a()), json: sidecarJson(codec) }
  }

  /** What polkadot-js makes a value of: numbers as decimal text, structs as objects, enums as {Variant: …}. */
  #input(id: string, random: Random, depth: number): unknown {
    const type = this.#types.get(id)!
    const { def, path } = type
    const name = path.at(-1)
    const inner = (each: string): unknown => this.#input(each, random, depth + 1)
    const listLength = depth > 6 ? 0 : random(4)
    if (name === 'AccountId32') return bytes(32, random)
    if (name === 'RuntimeCall')
      return { callIndex: Uint8Array.of(0, 0), args: { remark: bytes(random(40), random) } }
    if (path.join() === 'Option')
      return random(2) === 0 || depth > 6 || this.isEmpty(type.params[0]!.type!)
        ? null
        : inner(type.params[0]!.type!)
    if (path.join() === 'BTreeSet')
      return distinct(Array.from({ length: listLength }, () => inner(type.params[0]!.type!)))
    if (path.join() === 'BTreeMap')
      return new Map(
        distinct(Array.from({ length: listLength }, () => inner(type.params[0]!.type!))).map((key) => [
          key,
          inner(type.params[1]!.type!),
        ]),
      )
    if (path.join('::') === 'primitive_types::U256') return integer(256, random)
    if (def.composite !== undefined) return this.#fields(def.composite.fields, inner)
    if (def.variant !== undefined) {
      const { variants } = def.variant
      // polkadot-js writes the index of an account as a number; Subtensor has none (`Compact<()>`).
      const inhabited = variants.filter(
        (variant) =>
          !variant.fields.some((field) => this.isEmpty(field.type)) &&
          !(name === 'MultiAddress' && variant.name === 'Index'),
      )
      const simple = inhabited.filter(({ fields }) => fields.length === 0)
      const usable = depth > 6 && simple.length > 0 ? simple : inhabited
      const variant = usable[random(usable.length)]!
      return { [variant.name]: this.#fields(variant.fields, inner) }
    }
    if (def.sequence !== undefined)
      return this.#isByte(def.sequence.type)
        ? bytes(random(100), random)
        : Array.from({ length: this.isEmpty(def.sequence.type) ? 0 : listLength }, () =>
            inner(def.sequence!.type),
          )
    if (def.array !== undefined) {
      const length = Number(def.array.len)
      return this.#isByte(def.array.type)
        ? bytes(length, random)
        : Array.from({ length }, () => inner(def.array!.type))
    }
    if (def.tuple !== undefined)
      return def.tuple.length === 1 ? inner(def.tuple[0]!) : def.tuple.map((each) => inner(each))
    if (def.compact !== undefined) return inner(def.compact.type)
    if (def.bitSequence !== undefined) return Array.from({ length: random(30) }, () => random(2) === 1)
    switch (def.primitive!.toLowerCase()) {
      case 'bool':
        return random(2) === 1
      case 'str':
        return ['', 'τ', 'node-subtensor', '𝜏 of \u0000'][random(4)]
      default: {
        const [, sign, bits] = /^([ui])(\d+)$/i.exec(def.primitive!)!
        const value = integer(Number(bits), random)
        return sign!.toLowerCase() === 'u' ? value : BigInt.asIntN(Number(bits), value)
      }
    }
  }

  #fields(fields: readonly FieldJson[], inner: (type: string) => unknown): unknown {
    const [first] = fields
    if (first === undefined) return null
    if (first.name === null) {
      const values = fields.map(({ type }) => inner(type))
      return values.length === 1 ? values[0] : values
    }
    return Object.fromEntries(fields.map(({ name, type }) => [fieldKey(name!), inner(type)]))
  }

  /** Whether a type has no values: an enum without variants, or what contains one. */
  isEmpty(id: string): boolean {
    const { composite, variant, tuple } = this.#types.get(id)!.def
    if (variant !== undefined) return variant.variants.length === 0
    const inner = composite?.fields.map(({ type }) => type) ?? tuple ?? []
    return inner.some((each) => this.isEmpty(each))
  }

  #isByte(id: string): boolean {
    return this.#types.get(id)?.def.primitive?.toLowerCase() === 'u8'
  }
}

/** polkadot-js adds an underscore to names of its own. */
function fieldKey(name: string): string {
  const key = stringCamelCase(name)
  return ['entries', 'keys', 'new', 'size', 'hash', 'registry'].includes(key) ? `${key}_` : key
}

const bytes = (length: number, random: Random): string =>
  `0x${Array.from({ length }, () => random(256).toString(16).padStart(2, '0')).join('')}`

/** Short and long ones are equally likely, so that compact integers take all forms. */
function integer(bits: number, random: Random): bigint {
  let value = 0n
  for (let left = random(bits / 8 + 1); left > 0; left -= 1) value = (value << 8n) | BigInt(random(256))
  return value
}

const distinct = (values: readonly unknown[]): unknown[] => [
  ...new Map(values.map((value) => [String(value), value])).values(),
]
