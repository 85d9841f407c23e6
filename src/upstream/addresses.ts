import { isAddress, type Address } from '../chain/address.ts'

/** Entries per generation: more than all hotkeys and coldkeys of the metagraph. */
const GENERATION = 80_000

/**
 * Cache of addresses with a verified checksum, because verification costs more than the rest of decoding and the same
 * addresses recur. It has two generations: an address that is not used during one generation is evicted with the next. All
 * equal texts are replaced by the first one, so each address is in memory only once.
 */
let young = new Map<string, Address>()
let old: ReadonlyMap<string, Address> = new Map()

/** The text as an address; undefined if it is not one. */
export function verifiedAddress(text: string): Address | undefined {
  const cached = young.get(text)
  if (cached !== undefined) return cached
  const address = old.get(text) ?? (isAddress(text) ? text : undefined)
  return address === undefined ? undefined : remembered(address)
}

/** Adds an address that was made from an account, so that its checksum is not verified again. Returns the text to keep. */
export const madeAddress = (address: Address): Address =>
  young.get(address) ?? remembered(old.get(address) ?? address)

function remembered(address: Address): Address {
  if (young.size >= GENERATION) {
    old = young
    young = new Map()
  }
  young.set(address, address)
  return address
}
