import { getSs58AddressInfo } from '@polkadot-api/substrate-bindings'
import { addressOf, SUBTENSOR_PREFIX, ZERO_ACCOUNT, type Address } from '../chain/address.ts'
import { ErrorResponse } from './fault.ts'
import type { Item, KeyPart, KeyType } from './item.ts'

/** Reads `keys[]` as polkadot-js does; refuses a wrong number of them, then the first that is not of its type. */
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

/** The number the type has in the runtime's type registry. */
function lookupOf(type: KeyType, spec: number): number {
  if (type === 'AccountId32') return 0
  if (type === 'u32') return 4
  if (spec < 195) return 41
  return spec < 290 ? 39 : 40
}

/** 0x hex as it stands, anything else as UTF-8. */
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
  const known = verified.get(text)
  if (known !== undefined) return known
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
  // As many as a metagraph has. Anybody may ask for anything.
  if (verified.size < 100_000) verified.set(text, address)
  return address
}

/** Addresses of this chain by the texts they were asked for with: their checksums take longer than all else. */
const verified = new Map<string, Address>()

/** Lengths an SS58 address can have, in bytes. */
const LENGTHS = [3, 4, 6, 10, 35, 36, 37, 38]

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** How many bytes base58 text stands for: its leading ones are zero bytes. */
function base58Length(text: string): number {
  const zeros = /^1*/.exec(text)?.[0].length ?? 0
  let value = 0n
  for (const character of text) value = value * 58n + BigInt(BASE58.indexOf(character))
  return zeros + (value === 0n ? 0 : Math.ceil(value.toString(16).length / 2))
}

/** Why a text cannot be base58, or undefined. */
function base58Fault(text: string): string | undefined {
  const index = text.search(/[^1-9A-HJ-NP-Za-km-z]/)
  const character = text[index]
  if (character === undefined) return undefined
  return `Invalid base58 character "${character}" (0x${character.charCodeAt(0).toString(16)}) at index ${index}`
}

/** An address in a path, of any network's prefix, as an address of this chain. */
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
