/** The texts an operator writes: each with what is wrong with it, and how it is read. None quotes what it was given. */

const NAME_LENGTH = 64

/** Control, direction-changing and separating characters, and halves of characters: no label value holds them. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** Why a text is not a name of a node or key. */
export function checkName(text: string): string | undefined {
  const length = Array.from(text).length
  if (length === 0) return 'a name has at least one character'
  if (length > NAME_LENGTH) return `a name has at most ${NAME_LENGTH} characters, and this has ${length}`
  if (UNPRINTABLE.test(text)) return 'a name has no control or invisible characters'
  if (text.trim() !== text) return 'a name does not begin or end with a space'
  return undefined
}

/** Why a text is not the URL of a Sidecar. */
export function checkUrl(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text))
    return 'not an http or https URL: write it in full, such as http://127.0.0.1:8080'
  if (/^https?:\/\/[^/?#\\]*@/i.test(text))
    return 'a URL with a user name or password in it would show them: use basic_auth or headers_file'
  if (/[?#]/.test(text)) return 'a URL of a Sidecar has no query (?) and no fragment (#)'
  if (/[\s\\]/.test(text) || /^https?:\/\/\//i.test(text) || !URL.canParse(text))
    return 'not a valid URL: write it in full, such as http://127.0.0.1:8080'
  return undefined
}

/** A URL without an issue in the one spelling that is kept: lower-case host, no default port, no trailing slash. */
export function normalUrl(text: string): string {
  const { origin, pathname } = new URL(text)
  return origin + pathname.replace(/\/+$/, '')
}

/** `host:port` of a URL without an issue, with the port also where it is the default one. */
export function hostAndPort(text: string): string {
  const { hostname, port, protocol } = new URL(text)
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`
}

/** The spelling of block hashes: 32 bytes as 0x hex. */
export const BLOCK_HASH = /^0x[0-9a-fA-F]{64}$/

/** Why a text is not the hash of a block. */
export const checkBlockHash = (text: string): string | undefined =>
  BLOCK_HASH.test(text) ? undefined : 'not a block hash: write 0x and 64 hexadecimal digits'

/** The spelling of durations: 12s, 500ms, 2m, 1h, 1m30s. */
export const DURATION = /^(?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?(?:(\d{1,9})ms)?$/

/** A duration in milliseconds, or undefined when the text is not one. */
export function durationOf(text: string): number | undefined {
  const match = DURATION.exec(text)
  if (match === null) return undefined
  const [, hours = '0', minutes = '0', seconds = '0', milliseconds = '0'] = match
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(milliseconds)
}

/** Bounds of a duration, both allowed, in the spelling of durations. */
export interface DurationBounds {
  readonly least: string
  readonly most: string
}

/** Why a text is not a duration within its bounds. */
export function checkDuration(text: string, { least, most }: DurationBounds): string | undefined {
  const duration = durationOf(text)
  if (duration === undefined)
    return 'not a duration: write whole numbers with h, m, s or ms, such as 12s, 500ms or 1m30s'
  if (duration < (durationOf(least) ?? 0)) return `must be at least ${least}`
  if (duration > (durationOf(most) ?? Infinity)) return `must be at most ${most}`
  return undefined
}

/** The spelling of amounts: plain decimals. */
export const DECIMAL = /^\d{1,20}(?:\.\d{1,18})?$/

/** Why a text is not an amount. */
export const checkDecimal = (text: string): string | undefined =>
  DECIMAL.test(text) ? undefined : 'not an amount of TAO: write a plain decimal such as "10" or "0.5"'
