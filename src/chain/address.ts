import { fromBufferToBase58, getSs58AddressInfo } from '@polkadot-api/substrate-bindings'

declare const ss58: unique symbol

/** An SS58 address whose checksum was verified, in the text form the chain's own network prefix gives it. */
export type Address = string & { readonly [ss58]: true }

/** Subtensor's SS58 network prefix. */
export const SUBTENSOR_PREFIX = 42

/** The all-zero account, which the chain returns for "no account". */
export const ZERO_ACCOUNT = '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM' as Address

const encode = fromBufferToBase58(SUBTENSOR_PREFIX)

/**
 * Encodes a 32-byte account as an address. The key is copied because the library (0.20.3 to 0.21.0) keys its cache by the
 * whole ArrayBuffer: views of the same buffer, such as Node.js's small Buffers, would all get the same address.
 */
export const addressOf = (publicKey: Uint8Array): Address => encode(new Uint8Array(publicKey)) as Address

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
