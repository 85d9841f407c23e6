import { recordOf } from '../check.ts'
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
    ...('tls_server_config' in file ? tlsFindings(recordOf(file['tls_server_config'])) : plainFindings(http)),
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
  const header = 'Strict-Transport-Security'
  if ((recordOf(http['headers'])[header] ?? '') === '') return []
  return [finding(['http_server_config', 'headers', header], 'key', 'needs tls_server_config')]
}

function tlsFindings(tls: Options): Finding[] {
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
  return [...found, ...clientFindings(tls, at)]
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
