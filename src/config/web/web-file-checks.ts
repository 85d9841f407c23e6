import { recordOf } from '../check.ts'
import { HTTP2_SUITES } from './cipher-suites.ts'
import type { Finding } from '../file/explain.ts'

type Options = Readonly<Record<string, unknown>>

/**
 * Checks that involve several options of a web configuration file, on the data as written. Rejects what exporter-toolkit ignores
 * silently when that leaves less protection than the file suggests.
 */
export function checkWebFile(value: unknown): Finding[] {
  const file = recordOf(value)
  const http = recordOf(file['http_server_config'])
  return [
    ...('tls_server_config' in file
      ? tlsFindings(recordOf(file['tls_server_config']), http)
      : plainFindings(http)),
    ...userFindings(recordOf(file['basic_auth_users'])),
  ]
}

const finding = (path: readonly string[], part: Finding['part'], message: string): Finding => ({
  path,
  part,
  message,
})

/** Options that need TLS. */
function plainFindings(http: Options): Finding[] {
  const found: Finding[] = []
  if (http['http2'] === true)
    found.push(finding(['http_server_config', 'http2'], 'value', 'HTTP/2 needs tls_server_config'))
  const header = 'Strict-Transport-Security'
  if ((recordOf(http['headers'])[header] ?? '') !== '')
    found.push(finding(['http_server_config', 'headers', header], 'key', 'needs tls_server_config'))
  return found
}

function tlsFindings(tls: Options, http: Options): Finding[] {
  const at = (option: string, message: string): Finding =>
    finding(['tls_server_config', option], 'key', message)
  const found: Finding[] = []
  for (const option of ['cert', 'key']) {
    if (option in tls || `${option}_file` in tls) continue
    found.push(finding(['tls_server_config'], 'key', `needs ${option}_file (or ${option})`))
  }
  for (const option of ['cert', 'key', 'client_ca'])
    if (option in tls && `${option}_file` in tls)
      found.push(at(option, `conflicts with ${option}_file: keep one of the two`))
  if (tls['min_version'] === 'TLS13' && tls['max_version'] === 'TLS12')
    found.push(at('max_version', 'is older than min_version'))
  return [...found, ...clientFindings(tls, at), ...suiteFindings(tls, http, at)]
}

function clientFindings(tls: Options, at: (option: string, message: string) => Finding): Finding[] {
  const found: Finding[] = []
  const { client_auth_type: type = 'NoClientCert' } = tls
  const authority = ['client_ca_file', 'client_ca'].find((option) => option in tls)
  const strictest = type === 'RequireAndVerifyClientCert'
  if (authority !== undefined && type === 'NoClientCert')
    found.push(at(authority, 'has no effect without client_auth_type: RequireAndVerifyClientCert'))
  if (authority === undefined && (strictest || type === 'VerifyClientCertIfGiven'))
    found.push(
      at(
        'client_auth_type',
        'needs client_ca_file: without it, certificates of any public CA would be accepted',
      ),
    )
  if ('client_allowed_sans' in tls && !strictest)
    found.push(
      at(
        'client_allowed_sans',
        'needs client_auth_type: RequireAndVerifyClientCert; with other types, clients can choose the names in their certificate',
      ),
    )
  return found
}

/** Rejects cipher suites without those that HTTP/2 requires, as Go's server does, because HTTP/2 clients would reject them. */
function suiteFindings(
  { cipher_suites: suites, min_version: oldest }: Options,
  { http2 = true }: Options,
  at: (option: string, message: string) => Finding,
): Finding[] {
  if (!Array.isArray(suites) || suites.length === 0 || oldest === 'TLS13' || http2 !== true) return []
  if (HTTP2_SUITES.some((suite) => suites.includes(suite))) return []
  return [
    at('cipher_suites', `HTTP/2 over TLS 1.2 needs one of ${HTTP2_SUITES.join(', ')}; or turn http2 off`),
  ]
}

/** A user name cannot contain a colon (RFC 7617). */
const userFindings = (users: Options): Finding[] =>
  Object.keys(users)
    .filter((name) => name === '' || /[:\p{Cc}]/u.test(name))
    .map((name) =>
      finding(
        ['basic_auth_users', name],
        'key',
        'a user name must not be empty or contain a colon or control characters',
      ),
    )
