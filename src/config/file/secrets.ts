import { isAbsolute, join } from 'node:path'
import { recordOf } from '../check.ts'
import type { Finding } from './explain.ts'

/** Reads a text file; rejects as node:fs does. */
export type ReadText = (file: string) => Promise<string>

/** The secrets of one node, and the issues with their files. */
export interface Secrets {
  readonly headers: Readonly<Record<string, string>>
  /** Paths are relative to the node. Messages name the file but do not quote it. */
  readonly findings: readonly Finding[]
}

/**
 * Reads the secret files of a node, given its raw data. Ignores options that are missing or of the wrong type, which the
 * schema reports.
 * @param folder is the base of relative file names.
 */
export async function readSecrets(node: unknown, folder: string, readText: ReadText): Promise<Secrets> {
  const options = recordOf(node)
  const headersFile = fileName(options['headers_file'])
  const { username, password_file: passwordOption } = recordOf(options['basic_auth'])
  const passwordFile = fileName(passwordOption)
  const headers = new Map<string, string>()
  const findings: Finding[] = []
  const read = async (path: readonly string[], name: string, use: (text: string) => string | undefined) => {
    const file = isAbsolute(name) ? name : join(folder, name)
    const message = await readText(file).then(
      (text) => prefixed(file, use(text)),
      (error: unknown) => `${exists(error) ? file : 'the file'} ${unreadable(error)}`,
    )
    if (message !== undefined) findings.push({ path, part: 'value', message })
  }
  if (headersFile !== undefined)
    await read(['headers_file'], headersFile, (text) => addHeaders(text, headers))
  if (passwordFile !== undefined)
    await read(['basic_auth', 'password_file'], passwordFile, (text) => {
      if (typeof username !== 'string') return undefined
      if (Array.from(headers.keys()).some((name) => name.toLowerCase() === 'authorization')) {
        const message = 'the headers file already has an Authorization header: keep one of the two'
        findings.push({ path: ['basic_auth'], part: 'key', message })
      }
      return addBasicAuth(username, text, headers)
    })
  return { headers: Object.fromEntries(headers), findings }
}

const fileName = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

const prefixed = (file: string, message: string | undefined): string | undefined =>
  message === undefined ? undefined : `${file} ${message}`

/** Codes of errors about files that exist. */
const EXISTING: readonly unknown[] = ['EACCES', 'EPERM', 'EISDIR', 'NOT_UTF8', 'UTF16']

/** Whether a file that cannot be read exists. If it does not, its name may be the secret itself, and must not be shown. */
const exists = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && EXISTING.includes(error.code)

/** The reason why a file cannot be read, as the end of a sentence that begins with the file's name. */
export function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
      return 'does not exist'
    case 'EACCES':
    case 'EPERM':
      return 'cannot be read: permission denied'
    case 'EISDIR':
      return 'is a folder, not a file'
    case 'NOT_UTF8':
      return 'is not UTF-8: save it as UTF-8'
    case 'UTF16':
      return 'is UTF-16: save it as UTF-8'
    default:
      return `cannot be read${typeof code === 'string' ? ` (${code})` : ''}`
  }
}

/** RFC 9110, section 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** RFC 9110, section 5.5. Excludes line breaks, which would allow header injection. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Headers of the connection. The HTTP client sets them and rejects others. */
const CONNECTION_HEADERS = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

function addHeaders(text: string, headers: Map<string, string>): string | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // The parser's own message quotes the text.
    return 'is not valid JSON'
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return 'is JSON, but not one object of header names and values'
  const names = new Set<string>()
  for (const [index, [name, value]] of Object.entries(parsed as Record<string, unknown>).entries()) {
    const issue = checkHeader(name, value, names)
    if (issue !== undefined) return `has a header (number ${index + 1}) ${issue}`
    names.add(name.toLowerCase())
    headers.set(name, value as string)
  }
  return undefined
}

function checkHeader(name: string, value: unknown, before: ReadonlySet<string>): string | undefined {
  const lower = name.toLowerCase()
  if (!HEADER_NAME.test(name)) return 'whose name is not a valid header name'
  if (typeof value !== 'string') return 'whose value is not a string'
  if (!HEADER_VALUE.test(value))
    return 'whose value has a line break or another character that headers must not have'
  if (before.has(lower)) return 'that is given twice, in different letter case'
  if (CONNECTION_HEADERS.includes(lower))
    return `that belongs to the connection and cannot be set (${CONNECTION_HEADERS.join(', ')})`
  return undefined
}

/** Adds an Authorization header for basic authentication (RFC 7617, UTF-8). */
function addBasicAuth(username: string, text: string, headers: Map<string, string>): string | undefined {
  const password = text.replace(/\r?\n$/, '')
  if (password === '') return 'is empty: it must contain the password'
  if (/\p{Cc}/u.test(password))
    return 'has several lines or control characters: it must contain only the password'
  headers.set('authorization', `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`)
  return undefined
}
