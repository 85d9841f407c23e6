import {
  Blake2128,
  Blake2256,
  getSs58AddressInfo,
  Twox128,
  Twox256,
  Twox64Concat,
} from '@polkadot-api/substrate-bindings'
import { createBLAKE2b } from 'hash-wasm'
import type { StorageKey } from '../client.ts'
import { RecentMap } from './registry/recent-map.ts'
import { isAccount, type Type } from './registry/types.ts'

/** A key part that its type cannot hold, or a type of key that is not supported. */
export class KeyError extends Error {
  override readonly name = 'KeyError'
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Makes a part of a key of an encoded key, both as hex without 0x. */
type Hasher = (encoded: string) => string

const hasher =
  (hash: (encoded: Uint8Array) => Uint8Array): Hasher =>
  (encoded) =>
    hexOf(hash(new Uint8Array(Buffer.from(encoded, 'hex'))))

const blake2b128 = await createBLAKE2b(128)

const HASHERS: Readonly<Record<string, Hasher>> = {
  Blake2_128: hasher(Blake2128),
  // The hash of nearly all accounts, of which a first reading of the metagraph has 32,000: the function of substrate-bindings 0.21 takes
  // five times as long.
  Blake2_128Concat: (encoded) =>
    blake2b128.init().update(Buffer.from(encoded, 'hex')).digest('hex') + encoded,
  Blake2_256: hasher(Blake2256),
  Identity: (encoded) => encoded,
  Twox128: hasher(Twox128),
  Twox256: hasher(Twox256),
  Twox64Concat: hasher(Twox64Concat),
}

/** What the keys of all entries of an item begin with, as 0x hex. */
export function itemPrefix(pallet: string, item: string): string {
  const hashed = (name: string): string => hexOf(Twox128(new Uint8Array(Buffer.from(name))))
  return `0x${hashed(pallet)}${hashed(item)}`
}

/** As many as all hotkeys and coldkeys of a metagraph, and some more. */
const GENERATION = 80_000

/** An account that occurs in keys. */
interface Account {
  /** As hex without 0x. */
  readonly encoded: string
  /** Its parts of keys by hasher; undefined until it is used in a key, which half of all accounts never are. */
  parts: Readonly<Record<string, string>> | undefined
}

/**
 * Makes the parts of storage keys. Parts of accounts and numbers are cached, because the checksum of an address and the hash take
 * longer than the rest of a read, and the same accounts and subnets are read in each poll.
 */
export class KeyParts {
  /** By address, or by 0x hex where keys are given so. */
  readonly #accounts = new RecentMap<StorageKey, Account>(GENERATION)
  /** Parts of numbers by type and hasher. */
  readonly #numbers = new Map<string, RecentMap<StorageKey, string>>()

  /** Adds an account as hex without 0x, in lower case, and its address, which then need not be decoded. */
  remember(address: string, encoded: string): void {
    this.#accounts.set(address, { encoded, parts: undefined })
  }

  /** A part of a key as hex without 0x, by its type (see TypeDecoders.unwrapped) and hasher. Throws KeyError. */
  of(type: Type | undefined, hasher: string): (key: StorageKey) => string {
    const hash = HASHERS[hasher]
    if (hash === undefined) throw new KeyError(`the hasher ${hasher} is not supported`)
    if (type !== undefined && isAccount(type)) return (key) => this.#ofAccount(key, hasher, hash)
    const { encode, cachedAs } = encoderOf(type)
    if (cachedAs === undefined) return (key) => hash(encode(key))
    const name = `${hasher} ${cachedAs}`
    const cache = this.#numbers.get(name) ?? new RecentMap<StorageKey, string>(GENERATION)
    this.#numbers.set(name, cache)
    return (key) => {
      const cached = cache.get(key)
      if (cached !== undefined) return cached
      const part = hash(encode(key))
      cache.set(key, part)
      return part
    }
  }

  #ofAccount(key: StorageKey, hasher: string, hash: Hasher): string {
    let account = this.#accounts.get(key)
    const cached = account?.parts?.[hasher]
    if (cached !== undefined) return cached
    if (account === undefined) {
      account = { encoded: encodeAccount(key), parts: undefined }
      this.#accounts.set(key, account)
    }
    const part = hash(account.encoded)
    account.parts = { ...account.parts, [hasher]: part }
    return part
  }
}

/** Encodes a key as hex without 0x, in lower case. Throws KeyError for one that does not fit the type. */
type Encode = (key: StorageKey) => string

/** How keys of one type are encoded. */
interface KeyEncoder {
  readonly encode: Encode
  /** Names the encoding if its keys are few and recur. */
  readonly cachedAs?: string
}

/** An encoder for unsigned integers, booleans, and bytes of a fixed or of any length. */
function encoderOf(type: Type | undefined): KeyEncoder {
  if (type === undefined) throw new KeyError('a key has a type that is not in the metadata')
  const { def } = type
  const bits = def.tag === 'primitive' ? Number(/^u(\d+)$/.exec(def.value.tag)?.[1]) : NaN
  if (!Number.isNaN(bits)) return { encode: (key) => encodeUnsigned(key, bits / 8), cachedAs: `u${bits}` }
  // The elements of a sequence are bytes if the key is given as bytes: a layout has checked that before the item is read.
  if (def.tag === 'sequence') return { encode: (key) => withLength(bytesIn(key)) }
  if (def.tag === 'array') return { encode: (key) => ofLength(bytesIn(key), def.value.len) }
  throw new KeyError(`a key of type ${type.path.join('::') || def.tag} is not supported`)
}

const encodeAccount: Encode = (key) => {
  if (typeof key === 'string' && key.startsWith('0x')) return ofLength(bytesIn(key), 32)
  const info = getSs58AddressInfo(String(key))
  if (!info.isValid) throw new KeyError('expected an SS58 address')
  return ofLength(hexOf(info.publicKey), 32)
}

function encodeUnsigned(key: StorageKey, size: number): string {
  if (!/^\d{1,78}$/.test(String(key))) throw new KeyError('expected an unsigned integer')
  const digits = BigInt(key)
    .toString(16)
    .padStart(2 * size, '0')
  if (digits.length > 2 * size) throw new KeyError(`expected an integer of ${size} bytes`)
  return hexOf(Buffer.from(digits, 'hex').reverse())
}

function bytesIn(key: StorageKey): string {
  if (typeof key !== 'string' || !/^0x(?:[0-9a-f]{2})*$/i.test(key))
    throw new KeyError('expected bytes as 0x hex')
  return key.slice(2).toLowerCase()
}

function ofLength(encoded: string, bytes: number): string {
  if (encoded.length !== 2 * bytes) throw new KeyError(`expected ${bytes} bytes`)
  return encoded
}

/** Bytes of any length: a compact length comes first. */
function withLength(encoded: string): string {
  const bytes = encoded.length / 2
  if (bytes >= 2 ** 14) throw new KeyError('expected fewer bytes')
  const length = bytes < 64 ? [bytes << 2] : [((bytes & 63) << 2) | 1, bytes >> 6]
  return hexOf(Uint8Array.from(length)) + encoded
}
