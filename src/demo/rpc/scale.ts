import type { V14 } from '@polkadot-api/substrate-bindings'
import { publicKeyOf } from './accounts.ts'
import type { ByteWriter } from './byte-writer.ts'

/** Appends the SCALE encoding of a value. Throws EncodeError for a value that is not of the type. */
export type Encoder = (value: unknown, writer: ByteWriter) => void

/** The simulation has a value that its runtime's type cannot hold. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError'
}

/** The type registry of a runtime's metadata. */
export type Lookup = V14['lookup']
type Type = Lookup[number]
type Field = Extract<Type['def'], { tag: 'composite' }>['value'][number]
type Variant = Extract<Type['def'], { tag: 'variant' }>['value'][number]

/**
 * Encoders for the types of a runtime's registry. They take values as the simulation has them, which is as Sidecar writes
 * them: structs and enums by their names in camel case, accounts as addresses, bytes as 0x hex or as text, integers as
 * numbers, bigints or decimal text.
 */
export class TypeEncoders {
  private readonly lookup: Lookup
  private readonly made = new Map<number, Encoder>()
  private readonly named = new Map<number, ReadonlyMap<string, Variant>>()

  constructor(lookup: Lookup) {
    this.lookup = lookup
  }

  of(id: number): Encoder {
    const cached = this.made.get(id)
    if (cached !== undefined) return cached
    // Types may refer to themselves: while one is made, others look it up when they encode.
    this.made.set(id, (value, writer) => {
      this.of(id)(value, writer)
    })
    const encoder = this.make(this.type(id))
    this.made.set(id, encoder)
    return encoder
  }

  type(id: number): Type {
    const type = this.lookup[id]
    if (type?.id !== id) throw new EncodeError(`the registry has no type ${id}`)
    return type
  }

  /** The variants of an enum by their names in camel case. */
  variants(id: number): ReadonlyMap<string, Variant> {
    const cached = this.named.get(id)
    if (cached !== undefined) return cached
    const { def } = this.type(id)
    if (def.tag !== 'variant') throw new EncodeError(`type ${id} is no enum`)
    const variants = new Map(def.value.map((variant) => [camelCase(variant.name), variant]))
    this.named.set(id, variants)
    return variants
  }

  /** The value of a type that is encoded with zeros: the first variant, no elements. */
  zero(id: number, writer: ByteWriter): void {
    const { def } = this.type(id)
    if (def.tag === 'composite') for (const { type } of def.value) this.zero(type, writer)
    else if (def.tag === 'tuple') for (const type of def.value) this.zero(type, writer)
    else if (def.tag === 'array')
      for (let index = 0; index < def.value.len; index++) this.zero(def.value.type, writer)
    else if (def.tag === 'primitive')
      for (let size = sizeOf(def.value.tag) ?? 1; size > 0; size--) writer.byte(0)
    else writer.byte(0)
  }

  private make({ id, path, def }: Type): Encoder {
    if (path.at(-1) === 'AccountId32')
      return (value, writer) => {
        writer.append(publicKeyOf(String(value)))
      }
    switch (def.tag) {
      case 'primitive':
        return primitive(def.value.tag)
      case 'compact':
        return (value, writer) => {
          writer.compact(integer(value))
        }
      case 'sequence':
        return this.isByte(def.value) ? encodeBytes : vector(this.of(def.value))
      case 'array':
        return this.isByte(def.value.type)
          ? (value, writer) => {
              writer.append(bytesOf(value, def.value.len))
            }
          : all(Array.from({ length: def.value.len }, () => this.of(def.value.type)))
      case 'tuple':
        return all(def.value.map((type) => this.of(type)))
      case 'composite':
        return this.fields(def.value)
      case 'variant':
        return path.at(-1) === 'Option' ? this.option(def.value) : this.enumeration(id)
      case 'bitSequence':
        return () => {
          throw new EncodeError(`type ${id} is a sequence of bits, of which the simulation has none`)
        }
    }
  }

  private isByte(id: number): boolean {
    const { def } = this.type(id)
    return def.tag === 'primitive' && def.value.tag === 'u8'
  }

  private fields(fields: readonly Field[]): Encoder {
    const encoders = fields.map(({ type }) => this.of(type))
    const [first] = encoders
    // A newtype is what it wraps.
    if (first !== undefined && encoders.length === 1 && fields[0]?.name === undefined) return first
    if (fields.some(({ name }) => name === undefined)) return all(encoders)
    const named = fields.map(({ name = '' }, index) => ({
      name,
      camel: camelCase(name),
      encode: encoders[index],
    }))
    return (value, writer) => {
      const record = value as Readonly<Record<string, unknown>>
      for (const { name, camel, encode } of named) {
        const field = record[camel] ?? record[name]
        if (field === undefined) throw new EncodeError(`there is no value for the field ${name}`)
        encode?.(field, writer)
      }
    }
  }

