import { isAddress, type Address } from '../chain/address.ts'

/** As many as all hotkeys and coldkeys of a metagraph, and some more. */
const GENERATION = 80_000

/**
 * Addresses whose checksums were verified, in two generations: what was not seen since the last one began is forgotten
 * with the next. A checksum takes longer than all else about an answer, and the same addresses come again and again. The
 * text that was seen first stands for all that are equal to it, so that each is in memory once.
 */
let young = new Map<string, Address>()
let old: ReadonlyMap<string, Address> = new Map()

/** The address, when the text is one. */
export function verifiedAddress(text: string): Address | undefined {
  const known = young.get(text)
  if (known !== undefined) return known
  const address = old.get(text) ?? (isAddress(text) ? text : undefined)
  if (address === undefined) return undefined
  if (young.size >= GENERATION) {
    old = young
    young = new Map()
  }
  young.set(address, address)
  return address
}
