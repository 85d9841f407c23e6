import { checkAddress } from '../../chain/address.ts'

/** Parsers and checks of values in the configuration. Checks return the problem as text, or undefined; none quotes the value. */

const NAME_LENGTH = 64

/** Control, format and separator characters and unpaired surrogates, which label values must not contain. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** Checks the name of a node or key. */
export function checkName(text: string): string | undefined {
  const length = Array.from(text).length
  if (length === 0) return 'a name must not be empty'
  if (length > NAME_LENGTH) return `a name has at most ${NAME_LENGTH} characters, got ${length}`
  if (UNPRINTABLE.test(text)) return 'a name must not contain control or invisible characters'
  if (text.trim() !== text) return 'a name must not begin or end with a space'
  return undefined
}

/**
 * Checks the URL of a Sidecar.
 * @param instead names the option or variable for the URL of a node.
 */
export function checkSidecarUrl(text: string, instead = 'rpc'): string | undefined {
  if (/^wss?:\/\//i.test(text))
    return `a ws or wss URL is that of the node itself, not of a Sidecar: use ${instead}`
  if (!/^https?:\/\//i.test(text))
    return 'not an http or https URL: write it in full, such as http://127.0.0.1:8080'
  return checkUrl(text, 'http://127.0.0.1:8080')
}

/** Checks the URL of a node's JSON-RPC. */
export function checkRpcUrl(text: string): string | undefined {
  if (!/^(?:https?|wss?):\/\//i.test(text))
    return 'not an http, https, ws or wss URL: write it in full, such as ws://127.0.0.1:9944'
  return checkUrl(text, 'ws://127.0.0.1:9944')
}

function checkUrl(text: string, example: string): string | undefined {
  if (/^\w+:\/\/[^/?#\\]*@/i.test(text))
    return 'the URL must not contain a user name or password, which would be shown: use basic_auth or headers_file'
  if (/[?#]/.test(text)) return 'the URL must not have a query (?) or fragment (#)'
  if (/[\s\\]/.test(text) || /^\w+:\/\/\//i.test(text) || !URL.canParse(text))
    return `not a valid URL: write it in full, such as ${example}`
  return undefined
}

/**
 * Normalizes a valid URL: lower-case host, no default port, no trailing slash. ws and wss become http and https: a node answers HTTP
 * and WebSocket on the same port.
 */
export function normalUrl(text: string): string {
  const { origin, pathname } = new URL(text.replace(/^ws/i, 'http'))
  return origin + pathname.replace(/\/+$/, '')
}

/** `host:port` of a valid URL, including a default port. */
export function hostAndPort(text: string): string {
  const { hostname, port, protocol } = new URL(text)
  return `${hostname}:${port || (/^(?:https|wss):$/.test(protocol) ? '443' : '80')}`
}

/** Pattern of block hashes: 32 bytes as 0x hex. */
export const BLOCK_HASH = /^0x[0-9a-fA-F]{64}$/

/** Checks a block hash. */
export const checkBlockHash = (text: string): string | undefined =>
  BLOCK_HASH.test(text) ? undefined : 'not a block hash: write 0x and 64 hexadecimal digits'

/** Pattern of durations: 12s, 500ms, 2m, 1h, 1m30s. */
export const DURATION = /^(?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?(?:(\d{1,9})ms)?$/

/** Parses a duration to milliseconds; undefined if it is invalid. */
export function durationOf(text: string): number | undefined {
  const match = DURATION.exec(text)
  if (match === null) return undefined
  const [, hours = '0', minutes = '0', seconds = '0', milliseconds = '0'] = match
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(milliseconds)
}

/** Inclusive bounds of a duration, such as 1s and 1h. */
export interface DurationBounds {
  readonly least: string
  readonly most: string
}

/** Checks a duration and its bounds. */
export function checkDuration(text: string, { least, most }: DurationBounds): string | undefined {
  const duration = durationOf(text)
  if (duration === undefined)
    return 'not a duration: write whole numbers with h, m, s or ms, such as 12s, 500ms or 1m30s'
  if (duration < (durationOf(least) ?? 0)) return `must be at least ${least}`
  if (duration > (durationOf(most) ?? Infinity)) return `must be at most ${most}`
  return undefined
}

/** Pattern of rates: 1/s, 0.5/s, 30/m. */
export const RATE = /^(\d{1,6}(?:\.\d{1,3})?)\/([sm])$/

/** Parses a rate to a number per second; undefined if it is invalid. */
export function rateOf(text: string): number | undefined {
  const [, count, unit] = RATE.exec(text) ?? []
  return count === undefined ? undefined : Number(count) / (unit === 'm' ? 60 : 1)
}

/** Checks a rate. */
export function checkRate(text: string): string | undefined {
  const rate = rateOf(text)
  if (rate === undefined) return 'not a rate: write a number, a slash and s or m, such as 1/s or 30/m'
  // More slowly than that, one poll would take hours.
  return rate < 1 / 60 ? 'must be at least 1/m' : undefined
}

/** The rate that public endpoints allow, where it is known: those of opentensor.ai document one request a second. */
export const knownRateOf = (url: string): number | undefined =>
  /(?:^|\.)opentensor\.ai$/.test(new URL(url).hostname) ? 1 : undefined

/** Checks the address of a key for what copying leaves in it, then the address itself. */
export function checkKeyAddress(text: string): string | undefined {
  if (text === '') return 'an address must not be empty'
  if (/^["']|["']$/.test(text)) return 'has quotes that are part of the value: remove them'
  if (/[,;]|\S\s+\S/.test(text))
    return 'has a comma, semicolon, space or line break in it: an entry has one address'
  if (/\s/.test(text)) return 'begins or ends with a space or line break: remove it'
  if (UNPRINTABLE.test(text)) return 'has an invisible character: type or copy the address again'
  return checkAddress(text)
}

/** Decimals of TAO. */
const TAO_DECIMALS = 9

/** The TAO that can ever be issued: `TotalSupply` of the chain. */
const MAX_TAO = 21_000_000

/** Pattern of amounts of TAO: plain decimals. */
export const TAO = new RegExp(`^\\d{1,8}(?:\\.\\d{1,${TAO_DECIMALS}})?$`)

/** Checks an amount of TAO. */
export function checkTao(text: string): string | undefined {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === undefined) return 'not an amount of TAO: write a plain decimal such as "10" or "0.5"'
  if (fraction.length > TAO_DECIMALS)
    return `TAO has ${TAO_DECIMALS} decimals: write at most ${TAO_DECIMALS} digits after the point`
  const isMore = BigInt(whole) > MAX_TAO || (BigInt(whole) === BigInt(MAX_TAO) && /[1-9]/.test(fraction))
  return isMore ? `more than the ${MAX_TAO} TAO that can ever exist` : undefined
}
