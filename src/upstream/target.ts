import { oneLine } from '../text.ts'
import { scrubberOf, type Scrub } from './secrets.ts'

/** Where the requests to one upstream go, and which of its secrets must never be shown. */
export interface Target {
  /** Scheme, host and port. */
  readonly origin: string
  /** Prefix of each path: empty, or a path without a trailing slash. */
  readonly basePath: string
  /** Host and port for messages; the port is included even if it is the scheme's default. */
  readonly address: string
  /** Sent with each request, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Replaces its secrets in untrusted text. */
  readonly scrub: Scrub
  /** Makes one line of at most `max` characters from untrusted text, with secrets replaced. */
  readonly clean: (text: string, max: number) => string
}

/**
 * Parses a node's URL. A user and password in it become an Authorization header, as with curl, unless the headers have
 * one. Throws TypeError for anything but an http or https URL, without repeating it: it may contain secrets.
 */
export function targetOf(name: string, url: string, headers: Readonly<Record<string, string>>): Target {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const user = decoded(parsed?.username ?? '')
  const password = decoded(parsed?.password ?? '')
  if (parsed === undefined || user === undefined || password === undefined || !isPlainHttp(parsed))
    throw new TypeError(`${name}: the URL must be http:// or https:// with a host and at most a path`)
  const basic = user === '' && password === '' ? undefined : basicAuthorization(user, password)
  const sent = {
    accept: 'application/json',
    'user-agent': 'bittensor-exporter',
    ...(basic === undefined ? {} : { authorization: basic }),
    ...Object.fromEntries(Object.entries(headers).map(([header, value]) => [header.toLowerCase(), value])),
  }
  const scrub = scrubberOf(secretsOf({ url, headers }))
  return {
    origin: parsed.origin,
    basePath: parsed.pathname.replace(/\/+$/, ''),
    address: `${parsed.hostname}:${parsed.port || (parsed.protocol === 'https:' ? '443' : '80')}`,
    headers: sent,
    scrub,
    clean: (text, max) => scrub(oneLine(scrub(text), max)),
  }
}

const isPlainHttp = ({ protocol, search, hash }: URL): boolean =>
  /^https?:$/.test(protocol) && search === '' && hash === ''

/** Undefined if the percent-encoded bytes are not UTF-8. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const basicAuthorization = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

/** What must never be shown of the configuration of a node: the values of its headers, and the password in its URL. */
export function secretsOf({
  url,
  headers,
}: {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}): readonly string[] {
  const { username, password } = URL.canParse(url) ? new URL(url) : { username: '', password: '' }
  const plain = decoded(password) ?? ''
  const user = decoded(username) ?? ''
  const basic = user === '' && plain === '' ? [] : [basicAuthorization(user, plain)]
  return [...Object.values(headers), ...basic, password, plain]
}
