import { dirname, isAbsolute, join } from 'node:path'
import { recordOf } from '../check.ts'
import { opensslCiphers, opensslCurves } from './cipher-suites.ts'
import { check, pathText, type Finding } from '../file/explain.ts'
import { ConfigError, inOrder, type Issue } from '../error.ts'
import { jsonSchemaOf } from '../file/json-schema.ts'
import { checkCertificates, checkContext, checkPrivateKey, checkKeyPair, checkPemFileName } from './pem.ts'
import { unreadable, type ReadText } from '../file/secrets.ts'
import { checkWebFile } from './web-file-checks.ts'
import type { WebConfig, WebTlsConfig } from './web-config.ts'
import { webFileSchema, type WebFile } from './web-file-schema.ts'
import { readYaml } from '../file/yaml.ts'

/** JSON Schema of the web configuration file. */
export const webJsonSchema = jsonSchemaOf(webFileSchema)

/**
 * Loads and checks a web configuration file and the certificates and keys it names. File names are relative to its folder. Rejects
 * with ConfigError, which contains every problem, in the order of the file.
 */
export async function loadWebConfig(file: string, readText: ReadText): Promise<WebConfig> {
  const text = await readText(file).catch((error: unknown) => {
    throw new ConfigError([{ file, path: '', message: `the web configuration file ${unreadable(error)}` }])
  })
  // exporter-toolkit accepts an empty file and serves everybody. A file that was truncated by accident must not do that.
  const yaml = readYaml(text, 'it protects nothing; to serve without protection, omit --web.config.file')
  const issues: Issue[] = yaml.issues.map((issue) => ({ file, path: '', ...issue }))
  if (yaml.value === undefined) throw new ConfigError(inOrder(issues))

  const result = check(webFileSchema, yaml.value, webJsonSchema)
  const pem = await readPem(recordOf(recordOf(yaml.value)['tls_server_config']), dirname(file), readText)
  const findings: Finding[] = [
    ...('findings' in result ? result.findings : []),
    ...checkWebFile(yaml.value),
    ...pem.findings,
  ]
  const addFindings = (found: readonly Finding[]): void => {
    for (const { path, part, message } of found)
      issues.push({ file, ...yaml.positionOf(path, part), path: pathText(path), message })
  }
  addFindings(findings)
  if (issues.length > 0 || !('data' in result)) throw new ConfigError(inOrder(issues))
  const config = webConfigOf(result.data, pem)
  const whole = config.tls === undefined ? undefined : checkContext(config.tls.context)
  if (whole === undefined) return config
  addFindings([{ path: ['tls_server_config'], part: 'key', message: whole }])
  throw new ConfigError(issues)
}

/** PEM texts, inline or from files, and what is wrong with them. */
interface Pem {
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly clientCa: string | undefined
  readonly findings: readonly Finding[]
}

type ReadOption = (
  option: string,
  checkText: (text: string) => string | undefined,
) => Promise<string | undefined>

async function readPem(
  tls: Readonly<Record<string, unknown>>,
  folder: string,
  readText: ReadText,
): Promise<Pem> {
  const findings: Finding[] = []
  const refuse = (option: string, message: string): void => {
    findings.push({ path: ['tls_server_config', option], part: 'value', message })
  }
  const read = pemReader(tls, folder, readText, refuse)
  const cert = await read('cert', checkCertificates)
  const key = await read('key', checkPrivateKey)
  const clientCa = await read('client_ca', checkCertificates)
  const pair = cert === undefined || key === undefined ? undefined : checkKeyPair(cert, key)
  if (pair !== undefined) refuse('key' in tls ? 'key' : 'key_file', pair)
  return { cert, key, clientCa, findings }
}

/** Reads the text of an option, or of the file that OPTION_file names; gives undefined when it is invalid or missing. */
function pemReader(
  tls: Readonly<Record<string, unknown>>,
  folder: string,
  readText: ReadText,
  refuse: (option: string, message: string) => void,
): ReadOption {
  return async (option, checkText) => {
    const inline = tls[option]
    if (option in tls) {
      // The schema reports a value that is not text.
      if (typeof inline !== 'string') return undefined
      const problem = checkText(inline)
      if (problem === undefined) return inline
      refuse(option, problem)
      return undefined
    }
    const name = tls[`${option}_file`]
    if (typeof name !== 'string' || checkPemFileName(name) !== undefined) return undefined
    const file = isAbsolute(name) ? name : join(folder, name)
    const text = await readText(file).catch((error: unknown) => {
      refuse(`${option}_file`, `${file} ${unreadable(error)}`)
      return undefined
    })
    const problem = text === undefined ? undefined : checkText(text)
    if (problem === undefined) return text
    refuse(`${option}_file`, `${file} ${problem}`)
    return undefined
  }
}

function webConfigOf(
  { tls_server_config: tls, http_server_config: http, basic_auth_users: users, rate_limit: limit }: WebFile,
  pem: Pem,
): WebConfig {
  return {
    tls: tls === undefined ? undefined : tlsOf(tls, pem),
    headers: Object.fromEntries(
      Object.entries(http.headers).filter((header): header is [string, string] => header[1] !== undefined),
    ),
    users: new Map(Object.entries(users)),
    rateLimit:
      limit === undefined || limit.interval === 0
        ? undefined
        : { intervalMs: limit.interval, burst: limit.burst },
  }
}

const VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const

function tlsOf(tls: NonNullable<WebFile['tls_server_config']>, { cert, key, clientCa }: Pem): WebTlsConfig {
  const { cipher_suites: suites, curve_preferences: curves, client_auth_type: type } = tls
  return {
    context: {
      cert,
      key,
      ...(clientCa === undefined ? {} : { ca: clientCa }),
      minVersion: VERSIONS[tls.min_version],
      maxVersion: VERSIONS[tls.max_version],
      honorCipherOrder: tls.prefer_server_cipher_suites,
      ...(suites.length === 0 ? {} : { ciphers: opensslCiphers(suites) }),
      ...(curves.length === 0 ? {} : { ecdhCurve: opensslCurves(curves) }),
    },
    clientAuth: type === 'RequireClientCert' ? 'RequireAnyClientCert' : type,
    clientAllowedSans: tls.client_allowed_sans ?? [],
  }
}
