import { dirname, isAbsolute, join } from 'node:path'
import { recordOf } from './check.ts'
import { opensslCiphers, opensslCurves } from './cipher-suites.ts'
import { check, pathText, type Finding } from './explain.ts'
import { ConfigError, inOrder, type Fault } from './fault.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { certificatesFault, contextFault, keyFault, pairFault, pemFileFault } from './pem.ts'
import { unreadable, type ReadText } from './secrets.ts'
import { checkWebTogether } from './web-check.ts'
import type { WebConfig, WebTlsConfig } from './web-config.ts'
import { webFileSchema, type WebFile } from './web-schema.ts'
import { readYaml } from './yaml.ts'

/** The schema of the web configuration file. */
export const webJsonSchema = jsonSchemaOf(webFileSchema)

/**
 * Loads and checks a web configuration with the certificates and keys it names; file names are relative to its folder.
 * Rejects with ConfigError, which has all faults there are, in the order of the file.
 */
export async function loadWebConfig(file: string, readText: ReadText): Promise<WebConfig> {
  const text = await readText(file).catch((error: unknown) => {
    throw new ConfigError([{ file, path: '', message: `the web configuration file ${unreadable(error)}` }])
  })
  // exporter-toolkit takes it, and serves everybody. A file that got lost on its way must not do that.
  const yaml = readYaml(text, 'it protects nothing; to serve without protection, leave --web.config.file out')
  const faults: Fault[] = yaml.faults.map((fault) => ({ file, path: '', ...fault }))
  if (yaml.value === undefined) throw new ConfigError(inOrder(faults))

  const result = check(webFileSchema, yaml.value, webJsonSchema)
  const pem = await readPem(recordOf(recordOf(yaml.value)['tls_server_config']), dirname(file), readText)
  const findings: Finding[] = [
    ...('findings' in result ? result.findings : []),
    ...checkWebTogether(yaml.value),
    ...pem.findings,
  ]
  const addFindings = (found: readonly Finding[]): void => {
    for (const { path, part, message } of found)
      faults.push({ file, ...yaml.positionOf(path, part), path: pathText(path), message })
  }
  addFindings(findings)
  if (faults.length > 0 || !('data' in result)) throw new ConfigError(inOrder(faults))
  const config = webConfigOf(result.data, pem)
  const whole = config.tls === undefined ? undefined : contextFault(config.tls.context)
  if (whole === undefined) return config
  addFindings([{ path: ['tls_server_config'], part: 'key', message: whole }])
  throw new ConfigError(faults)
}

/** Texts in PEM, inline or from files, and what is wrong with them. */
interface Pem {
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly clientCa: string | undefined
  readonly findings: readonly Finding[]
}

async function readPem(
  tls: Readonly<Record<string, unknown>>,
  folder: string,
  readText: ReadText,
): Promise<Pem> {
  const findings: Finding[] = []
  /** The text of the option or of the file that OPTION_file names; undefined where there is a fault, or neither. */
  const read = async (option: string, faultOf: (text: string) => string | undefined) => {
    const from = option in tls ? option : `${option}_file`
    const value = tls[from]
    // What the schema refuses is its to say.
    if (typeof value !== 'string' || (from !== option && pemFileFault(value) !== undefined)) return undefined
    const file = from === option ? undefined : isAbsolute(value) ? value : join(folder, value)
    const refuse = (message: string): void => {
      const named = file === undefined ? message : `${file} ${message}`
      findings.push({ path: ['tls_server_config', from], part: 'value', message: named })
    }
    let text = value
    try {
      if (file !== undefined) text = await readText(file)
    } catch (error) {
      refuse(unreadable(error))
      return undefined
    }
    const fault = faultOf(text)
    if (fault === undefined) return text
    refuse(fault)
    return undefined
  }
  const cert = await read('cert', certificatesFault)
  const key = await read('key', keyFault)
  const clientCa = await read('client_ca', certificatesFault)
  const pair = cert === undefined || key === undefined ? undefined : pairFault(cert, key)
  if (pair !== undefined)
    findings.push({
      path: ['tls_server_config', 'key' in tls ? 'key' : 'key_file'],
      part: 'value',
      message: pair,
    })
  return { cert, key, clientCa, findings }
}

function webConfigOf(
  { tls_server_config: tls, http_server_config: http, basic_auth_users: users, rate_limit: limit }: WebFile,
  pem: Pem,
): WebConfig {
  return {
    tls: tls === undefined ? undefined : tlsOf(tls, pem),
    http2: tls !== undefined && (http.http2 ?? true),
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
