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

/**
 * Encodes a 32-byte account as an address: base58 of the prefix, the account, and the first two bytes of a BLAKE2b-512 hash of both
 * (docs.substrate.io, SS58). A first reading of the metagraph encodes 65,000 accounts. With the function of substrate-bindings 0.21
 * that takes three times as long, and it keeps all of them in memory.
 */
export function addressOf(publicKey: Uint8Array): Address {
  const bytes = Buffer.concat([CONTEXT, Uint8Array.of(SUBTENSOR_PREFIX), publicKey])
  const checksum = hash('blake2b512', bytes, 'hex').slice(0, 4)
  return base58(bytes.toString('hex', CONTEXT.length) + checksum) as Address
}

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** As many digits as fit into the integers of float64. */
const DIGITS_AT_ONCE = 9
const AT_ONCE = 58n ** BigInt(DIGITS_AT_ONCE)

/** Base58 of bytes as hex. The first byte must not be 0, which base58 would write as a 1. */
function base58(hex: string): string {
  let text = ''
  for (let rest = BigInt(`0x${hex}`); rest > 0n; rest /= AT_ONCE) {
    let digits = Number(rest % AT_ONCE)
    let part = ''
    for (let digit = 0; digit < DIGITS_AT_ONCE; digit += 1) {
      part = ALPHABET.charAt(digits % 58) + part
      digits = Math.floor(digits / 58)
    }
    text = part + text
  }
  return text.replace(/^1+/, '')
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
