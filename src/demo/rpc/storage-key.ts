import { Blake2128Concat, Twox64Concat, Twox128 } from '@polkadot-api/substrate-bindings'
import type { Address } from '../../chain/address.ts'
import type { KeyPart, KeyType } from '../item.ts'
import { accountOf, publicKeyHex } from './accounts.ts'

/** The hashers that keep what they hash, which are those of all simulated items. Names are those of the metadata. */
export type Hasher = 'Identity' | 'Twox64Concat' | 'Blake2128Concat'

/** One part of a storage key. */
interface PartCodec {
  /** Hex digits of the hashed part. */
  encode(part: KeyPart): string
  /** The part at an index of hex digits, and where the next one is; undefined for what is no such part. */
  decode(digits: string, from: number): { readonly part: KeyPart; readonly to: number } | undefined
}

/** The hex digits that all storage keys of an item begin with. */
export const itemPrefix = (pallet: string, name: string): string =>
  [pallet, name].map((text) => Buffer.from(Twox128(Buffer.from(text))).toString('hex')).join('')

const PREFIX_DIGITS = 64

/** Makes and reads the storage keys of one item. */
export class StorageKeys {
  readonly prefix: string
  private readonly parts: readonly PartCodec[]

  constructor(pallet: string, name: string, parts: readonly (readonly [KeyType, Hasher])[]) {
    this.prefix = itemPrefix(pallet, name)
    this.parts = parts.map(([type, hasher]) => partCodec(type, hasher))
  }

  /** A storage key as hex digits. */
  encode(keys: readonly KeyPart[]): string {
    let digits = this.prefix
    for (const [index, part] of this.parts.entries()) digits += part.encode(keys[index] ?? 0)
    return digits
  }

  /** The key parts of the hex digits of a storage key of this item; undefined when no entry can have that key. */
  decode(digits: string): KeyPart[] | undefined {
    const { keys, to } = this.decodePrefix(digits)
    return keys.length === this.parts.length && to === digits.length ? keys : undefined
  }

  /** The key parts that the beginning of a storage key has in full, and where the next one is. */
  decodePrefix(digits: string): { readonly keys: KeyPart[]; readonly to: number } {
    const keys: KeyPart[] = []
    let to = PREFIX_DIGITS
    for (const part of this.parts) {
      const decoded = part.decode(digits, to)
      if (decoded === undefined) break
      keys.push(decoded.part)
      to = decoded.to
    }
    return { keys, to }
  }
}

function partCodec(type: KeyType, hasher: Hasher): PartCodec {
  if (type === 'AccountId32') return hasher === 'Identity' ? PLAIN_ACCOUNT : accountCodec(hasher)
  if (type === 'Bytes') return hashed(hasher, BYTES)
  return hashed(hasher, integerCodec(type === 'u16' ? 2 : 4))
}

/** A key of 32 bytes, not hashed. */
const PLAIN_ACCOUNT: PartCodec = {
  encode: (part) => publicKeyHex(part as Address),
  decode(digits, from) {
    const to = from + 64
    return digits.length < to ? undefined : { part: accountOf(digits.slice(from, to)).address, to }
  },
}

/** An account behind its hash, which is what most keys are and takes longest to make: known accounts are cached. */
function accountCodec(hasher: Hasher): PartCodec {
  if (hasher !== 'Blake2128Concat') return hashed(hasher, PLAIN_ACCOUNT)
  return {
    encode: (part) => accountOf(publicKeyHex(part as Address)).hashed,
    decode(digits, from) {
      const to = from + 96
      if (digits.length < to) return undefined
      const account = accountOf(digits.slice(from + 32, to))
      return account.hashed === digits.slice(from, to) ? { part: account.address, to } : undefined
    },
  }
}

const integerCodec = (size: 2 | 4): PartCodec => ({
  encode(part) {
    const bytes = Buffer.alloc(size)
    bytes.writeUIntLE(Number(part), 0, size)
    return bytes.toString('hex')
  },
  decode(digits, from) {
    const to = from + 2 * size
    if (digits.length < to) return undefined
    let part = 0
    for (let at = to - 2; at >= from; at -= 2)
      part = part * 256 + Number.parseInt(digits.slice(at, at + 2), 16)
    return { part, to }
  },
})

/** Up to 63 bytes behind their number, as the names of migrations are. */
const BYTES: PartCodec = {
  encode: (part) => {
    const digits = String(part).slice(2)
    return ((digits.length / 2) << 2).toString(16).padStart(2, '0') + digits
  },
  decode(digits, from) {
    const length = Number.parseInt(digits.slice(from, from + 2), 16)
    const to = from + 2 + 2 * (length >> 2)
    return length % 4 !== 0 || digits.length < to
      ? undefined
      : { part: `0x${digits.slice(from + 2, to)}`, to }
  },
}

const HASHES = {
  Twox64Concat: { digits: 16, concatenated: Twox64Concat },
  Blake2128Concat: { digits: 32, concatenated: Blake2128Concat },
} as const

/** A part behind its hash; hashes are cached. */
function hashed(hasher: Hasher, plain: PartCodec): PartCodec {
  if (hasher === 'Identity') return plain
  const { digits: width, concatenated } = HASHES[hasher]
  const cache = new Map<string, string>()
  const encode = (part: string): string => {
    const cached = cache.get(part)
    if (cached !== undefined) return cached
    const made = Buffer.from(concatenated(new Uint8Array(Buffer.from(part, 'hex')))).toString('hex')
    if (cache.size < 10_000) cache.set(part, made)
    return made
  }
  return {
    encode: (part) => encode(plain.encode(part)),
    decode(digits, from) {
      const decoded = plain.decode(digits, from + width)
      if (decoded === undefined) return undefined
      const isRight = encode(digits.slice(from + width, decoded.to)) === digits.slice(from, decoded.to)
      return isRight ? decoded : undefined
    },
  }
}
