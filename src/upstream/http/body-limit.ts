/** The largest response that a route can need. */
export interface BodyLimit {
  readonly bytes: number
  /** Values of its JSON. Each takes far more memory than its text, up to about 200 bytes. */
  readonly values: number
}

const KIB = 1024
const MIB = 1024 * KIB

/** Names, versions, heights and headers. */
export const SMALL: BodyLimit = { bytes: 256 * KIB, values: 10_000 }

/** One storage value, such as a vector with one number for each neuron of a subnet. */
export const ONE_VALUE: BodyLimit = { bytes: 4 * MIB, values: 65_536 }

/** A thousand storage values, as hex. */
export const MANY_VALUES: BodyLimit = { bytes: 16 * MIB, values: 65_536 }

/** A runtime's metadata: 0.7 MB and 50,000 values at spec 475. */
export const METADATA: BodyLimit = { bytes: 16 * MIB, values: 500_000 }

/** A block holds at most 5 MB of extrinsics; decoded to JSON they are some times larger. */
export const BLOCK: BodyLimit = { bytes: 32 * MIB, values: 500_000 }

/** A node's pool holds 20 MiB of extrinsics by default, twice that as hex. */
export const POOL: BodyLimit = { bytes: 44 * MIB, values: 500_000 }

const [QUOTE, COMMA, BACKSLASH, BRACKET, BRACE] = [0x22, 0x2c, 0x5c, 0x5b, 0x7b] as const

/** Whether JSON text has more than so many values. Does not parse it, and stops at the limit. */
export function hasMoreValues(body: Uint8Array, limit: number): boolean {
  // Each value takes two bytes, with the comma or the bracket before it.
  if (body.length <= 2 * limit) return false
  let values = 1
  const hasEscapes = body.includes(BACKSLASH)
  let isText = false
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at]
    if (isText) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) isText = false
    } else if (byte === QUOTE) {
      if (hasEscapes) isText = true
      // The native search is several times as fast: nearly all of a node's answer is in texts, which have no escapes.
      else at = endOfText(body, at + 1)
    } else if (byte === COMMA || byte === BRACKET || byte === BRACE) {
      values += 1
      if (values > limit) return true
    }
  }
  return values > limit
}

/** The offset of the next quote, or of the end. */
function endOfText(body: Uint8Array, from: number): number {
  const quote = body.indexOf(QUOTE, from)
  return quote < 0 ? body.length : quote
}
