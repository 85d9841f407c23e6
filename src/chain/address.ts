import { hash } from 'node:crypto'
import { getSs58AddressInfo } from '@polkadot-api/substrate-bindings'

declare const ss58: unique symbol

/** An SS58 address whose checksum was verified, in the text form the chain's own network prefix gives it. */
export type Address = string & { readonly [ss58]: true }

/** Subtensor's SS58 network prefix. */
export const SUBTENSOR_PREFIX = 42

/** The all-zero account, which the chain returns for "no account". */
export const ZERO_ACCOUNT = '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM' as Address

/** Hashed before the prefix and the account for the checksum. */
const CONTEXT = Buffer.from('SS58PRE')

/** Of the address in base58. */
const PREFIX_BYTES = 1
const ACCOUNT_BYTES = 32
const CHECKSUM_BYTES = 2

/** What is hashed, and the checksum behind it. One buffer for all calls, each of which overwrites all of it but the context. */
const BYTES = Buffer.concat([CONTEXT, Buffer.alloc(PREFIX_BYTES + ACCOUNT_BYTES + CHECKSUM_BYTES)])
const HASHED = BYTES.subarray(0, -CHECKSUM_BYTES)
const ENCODED = BYTES.subarray(CONTEXT.length)

/**
 * Encodes a 32-byte account as an address: base58 of the prefix, the account, and the first two bytes of a BLAKE2b-512 hash of both
 * (docs.substrate.io, SS58). A first reading of the metagraph encodes 65,000 accounts. With the function of substrate-bindings 0.21
 * that takes several times as long, and it keeps all of them in memory.
 */
export function addressOf(publicKey: Uint8Array): Address {
  if (publicKey.length !== ACCOUNT_BYTES)
    throw new RangeError(`expected an account of ${ACCOUNT_BYTES} bytes, got ${publicKey.length}`)
  ENCODED[0] = SUBTENSOR_PREFIX
  ENCODED.set(publicKey, PREFIX_BYTES)
  const checksum = hash('blake2b512', HASHED, 'hex').slice(0, 2 * CHECKSUM_BYTES)
  ENCODED.write(checksum, PREFIX_BYTES + ACCOUNT_BYTES, 'hex')
  return base58(ENCODED) as Address
}

const ALPHABET = Buffer.from('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz')

/** Bytes of a limb, and digits that are divided off at once: a remainder and the next limb together are exact in float64. */
const LIMB_BYTES = 3
const LIMB = 2 ** (8 * LIMB_BYTES)
const DIGITS_AT_ONCE = 4
const AT_ONCE = 58 ** DIGITS_AT_ONCE

/** The 35 bytes of an address of network 42 always have 48 digits: 58^47 < 42 × 256^34 and 43 × 256^34 < 58^48. */
const DIGITS = 48

const LIMBS = new Float64Array(Math.ceil(ENCODED.length / LIMB_BYTES))
const TEXT = Buffer.alloc(DIGITS)

/** Base58 of the bytes of an address, in numbers rather than in bigints, of which each division would make new ones. */
function base58(bytes: Buffer): string {
  // The first limb has the bytes that are left over by full ones.
  for (let limb = LIMBS.length - 1, end = bytes.length; limb >= 0; limb -= 1, end -= LIMB_BYTES) {
    LIMBS[limb] = ((bytes[end - 3] ?? 0) << 16) | ((bytes[end - 2] ?? 0) << 8) | (bytes[end - 1] ?? 0)
  }
  let first = 0
  for (let end = DIGITS; end > 0; end -= DIGITS_AT_ONCE) {
    while (LIMBS[first] === 0) first += 1
    let digits = divideLimbs(first, AT_ONCE)
    for (let at = end - 1; at >= end - DIGITS_AT_ONCE; at -= 1) {
      TEXT[at] = ALPHABET[digits % 58] ?? 0
      digits = Math.floor(digits / 58)
    }
  }
  return TEXT.toString('latin1')
}

/** Divides the number in LIMBS, and returns the remainder. */
function divideLimbs(first: number, divisor: number): number {
  let rest = 0
  for (let limb = first; limb < LIMBS.length; limb += 1) {
    const dividend = rest * LIMB + (LIMBS[limb] ?? 0)
    const quotient = Math.floor(dividend / divisor)
    LIMBS[limb] = quotient
    rest = dividend - quotient * divisor
  }
  return rest
}

/** Checks that a text is an address of this chain. Returns the problem as text, or undefined. */
export function checkAddress(text: string): string | undefined {
  const info = getSs58AddressInfo(text)
  if (!info.isValid) return 'not a valid SS58 address: its characters, length or checksum are wrong'
  if (info.publicKey.length !== 32) return 'an SS58 address, but not of a 32-byte account'
  if (info.ss58Format !== SUBTENSOR_PREFIX)
    return `an SS58 address of network ${info.ss58Format}: Bittensor addresses begin with 5 (network ${SUBTENSOR_PREFIX})`
  return undefined
}

export const isAddress = (text: string): text is Address => checkAddress(text) === undefined
