import { Blake2256, getMultisigAccountId, getSs58AddressInfo } from '@polkadot-api/substrate-bindings'
import { addressOf } from './address.ts'

/** What pallet_utility's derivative_account_id hashes before the account and the index. */
const DERIVATIVE = new TextEncoder().encode('modlpy/utilisuba')

/** The account that signatories have together at a threshold; undefined when one of them is no account. */
export function multisigAccount(signatories: readonly string[], threshold: number): string | undefined {
  const keys = signatories.map(publicKey)
  const known = keys.filter((key) => key !== undefined)
  if (known.length !== keys.length) return undefined
  return addressOf(getMultisigAccountId({ threshold, signatories: known }))
}

/** The account that `Utility.as_derivative` acts as. */
export function derivativeAccount(who: string, index: number): string | undefined {
  const key = publicKey(who)
  if (key === undefined) return undefined
  return addressOf(Blake2256(Uint8Array.of(...DERIVATIVE, ...key, index & 0xff, index >> 8)))
}

function publicKey(address: string): Uint8Array | undefined {
  const info = getSs58AddressInfo(address)
  return info.isValid ? info.publicKey : undefined
}