  private option(variants: readonly Variant[]): Encoder {
    const encode = this.fields(variants.find(({ name }) => name === 'Some')?.fields ?? [])
    return (value, writer) => {
      writer.byte(value === null ? 0 : 1)
      if (value !== null) encode(value, writer)
    }
  }

  /** A name alone, or an object with the name and what the variant holds. */
  private enumeration(id: number): Encoder {
    const made = new Map<string, Encoder>()
    return (value, writer) => {
      const [name, content]: readonly [string, unknown] =
        typeof value === 'string'
          ? [value, []]
          : (Object.entries(value as Readonly<Record<string, unknown>>)[0] ?? ['', []])
      const variant = this.variants(id).get(camelCase(name))
      if (variant === undefined) throw new EncodeError(`type ${id} has no variant ${name}`)
      // Enums such as all calls of a runtime have far more variants than are used.
      const encode = made.get(variant.name) ?? this.fields(variant.fields)
      made.set(variant.name, encode)
      writer.byte(variant.index)
      encode(content, writer)
    }
  }
}

/** `set_weights` and `SetWeights` → `setWeights`. */
export const camelCase = (name: string): string =>
  name.slice(0, 1).toLowerCase() +
  name.slice(1).replace(/_+([a-z0-9])/g, (_, next: string) => next.toUpperCase())

function vector(encode: Encoder): Encoder {
  // Vectors of neurons are never changed in place, so their bytes can be kept as long as they live.
  const encoded = new WeakMap<object, Uint8Array>()
  return (value, writer) => {
    const elements = value as readonly unknown[]
    const cached = encoded.get(elements)
    if (cached !== undefined) {
      writer.append(cached)
      return
    }
    const from = writer.size
    writer.compact(elements.length)
    for (const element of elements) encode(element, writer)
    if (elements.length >= 16) encoded.set(elements, writer.copy(from))
  }
}

/** A tuple. */
const all =
  (encoders: readonly Encoder[]): Encoder =>
  (value, writer) => {
    const elements = value as readonly unknown[]
    if (elements.length !== encoders.length)
      throw new EncodeError(`there are ${elements.length} values for ${encoders.length} fields`)
    for (const [index, encode] of encoders.entries()) encode(elements[index], writer)
  }

const encodeBytes: Encoder = (value, writer) => {
  const bytes = bytesOf(value)
  writer.compact(bytes.length)
  writer.append(bytes)
}

function bytesOf(value: unknown, length?: number): Uint8Array {
  const text = String(value)
  const bytes = /^0x(?:[0-9a-f]{2})*$/i.test(text) ? Buffer.from(text.slice(2), 'hex') : Buffer.from(text)
  if (length !== undefined && bytes.length !== length)
    throw new EncodeError(`there are ${bytes.length} bytes for ${length}`)
  return bytes
}

const integer = (value: unknown): number | bigint =>
  typeof value === 'number' || typeof value === 'bigint' ? value : BigInt(String(value))

/** Bytes of an integer or a truth value; undefined for text. */
function sizeOf(name: string): number | undefined {
  if (name === 'bool') return 1
  if (name === 'char') return 4
  return name === 'str' ? undefined : Number(name.slice(1)) / 8
}

function primitive(name: string): Encoder {
  const size = sizeOf(name)
  if (size === undefined)
    return (value, writer) => {
      const bytes = Buffer.from(String(value))
      writer.compact(bytes.length)
      writer.append(bytes)
    }
  if (name === 'bool')
    return (value, writer) => {
      writer.byte(value === true ? 1 : 0)
    }
  const bits = 8 * size
  const isSigned = name.startsWith('i')
  const [least, beyond] = isSigned
    ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1)]
    : [0n, 2n ** BigInt(bits)]
  const big: Encoder = (value, writer) => {
    const exact = BigInt(integer(value))
    if (exact < least || exact >= beyond) throw new EncodeError(`${exact} is out of the range of ${name}`)
    if (size < 8) writer.integer(Number(BigInt.asUintN(bits, exact)), size)
    else writer.bigInteger(exact, size)
  }
  return (value, writer) => {
    // The numbers nearly all values are.
    if (
      typeof value === 'number' &&
      value >= 0 &&
      value < 2 ** 31 &&
      (size >= 4 || value < 2 ** (bits - 1))
    ) {
      writer.integer(value, Math.min(4, size))
      for (let left = size - 4; left > 0; left--) writer.byte(0)
    } else big(value, writer)
  }
}
