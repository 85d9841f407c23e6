import type { unifyMetadata } from '@polkadot-api/substrate-bindings'
import { DecodeError } from '../../decode.ts'
import type { Input } from './input.ts'
import { camelCase, fieldName } from './names.ts'

export type UnifiedMetadata = ReturnType<typeof unifyMetadata>
export type Type = UnifiedMetadata['lookup'][number]
type VariantType = Extract<Type['def'], { tag: 'variant' }>['value'][number]
type Field = VariantType['fields'][number]

/** Decodes one value as Sidecar writes it. Throws DecodeError. */
export type Decode = (input: Input) => unknown

/** Decoders of types by their number in the metadata. */
export type DecoderOf = (id: number) => Decode

/** The type of a runtime's calls, and how a call among other values is decoded. */
export interface CallType {
  readonly id: number
  readonly decode: Decode
}

/** Levels of types within each other. Those of real runtimes have a tenth of it. */
const MAX_DEPTH = 512

/**
 * Decoders of the types in a runtime's metadata. They give the values that Sidecar 18 gives as JSON (decode.ts reads them):
 *
 * - integers of any width, compact or not, as decimal text; bytes (`Vec<u8>`, `[u8; N]`, hashes) as 0x hex; `str` as text
 * - accounts as SS58
 * - structs as objects with camel case keys, structs without names and tuples as arrays; newtypes as what they wrap
 * - an enum without data as the variant's name, others as an object with the variant's name in camel case as its only key
 * - `Option` as null or the value; maps as objects; bit sequences as the bytes in 0x hex; `()` as null
 */
export class TypeDecoders {
  readonly #types: ReadonlyMap<number, Type>
  readonly #decoders = new Map<number, Decode>()
  readonly #addressOf: (account: string) => string
  readonly #call: CallType | undefined

  #depth = 0

  /** @param addressOf gives the SS58 address of an account in 0x hex. */
  constructor(
    types: ReadonlyMap<number, Type>,
    addressOf: (account: string) => string,
    call: CallType | undefined,
  ) {
    this.#types = types
    this.#addressOf = addressOf
    this.#call = call
  }

  /** Throws DecodeError for a type that is not in the metadata or is of an unknown kind. */
  of(id: number): Decode {
    const known = this.#decoders.get(id)
    if (known !== undefined) return known
    const type = this.#types.get(id)
    if (type === undefined) throw new DecodeError(`the metadata has no type ${id}`)
    // Types may contain themselves: until this one is complete, they go by its number.
    this.#decoders.set(id, (input) => input.nested(this.of(id)))
    this.#depth += 1
    try {
      if (this.#depth > MAX_DEPTH) throw new DecodeError('the metadata nests types too deeply')
      const decode = this.#call?.id === id ? this.#call.decode : this.#build(type)
      this.#decoders.set(id, decode)
      return decode
    } catch (error) {
      this.#decoders.delete(id)
      throw error
    } finally {
      this.#depth -= 1
    }
  }

  /** The type inside newtypes (structs of one field without a name, tuples of one element), and its number. */
  unwrapped(id: number): Type | undefined {
    let type = this.#types.get(id)
    for (let depth = 0; type !== undefined && depth < 32; depth += 1) {
      const inner = isAccount(type) ? undefined : wrappedBy(type)
      if (inner === undefined) return type
      type = this.#types.get(inner)
    }
    return type
  }

  /** Whether a type is an account. */
  isAccount(id: number): boolean {
    const type = this.unwrapped(id)
    return type !== undefined && isAccount(type)
  }

  /** Whether a type is `Vec<u8>`. */
  isBytes(id: number): boolean {
    const { def } = this.unwrapped(id) ?? {}
    return def?.tag === 'sequence' && this.#isByte(def.value)
  }

  #isByte(id: number): boolean {
    const { def } = this.unwrapped(id) ?? {}
    return def?.tag === 'primitive' && def.value.tag === 'u8'
  }

