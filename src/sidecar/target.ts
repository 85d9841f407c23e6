import { oneLine } from '../chain/text.ts'

/** Where the requests to one Sidecar go, and what must never be shown of it. */
export interface Target {
  /** Scheme, host and port. */
  readonly origin: string
  /** Put before each path: empty, or a path without a slash at its end. */
  readonly basePath: string
  /** Host and port for messages, the port also where it is the scheme's own. */
  readonly address: string
  /** Sent with each request, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Text from outside as one short line of at most `max` characters, with the secrets in it replaced. */
  readonly clean: (text: string, max: number) => string
}

/** Shorter values are no secrets, and replacing them would spoil the text. */
const SHORTEST_SECRET = 4

/**
 * Takes a node's URL apart. A user and password in it become an Authorization header, as curl does it, unless the
 * headers have one. Throws TypeError for what is not an http or https URL, without repeating it: it may hold secrets.
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
  const secrets = secretsOf([...Object.values(headers), basic ?? '', parsed.password, password])
  return {
    origin: parsed.origin,
    basePath: parsed.pathname.replace(/\/+$/, ''),
    address: `${parsed.hostname}:${parsed.port || (parsed.protocol === 'https:' ? '443' : '80')}`,
    headers: sent,
    clean: (text, max) => oneLine(withoutSecrets(text, secrets), max),
  }
}

const isPlainHttp = ({ protocol, search, hash }: URL): boolean =>
  /^https?:$/.test(protocol) && search === '' && hash === ''

/** Undefined for percent signs that encode no UTF-8. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const basicAuthorization = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

/** Whole values and their words ("Bearer x" holds "x"), longest first so that a part does not break up the whole. */
const secretsOf = (values: readonly string[]): readonly string[] =>
  [...new Set(values.flatMap((value) => [value, ...value.split(/\s+/)]))]
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length)

const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, '***'), text)
