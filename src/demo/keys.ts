import { getSs58AddressInfo } from '@polkadot-api/substrate-bindings'
import { addressOf, SUBTENSOR_PREFIX, ZERO_ACCOUNT, type Address } from '../chain/address.ts'
import { ErrorResponse } from './fault.ts'
import type { Item, KeyPart, KeyType } from './item.ts'

/** Decodes `keys[]` as polkadot-js does. Throws ErrorResponse for a wrong number of keys, or for the first invalid key. */
export function decodeKeys(item: Item, itemPath: string, keys: readonly string[], spec: number): KeyPart[] {
  if (keys.length !== item.keys.length) {
    const what =
      item.keys.length === 0
        ? `does not take any arguments, ${keys.length} found`
        : `is a map, requiring ${item.keys.length} arguments, ${keys.length} found`
    throw new ErrorResponse(500, `${itemPath}(${item.keys.join(', ')}) ${what}`)
  }
  return item.keys.map((type, index) => decodeKey(type, keys[index] ?? '', spec))
}

function decodeKey(type: KeyType, text: string, spec: number): KeyPart {
  const fault = (message: string): never => {
    throw new ErrorResponse(
      500,
      `createType(StorageKey):: createType(Lookup${lookupOf(type, spec)}):: ${message}`,
    )
  }
  if (type === 'Bytes') return decodeBytes(text)
  return type === 'AccountId32' ? decodeAccount(text, fault) : decodeInteger(type, text, fault)
}

/** The id of a type in the runtime's type registry. */
function lookupOf(type: KeyType, spec: number): number {
  if (type === 'AccountId32') return 0
  if (type === 'u32') return 4
  if (spec < 195) return 41
  return spec < 290 ? 39 : 40
}

/** 0x hex unchanged, anything else as UTF-8. */
const decodeBytes = (text: string): `0x${string}` =>
  /^0x(?:[0-9a-f]{2})*$/i.test(text)
    ? `0x${text.slice(2).toLowerCase()}`
    : `0x${Buffer.from(text).toString('hex')}`

function decodeInteger(type: 'u16' | 'u32', text: string, fault: (message: string) => never): number {
  const isHex = /^0x(?:[0-9a-f]{2})*$/i.test(text)
  if (!isHex && /[.,e]/.test(text)) fault('String should not contain decimal points or scientific notation')
  if (!isHex && !/^-?\d*$/.test(text)) fault('Invalid character')
  if (text.startsWith('-')) fault(`${type}: Negative number passed to unsigned type`)
  const value = text === '' || text === '0x' ? 0n : BigInt(text)
  const bits = value.toString(2).length
  const width = Number(type.slice(1))
  if (bits > width) fault(`${type}: Input too large. Found input with ${bits} bits, expected ${width}`)
  return Number(value)
}

function decodeAccount(text: string, fault: (message: string) => never): Address {
  if (text === '') return ZERO_ACCOUNT
  const cached = verified.get(text)
  if (cached !== undefined) return cached
  if (/^0x(?:[0-9a-f]{2})*$/i.test(text)) {
    const key = Buffer.from(text.slice(2), 'hex')
    if (key.length !== 32) fault(`Invalid AccountId provided, expected 32 bytes, found ${key.length}`)
    return addressOf(key)
  }
  const wrong = base58Fault(text)
  if (wrong !== undefined) fault(`Decoding ${text}: ${wrong}`)
  const info = getSs58AddressInfo(text)
  if (!info.isValid) {
    const what = LENGTHS.includes(base58Length(text)) ? 'checksum' : 'length'
    return fault(`Decoding ${text}: Invalid decoded address ${what}`)
  }
  const address = info.ss58Format === SUBTENSOR_PREFIX ? (text as Address) : addressOf(info.publicKey)
  // Bounded, because clients may request any address; the metagraph has fewer.
  if (verified.size < 100_000) verified.set(text, address)
  return address
}

/** Cache of verified addresses by requested text, because verifying checksums dominates the cost of a request. */
const verified = new Map<string, Address>()

/** Valid lengths of a decoded SS58 address, in bytes. */
const LENGTHS = [3, 4, 6, 10, 35, 36, 37, 38]

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Number of bytes that base58 text encodes. Leading ones are zero bytes. */
function base58Length(text: string): number {
  const zeros = /^1*/.exec(text)?.[0].length ?? 0
  let value = 0n
  for (const character of text) value = value * 58n + BigInt(BASE58.indexOf(character))
  return zeros + (value === 0n ? 0 : Math.ceil(value.toString(16).length / 2))
}

/** Checks that a text is base58. Returns the problem as text, or undefined. */
function base58Fault(text: string): string | undefined {
  const index = text.search(/[^1-9A-HJ-NP-Za-km-z]/)
  const character = text[index]
  if (character === undefined) return undefined
  return `Invalid base58 character "${character}" (0x${character.charCodeAt(0).toString(16)}) at index ${index}`
}

/** Converts an address in a path, with any network prefix, to an address of this chain. */
export function pathAddress(text: string): Address {
  if (text.startsWith('0x')) throw new ErrorResponse(400, 'Invalid address format')
  const wrong = base58Fault(text)
  if (wrong !== undefined) throw new ErrorResponse(400, wrong)
  const info = getSs58AddressInfo(text)
  if (!info.isValid) {
    const isLong = LENGTHS.includes(base58Length(text))
    throw new ErrorResponse(400, isLong ? 'Invalid decoded address checksum' : 'Invalid address format')
  }
  return addressOf(info.publicKey)
}
