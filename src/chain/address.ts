import { fromBufferToBase58, getSs58AddressInfo } from '@polkadot-api/substrate-bindings'

declare const ss58: unique symbol

/** An SS58 address whose checksum was verified, in the text form the chain's own network prefix gives it. */
export type Address = string & { readonly [ss58]: true }

/** Subtensor's SS58 network prefix. */
export const SUBTENSOR_PREFIX = 42

/** What the chain answers for "no account": 32 zero bytes. */
export const ZERO_ACCOUNT = '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM' as Address

const encode = fromBufferToBase58(SUBTENSOR_PREFIX)

/**
 * The address of a 32-byte account. The key is copied, because the library (0.20.3 to 0.21.0) keys its cache with the whole
 * ArrayBuffer, so that views of one, as Node.js makes of small Buffers, all get one address.
 */
export const addressOf = (publicKey: Uint8Array): Address => encode(new Uint8Array(publicKey)) as Address

/** Why a text is not an address of this chain, or undefined when it is one. */
export function addressFault(text: string): string | undefined {
  const info = getSs58AddressInfo(text)
  if (!info.isValid) return 'not a valid SS58 address: its characters, length or checksum are wrong'
  if (info.publicKey.length !== 32) return 'an SS58 address, but not of a 32-byte account'
  if (info.ss58Format !== SUBTENSOR_PREFIX)
    return `an SS58 address of network ${info.ss58Format}, and Bittensor's begin with 5 (network ${SUBTENSOR_PREFIX})`
  return undefined
}

export const isAddress = (text: string): text is Address => addressFault(text) === undefined
