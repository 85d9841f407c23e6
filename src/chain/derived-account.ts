import { Blake2256, getMultisigAccountId, getSs58AddressInfo } from '@polkadot-api/substrate-bindings'
import { addressOf } from './address.ts'

/** The prefix that pallet_utility's derivative_account_id hashes together with the account and the index. */
const DERIVATIVE = new TextEncoder().encode('modlpy/utilisuba')

/** The multisig account of these signatories and threshold; undefined if one of them is not an account. */
export function multisigAccount(signatories: readonly string[], threshold: number): string | undefined {
  const keys = signatories.map(publicKey)
  const valid = keys.filter((key) => key !== undefined)
  if (valid.length !== keys.length) return undefined
  return addressOf(getMultisigAccountId({ threshold, signatories: valid }))
}

/** The account on whose behalf `Utility.as_derivative` calls; undefined if `who` is not an account. */
export function derivativeAccount(who: string, index: number): string | undefined {
  const key = publicKey(who)
  if (key === undefined) return undefined
  return addressOf(Blake2256(Uint8Array.of(...DERIVATIVE, ...key, index & 0xff, index >> 8)))
}

function publicKey(address: string): Uint8Array | undefined {
  const info = getSs58AddressInfo(address)
  return info.isValid ? info.publicKey : undefined
}