  #build(type: Type): Decode {
    const { def, path } = type
    switch (def.tag) {
      case 'composite':
        return this.#composite(type, def.value)
      case 'variant':
        return path.join() === 'Option' ? this.#option(def.value) : this.#enum(def.value)
      case 'sequence':
        return this.#isByte(def.value) ? decodeBytes : vectorOf(this.of(def.value))
      case 'array':
        return this.#array(def.value.type, def.value.len)
      case 'tuple':
        return tupleOf(def.value.map((each) => this.of(each)))
      case 'primitive':
        return PRIMITIVES[def.value.tag]
      case 'compact':
        return this.#compact(def.value)
      case 'bitSequence':
        return decodeBits
      default:
        throw new DecodeError('the metadata has a type of an unknown kind')
    }
  }

  #composite({ path, params }: Type, fields: readonly Field[]): Decode {
    const name = path.at(-1)
    if (name === 'AccountId32') return (input) => this.#addressOf(input.hex(32))
    if (path.join('::') === 'primitive_types::U256') return PRIMITIVES.u256
    if (path.length === 1 && name === 'BTreeSet') return vectorOf(this.#param(params, 0))
    if (path.length === 1 && name === 'BTreeMap') return mapOf(this.#param(params, 0), this.#param(params, 1))
    return this.#fields(fields)
  }

  #param(params: Type['params'], index: number): Decode {
    const { type } = params[index] ?? {}
    if (type === undefined)
      throw new DecodeError('the metadata has a collection without its type of elements')
    return this.of(type)
  }

  /** The fields of a struct or of a variant. */
  #fields(fields: readonly Field[]): Decode {
    const decoders = fields.map(({ type }) => this.of(type))
    const names = fields.flatMap(({ name }) => (name === undefined ? [] : [fieldName(name)]))
    if (names.length === 0) return tupleOf(decoders)
    if (names.length < fields.length)
      throw new DecodeError('the metadata has a struct with and without names')
    const named = names.map((name, index) => [name, decoders[index] ?? decodeNothing] as const)
    return (input) => {
      const struct: Record<string, unknown> = {}
      for (const [name, decode] of named) struct[name] = decode(input)
      return struct
    }
  }

  #option(variants: readonly VariantType[]): Decode {
    const [field] = variants.find(({ name }) => name === 'Some')?.fields ?? []
    const some = field === undefined ? decodeNothing : this.of(field.type)
    return (input) => {
      const tag = input.byte()
      if (tag > 1) throw new DecodeError(`expected an option, got variant ${tag}`)
      return tag === 0 ? null : input.nested(some)
    }
  }

  #enum(variants: readonly VariantType[]): Decode {
    if (variants.every(({ fields }) => fields.length === 0)) {
      const names = new Map(variants.map(({ index, name }) => [index, name]))
      return (input) => {
        const index = input.byte()
        return names.get(index) ?? unknownVariant(index)
      }
    }
    const byIndex = new Map(
      variants.map(({ index, name, fields }) => [
        index,
        { key: camelCase(name), decode: this.#fields(fields) },
      ]),
    )
    return (input) => {
      const index = input.byte()
      const { key, decode } = byIndex.get(index) ?? unknownVariant(index)
      return { [key]: input.nested(decode) }
    }
  }

  #array(element: number, length: number): Decode {
    const decode = this.#isByte(element) ? undefined : this.of(element)
    return (input) => {
      if (length === 0) input.countEmpty()
      if (decode === undefined) return input.hex(length)
      return input.nested(() => {
        // Not an array of the length: metadata may give any, and the bytes may end early.
        const elements: unknown[] = []
        for (let index = 0; index < length; index += 1) elements.push(decode(input))
        return elements
      })
    }
  }

  #compact(id: number): Decode {
    const { def } = this.unwrapped(id) ?? {}
    if (def?.tag === 'tuple' && def.value.length === 0) return decodeNothing
    if (def?.tag !== 'primitive') throw new DecodeError('the metadata has a compact type that is no integer')
    const most = COMPACT_MAXIMA[def.value.tag]
    if (most === undefined)
      throw new DecodeError('the metadata has a compact type that is no unsigned integer')
    return (input) => {
      const value = input.compact()
      if (value > most) throw new DecodeError(`expected a compact integer up to ${most}, got ${value}`)
      return value.toString()
    }
  }
}

export const isAccount = ({ path, def }: Type): boolean =>
  path.at(-1) === 'AccountId32' && def.tag === 'composite'

/** What a newtype wraps. */
function wrappedBy({ def }: Type): number | undefined {
  if (def.tag === 'tuple') return def.value.length === 1 ? def.value[0] : undefined
  if (def.tag !== 'composite') return undefined
  const [first] = def.value
  return def.value.length === 1 && first?.name === undefined ? first?.type : undefined
}

function unknownVariant(index: number): never {
  throw new DecodeError(`expected a variant of the type, got ${index}`)
}

const decodeNothing: Decode = (input) => {
  input.countEmpty()
  return null
}

const decodeBytes: Decode = (input) => input.hex(input.length())

/** The number of bits, then as many bytes as they need. */
const decodeBits: Decode = (input) => input.hex(Math.ceil(Number(input.compact()) / 8))

const vectorOf =
  (element: Decode): Decode =>
  (input) =>
    input.nested(() => {
      const length = input.length()
      const elements: unknown[] = []
      for (let index = 0; index < length; index += 1) elements.push(element(input))
      return elements
    })

/** A tuple of one is its element, and one of none is null. */
function tupleOf(elements: readonly Decode[]): Decode {
  const [first] = elements
  if (first === undefined) return decodeNothing
  if (elements.length === 1) return first
  return (input) => elements.map((decode) => decode(input))
}

const mapOf = (key: Decode, value: Decode): Decode => {
  const entry = vectorOf((input) => {
    const decoded = key(input)
    return [typeof decoded === 'string' ? decoded : JSON.stringify(decoded), value(input)] as const
  })
  return (input) => Object.fromEntries(entry(input) as (readonly [string, unknown])[])
}

const integer =
  (bits: number, isSigned: boolean): Decode =>
  (input) =>
    input.integer(bits / 8, isSigned).toString()

const PRIMITIVES: Readonly<Record<Extract<Type['def'], { tag: 'primitive' }>['value']['tag'], Decode>> = {
  bool(input) {
    const byte = input.byte()
    if (byte > 1) throw new DecodeError(`expected a boolean, got byte ${byte}`)
    return byte === 1
  },
  char: integer(32, false),
  str(input) {
    const length = input.length()
    const offset = input.skip(length)
    return input.bytes.toString('utf8', offset, offset + length)
  },
  u8: (input) => String(input.byte()),
  u16: (input) => String(input.bytes.readUInt16LE(input.skip(2))),
  u32: (input) => String(input.bytes.readUInt32LE(input.skip(4))),
  u64: (input) => input.bytes.readBigUInt64LE(input.skip(8)).toString(),
  u128: integer(128, false),
  u256: integer(256, false),
  i8: integer(8, true),
  i16: integer(16, true),
  i32: integer(32, true),
  i64: integer(64, true),
  i128: integer(128, true),
  i256: integer(256, true),
}

const COMPACT_MAXIMA: Readonly<Record<string, bigint | undefined>> = Object.fromEntries(
  [8, 16, 32, 64, 128].map((bits) => [`u${bits}`, 2n ** BigInt(bits) - 1n]),
)
