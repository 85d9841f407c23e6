import { isAbsolute, join } from 'node:path'
import { recordOf } from '../check.ts'
import type { Finding } from './explain.ts'
import { readJsonObject, type Member } from './json.ts'

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
  const read = async (
    path: readonly string[],
    name: string,
    use: (text: string) => FileIssue | undefined,
  ) => {
    const file = isAbsolute(name) ? name : join(folder, name)
    const issue = await readText(file).then(use, (error: unknown) => {
      findings.push({
        path,
        part: 'value',
        message: `${mayBeSecret(path, error) ? 'the file' : file} ${unreadable(error)}`,
      })
      return undefined
    })
    if (issue === undefined) return
    const place = issue.at === undefined ? file : `${file}:${issue.at.line}:${issue.at.column}`
    findings.push({ path, part: 'value', message: `${place} ${issue.message}` })
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

/** Codes of errors about files that exist. */
const EXISTING: readonly unknown[] = ['EACCES', 'EPERM', 'EISDIR', 'NOT_UTF8', 'UTF16']

/** Whether what is given as the name of a password file may be the password itself, which must not be shown: there is no such file. */
const mayBeSecret = (path: readonly string[], error: unknown): boolean =>
  path.at(-1) === 'password_file' &&
  !(error instanceof Error && 'code' in error && EXISTING.includes(error.code))

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
    case 'NUL':
      return 'is not a text file: it contains a NUL byte'
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

/** What is wrong with a file, as the end of a sentence that begins with its name, and where in the file. */
interface FileIssue {
  readonly at?: { readonly line: number; readonly column: number }
  readonly message: string
}

function addHeaders(text: string, headers: Map<string, string>): FileIssue | undefined {
  const json = readJsonObject(text)
  if (json === 'not_object') return { message: 'is JSON, but not one object of header names and values' }
  if ('error' in json) return { at: json.error, message: 'is not valid JSON' }
  const names = new Map<string, Member>()
  for (const [index, member] of json.members.entries()) {
    const issue = checkHeader(member, names)
    if (issue !== undefined) return { at: member, message: `has a header (number ${index + 1}) ${issue}` }
    names.set(member.name.toLowerCase(), member)
    headers.set(member.name, member.text ?? '')
  }
  return undefined
}

function checkHeader({ name, text }: Member, before: ReadonlyMap<string, Member>): string | undefined {
  const lower = name.toLowerCase()
  const first = before.get(lower)
  if (!HEADER_NAME.test(name)) return 'whose name is not a valid header name'
  if (text === undefined) return 'whose value is not a string'
  if (!HEADER_VALUE.test(text))
    return 'whose value has a line break or another character that headers must not have'
  if (first !== undefined)
    return `that is given twice${first.name === name ? '' : ', in different letter case'}: first at ${first.line}:${first.column}`
  if (CONNECTION_HEADERS.includes(lower))
    return `that belongs to the connection and cannot be set (${CONNECTION_HEADERS.join(', ')})`
  return undefined
}

/** Adds an Authorization header for basic authentication (RFC 7617, UTF-8). */
function addBasicAuth(username: string, text: string, headers: Map<string, string>): FileIssue | undefined {
  const password = text.replace(/\r?\n$/, '')
  if (password === '') return { message: 'is empty: it must contain the password' }
  if (/\p{Cc}/u.test(password))
    return { message: 'has several lines or control characters: it must contain only the password' }
  headers.set('authorization', `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`)
  return undefined
}
