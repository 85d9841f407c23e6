import { Blake2128Concat, getSs58AddressInfo } from '@polkadot-api/substrate-bindings'
import { addressOf, type Address } from '../../chain/address.ts'

/** An account as storage keys have it. */
interface KnownAccount {
  readonly address: Address
  /** Hex digits of Blake2_128Concat: the hash, then the public key. */
  readonly hashed: string
}

/** As many as a metagraph has, and as many again. Anybody may ask for anything. */
const MOST = 100_000

const publicKeys = new Map<string, Uint8Array>()
const accounts = new Map<string, KnownAccount>()

/** The 32 bytes of an address; they take longer to decode than all else of a value. Throws for other text. */
export function publicKeyOf(address: string): Uint8Array {
  const cached = publicKeys.get(address)
  if (cached !== undefined) return cached
  const info = getSs58AddressInfo(address)
  if (!info.isValid) throw new TypeError(`${address} is no SS58 address`)
  const publicKey = new Uint8Array(info.publicKey)
  if (publicKeys.size < MOST) publicKeys.set(address, publicKey)
  return publicKey
}

/** The account of a public key, given as hex digits. */
export function accountOf(publicKey: string): KnownAccount {
  const cached = accounts.get(publicKey)
  if (cached !== undefined) return cached
  const bytes = new Uint8Array(Buffer.from(publicKey, 'hex'))
  const account = {
    address: addressOf(bytes),
    hashed: Buffer.from(Blake2128Concat(bytes)).toString('hex'),
  }
  if (accounts.size < MOST) accounts.set(publicKey, account)
  return account
}

const hexes = new Map<string, string>()

/** The public key of an address, as hex digits. */
export function publicKeyHex(address: string): string {
  const cached = hexes.get(address)
  if (cached !== undefined) return cached
  const hex = Buffer.from(publicKeyOf(address)).toString('hex')
  if (hexes.size < MOST) hexes.set(address, hex)
  return hex
}
