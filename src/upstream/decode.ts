import type { Address } from '../chain/address.ts'
import { alpha, rao, type Alpha, type Rao } from '../chain/money.ts'
import { nameOf, oneLine } from '../text.ts'
import { verifiedAddress } from './addresses.ts'
import type { Scrub } from './secrets.ts'

/**
 * Decodes a storage value in Sidecar's format: integers of any width as decimal strings, vectors as arrays, fixed-point
 * numbers as {"bits": "…"}, Bytes as 0x hex. Throws DecodeError for anything else. Decoders are plain functions because a
 * schema library takes three times as long for the vectors of a subnet.
 */
export type Decoder<Value> = (value: unknown) => Value

/** A value has an unexpected format. The message contains the expected format and the actual value. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

const DECIMAL = /^\d{1,40}$/

const describe = (value: unknown): string =>
  value === undefined ? 'nothing' : oneLine(JSON.stringify(outline(value, 2)), 61)

/** Truncates a value to what fits on one line: a response may have megabytes, nested deeper than the stack allows. */
function outline(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.slice(0, 60)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '…'
  const entries = Object.entries(value)
    .slice(0, 8)
    .map(([key, inner]) => [key.slice(0, 60), outline(inner, depth - 1)] as const)
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries)
}

const mismatch = (expected: string, value: unknown): never => {
  throw new DecodeError(`expected ${expected}, got ${describe(value)}`)
}

/** An unsigned integer of any width. */
export const unsigned: Decoder<bigint> = (value) =>
  typeof value === 'string' && DECIMAL.test(value)
    ? BigInt(value)
    : mismatch('an unsigned integer as a string', value)

/** A signed integer of up to 128 bits. */
export const signed: Decoder<bigint> = (value) =>
  typeof value === 'string' && /^-?\d{1,39}$/.test(value)
    ? BigInt(value)
    : mismatch('an integer as a string', value)

/** A count, height or version: an unsigned integer that is exact in float64. */
export const count: Decoder<number> = (value) => {
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : NaN
  return Number.isSafeInteger(number) ? number : mismatch('a count as a string of digits', value)
}

const upTo =
  (most: number): Decoder<number> =>
  (value) => {
    const number = count(value)
    return number <= most ? number : mismatch(`an integer from 0 to ${most}`, value)
  }

/** Integers of 8 or 16 bits. They bound array lengths and loops, so the check protects memory. */
export const u8 = upTo(255)
export const u16 = upTo(65_535)

export const boolean: Decoder<boolean> = (value) =>
  typeof value === 'boolean' ? value : mismatch('true or false', value)

export const raoAmount: Decoder<Rao> = (value) => rao(unsigned(value))

export const alphaAmount =
  (netuid: number): Decoder<Alpha> =>
  (value) =>
    alpha(unsigned(value), netuid)

export const address: Decoder<Address> = (value) =>
  (typeof value === 'string' ? verifiedAddress(value) : undefined) ?? mismatch('an SS58 address', value)

/** A 32-byte hash as 0x hex, in lower case. */
export const hash: Decoder<string> = (value) =>
  typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value)
    ? value.toLowerCase()
    : mismatch('a 32-byte hash as 0x hex', value)

/** The raw bits of a fixed-point number. */
export const fixedBits: Decoder<bigint> = (value) => unsigned(field(value, 'bits'))

/** One field of a struct. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !(name in value))
    return mismatch(`an object with ${name}`, value)
  return (value as Record<string, unknown>)[name]
}

/** A value of an OptionQuery item; undefined for null, which means "no value". */
export const optional =
  <Value>(decode: Decoder<Value>): Decoder<Value | undefined> =>
  (value) =>
    value === null ? undefined : decode(value)

/** The variant of an enum without fields, in the runtime's spelling. */
export const variant: Decoder<string> = (value) =>
  typeof value === 'string' && /^[A-Z][A-Za-z0-9]{0,63}$/.test(value)
    ? value
    : mismatch('the name of a variant', value)

/**
 * Bytes chosen by a third party, as a sanitized name (see oneLine). Invalid UTF-8 becomes U+FFFD.
 * @param scrub removes the secrets of the node that answered, which may repeat them.
 */
export const text =
  (scrub: Scrub): Decoder<string> =>
  (value) => {
    if (typeof value !== 'string' || !/^0x(?:[0-9a-f]{2})*$/i.test(value))
      return mismatch('bytes as 0x hex', value)
    return nameOf(scrub(Buffer.from(value.slice(2), 'hex').toString('utf8')))
  }

const vector =
  <Element>(what: string, length: number, element: (value: unknown) => Element | undefined) =>
  (value: unknown): Element[] | undefined => {
    if (!Array.isArray(value)) return mismatch(`an array of ${length} ${what}`, value)
    if (value.length === 0 && length > 0) return undefined
    if (value.length !== length)
      throw new DecodeError(`expected ${length} ${what}, one per neuron, got ${value.length}`)
    return value.map((item: unknown, index) => {
      const decoded = element(item)
      if (decoded === undefined)
        throw new DecodeError(`expected ${what}, got ${describe(item)} at index ${index}`)
      return decoded
    })
  }

const boundedInteger = (limit: number) => (value: unknown) => {
  if (typeof value !== 'string' || !DECIMAL.test(value)) return undefined
  const number = Number(value)
  return number <= limit ? number : undefined
}

/** One u16 per neuron as numbers; undefined as in scoreVector. */
export const u16Vector = (length: number): Decoder<number[] | undefined> =>
  vector('integers from 0 to 65535', length, boundedInteger(65_535))

/** One u16 per neuron. Undefined for [] on a subnet with neurons: the runtime does not compute it. */
export const scoreVector =
  (length: number): Decoder<Uint16Array | undefined> =>
  (value) => {
    const scores = u16Vector(length)(value)
    return scores === undefined ? undefined : Uint16Array.from(scores)
  }

/** One height per neuron; undefined as in scoreVector. */
export const heightVector = (length: number): Decoder<number[] | undefined> =>
  vector('block heights', length, boundedInteger(Number.MAX_SAFE_INTEGER))

const DIGITS = /^(?:0|[1-9]\d{0,38})$/

/** An unsigned integer of any width, as its digits. */
export const digits: Decoder<string> = (value) =>
  typeof value === 'string' && DIGITS.test(value) ? value : mismatch('an unsigned integer as a string', value)

/** One amount in the smallest unit per neuron, as its digits; undefined as in scoreVector. */
export const digitsVector = (length: number): Decoder<string[] | undefined> =>
  vector('amounts', length, (value) => (typeof value === 'string' && DIGITS.test(value) ? value : undefined))

/** One amount in the smallest unit per neuron; undefined as in scoreVector. */
export const amountVector =
  (length: number): Decoder<bigint[] | undefined> =>
  (value) =>
    digitsVector(length)(value)?.map(BigInt)

/** One flag per neuron; undefined as in scoreVector. */
export const booleanVector = (length: number): Decoder<boolean[] | undefined> =>
  vector('booleans', length, (value) => (typeof value === 'boolean' ? value : undefined))

/** A list of u16, of any length. */
export const u16List: Decoder<number[]> = (value) =>
  Array.isArray(value) ? (u16Vector(value.length)(value) ?? []) : mismatch('an array of integers', value)
