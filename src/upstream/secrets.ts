import { oneLine } from '../text.ts'

/** Shorter values are not treated as secrets: replacing them would garble messages. */
const SHORTEST_SECRET = 4

/** Words of a header that name a scheme of authentication (RFC 9110, section 11.1). */
const SCHEMES: ReadonlySet<string> = new Set(['basic', 'bearer', 'digest', 'token', 'negotiate', 'apikey'])

/** Replaces secrets by `***`, in any letter case. */
export type Scrub = (text: string) => string

/**
 * Makes a function that replaces secrets, in each of their forms, in text that a node or proxy chose. Where the text was truncated,
 * it also replaces the beginning of a secret before the ellipsis.
 * @param secrets values of headers, URLs and passwords. Their parts are secrets too: see partsOf.
 */
export function scrubberOf(secrets: readonly string[]): Scrub {
  const forms = [...new Set(secrets.flatMap(partsOf).flatMap(formsOf).flatMap(alsoQuoted))]
    .filter((form) => form.length >= SHORTEST_SECRET)
    // Longest first, so that a part is not replaced within the whole.
    .sort((a, b) => b.length - a.length)
  if (forms.length === 0) return (text) => text
  const pattern = new RegExp(
    forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'),
    'gi',
  )
  return (text) => withoutTail(text.replace(pattern, '***'), forms)
}

/**
 * A value and the parts of it that are secrets on their own: words, values of `name=value`, and what is inside the base64 of basic
 * authentication (RFC 7617): user and password together, and the password.
 */
function partsOf(value: string): readonly string[] {
  const words = value.split(/[\s;,]+/).filter((word) => !SCHEMES.has(word.toLowerCase()))
  const values = words.map((word) => word.slice(word.indexOf('=') + 1))
  const [, encoded] = /^basic +(\S+)$/i.exec(value) ?? []
  const credentials = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
  const password = credentials.slice(credentials.indexOf(':') + 1)
  return [value, ...words, ...values, credentials, password]
}

/** The spellings in which a program may repeat a secret. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const base64 = bytes.toString('base64')
  const inUrl = percentEncoded(secret)
  const html = secret.replace(/[&<>"']/g, (character) => HTML[character] ?? character)
  return [
    secret,
    oneLine(secret, Infinity),
    base64,
    base64.replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    inUrl,
    inUrl.replaceAll('%20', '+'),
    // Also the characters that encodeURIComponent leaves.
    inUrl.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`),
    percentDecoded(secret),
    JSON.stringify(secret).slice(1, -1),
    html,
    html.replaceAll('&#39;', '&#x27;'),
  ]
}

/** Messages quote values as JSON, which escapes a form once more. */
const alsoQuoted = (form: string): readonly string[] => [form, JSON.stringify(form).slice(1, -1)]

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** encodeURIComponent, for any string: unpaired surrogates, which it refuses, stay. */
const percentEncoded = (text: string): string => {
  try {
    return encodeURIComponent(text)
  } catch {
    return text
  }
}

const percentDecoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Replaces the beginning of a form at the end of a truncated text. */
function withoutTail(text: string, forms: readonly string[]): string {
  if (!text.endsWith('…')) return text
  const start = text.slice(0, -1).toLowerCase()
  let longest = 0
  for (const form of forms) {
    const lower = form.toLowerCase()
    let length = Math.min(lower.length, start.length)
    while (length > longest && !start.endsWith(lower.slice(0, length))) length -= 1
    longest = Math.max(longest, length)
  }
  return longest < SHORTEST_SECRET ? text : `${text.slice(0, -1 - longest)}***…`
}
