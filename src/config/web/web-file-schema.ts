import { z } from 'zod'
import { CIPHER_SUITES, CURVES } from './cipher-suites.ts'
import { checkPemFileName } from './pem.ts'
import { count, duration, flag, text } from '../file/schema.ts'
import { CLIENT_AUTH_TYPES } from './web-config.ts'

/**
 * The schema of the file that --web.config.file names, in the format of prometheus/exporter-toolkit (docs/web-configuration.md there,
 * July 2026). web-file-checks.ts checks what involves several options.
 */

const file = text('a file name', checkPemFileName)

/** load-web-config.ts checks its contents. */
const pem = () => text('text in PEM')

const choice = <const Choice extends string>(choices: readonly Choice[], type: string) =>
  z.enum(choices).meta({ 'x-type': type })

const names = (known: Readonly<Record<string, string>>, type: string) =>
  z.array(choice(Object.keys(known), type)).meta({ 'x-type': `a list, each ${type}` })

/** The format allows the older versions, so they get a message of their own. */
const version = z
  .enum(['TLS10', 'TLS11', 'TLS12', 'TLS13'])
  .check((context) => {
    if (context.value === 'TLS10' || context.value === 'TLS11')
      context.issues.push({
        code: 'custom',
        input: context.value,
        message: 'TLS 1.0 and 1.1 are broken (RFC 8996) and not offered: write TLS12 or TLS13',
      })
  })
  .meta({ 'x-type': '`TLS12` or `TLS13`' })

const tls = z.strictObject({
  cert_file: file
    .meta({
      description: 'Certificate in PEM, followed by the intermediate certificates.',
      examples: ['server.crt'],
    })
    .optional(),
  key_file: file
    .meta({ description: 'Its private key in PEM, not encrypted.', examples: ['server.key'] })
    .optional(),
  cert: pem().meta({ description: 'The certificate itself, instead of `cert_file`.' }).optional(),
  key: pem().meta({ description: 'The private key itself, instead of `key_file`.' }).optional(),
  client_auth_type: choice(
    // An older name of RequireAnyClientCert, which exporter-toolkit still accepts.
    [...CLIENT_AUTH_TYPES, 'RequireClientCert'],
    `one of ${CLIENT_AUTH_TYPES.map((type) => `\`${type}\``).join(', ')}`,
  )
    .meta({
      description: 'Authentication of clients. Only `RequireAndVerifyClientCert` restricts access.',
    })
    .default('NoClientCert'),
  client_ca_file: file
    .meta({ description: 'CAs of the clients’ certificates, in PEM.', examples: ['clients-ca.crt'] })
    .optional(),
  client_ca: pem().meta({ description: 'The CAs themselves, instead of `client_ca_file`.' }).optional(),
  client_allowed_sans: z
    .array(text('text', (value) => (value === '' ? 'a name must not be empty' : undefined)))
    .min(1)
    .meta({
      description:
        'Subject alternative names (DNS, IP, e-mail or URI): a client’s certificate must have one of them, exactly.',
      'x-type': 'a list of names',
      examples: [['prometheus.example']],
    })
    .optional(),
  min_version: version.meta({ description: 'The oldest version of TLS.' }).default('TLS12'),
  max_version: version.meta({ description: 'The newest version of TLS.' }).default('TLS13'),
  cipher_suites: names(CIPHER_SUITES, 'a cipher suite by its name in Go')
    .meta({ description: 'Cipher suites of TLS 1.2; those of TLS 1.3 cannot be configured.' })
    .default([]),
  prefer_server_cipher_suites: flag()
    .meta({ description: 'Whether the order of `cipher_suites` takes precedence over the client’s.' })
    .default(true),
  curve_preferences: names(CURVES, `one of ${Object.keys(CURVES).join(', ')}`)
    .meta({ description: 'Elliptic curves in order of preference.' })
    .default([]),
})

const header = text('text', (value) =>
  /^[\t\x20-\x7e]*$/.test(value)
    ? undefined
    : 'a header must consist of ASCII characters without line breaks',
)

const headers = z.strictObject({
  'Content-Security-Policy': header.meta({ description: 'Replaces the strict default policy.' }).optional(),
  'X-Frame-Options': choice(['deny', 'sameorigin', ''], '`deny` or `sameorigin`')
    .meta({ description: 'Replaces `DENY`.' })
    .optional(),
  'X-Content-Type-Options': choice(['nosniff', ''], '`nosniff`')
    .meta({ description: 'Set by default.' })
    .optional(),
  'X-XSS-Protection': header.meta({ description: 'Replaces `0`.' }).optional(),
  'Strict-Transport-Security': header
    .meta({ description: 'Not sent by default because it applies to every port of the host. Needs TLS.' })
    .optional(),
})

const http = z.strictObject({
  http2: flag()
    .meta({
      description: 'Accepted for compatibility and ignored: the exporter serves HTTP/1.1 only.',
      'x-default': 'none',
    })
    .optional(),
  headers: headers
    .meta({ description: 'Headers of every response. An empty value removes the header.' })
    .prefault({}),
})

/** A comparison takes about 80 ms at a cost of 10, and each step doubles that. */
const MAX_COST = 15

const passwordHash = text('a bcrypt hash', (value) => {
  if (!/^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./0-9A-Za-z]{53}$/.test(value))
    return 'not a bcrypt hash: make one with htpasswd -nBC 10 "" | tr -d \':\\n\''
  return Number(value.slice(4, 6)) > MAX_COST
    ? `a cost above ${MAX_COST} takes longer than a scrape: make the hash with a lower cost`
    : undefined
})

const rateLimit = z.strictObject({
  interval: duration({ least: '0s', most: '1h' }).meta({
    description: 'Minimum time between two requests of all clients together; `0s` for no limit.',
    examples: ['100ms'],
  }),
  burst: count(1, 1_000_000).meta({ description: 'Maximum number of requests at once.', examples: [20] }),
})

/** The parsed YAML of a web configuration file. */
export const webFileSchema = z.strictObject({
  tls_server_config: tls.meta({ description: 'TLS. Without it the server uses plain HTTP.' }).optional(),
  http_server_config: http.meta({ description: 'Headers of responses.' }).prefault({}),
  basic_auth_users: z
    .record(z.string(), passwordHash)
    .meta({
      description:
        'User names and the bcrypt hashes of their passwords. If set, every request needs one of them.',
      'x-type': 'a mapping of names to bcrypt hashes',
    })
    .default({}),
  rate_limit: rateLimit.meta({ description: 'Requests beyond the limit are answered 429.' }).optional(),
})

/** A valid web configuration file, with defaults filled in. */
export type WebFile = z.output<typeof webFileSchema>
