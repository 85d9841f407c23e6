import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bothLoaded, ConfigError } from '../../../src/config/error.ts'
import { loadWebConfig } from '../../../src/config/web/load-web-config.ts'
import { failure, filesOf } from '../files.ts'

const HASH = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG'

const KEY = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey

const load = (text: string, files: Readonly<Record<string, string | Error>> = {}) =>
  loadWebConfig('/etc/x/web.yml', filesOf({ ...files, '/etc/x/web.yml': text }))

async function faultsOf(text: string, files?: Readonly<Record<string, string | Error>>): Promise<string[]> {
  const error: unknown = await load(text, files).catch((reason: unknown) => reason)
  if (!(error instanceof ConfigError)) throw new Error('expected a ConfigError', { cause: error })
  return error.message.split('\n').map((line) => line.replace('/etc/x/web.yml:', ''))
}

describe('without TLS', () => {
  test('everything that is not about TLS is read', async () => {
    const text = `basic_auth_users:
  prometheus: ${HASH}
  "2": '${HASH.replace('$2y$', '$2b$')}'
http_server_config:
  headers: { X-Frame-Options: sameorigin, X-Content-Type-Options: '', X-XSS-Protection: '0' }
rate_limit: { interval: 1s, burst: 20 }
`
    expect(await load(text)).toEqual({
      tls: undefined,
      headers: { 'X-Frame-Options': 'sameorigin', 'X-Content-Type-Options': '', 'X-XSS-Protection': '0' },
      users: new Map([
        ['2', HASH.replace('$2y$', '$2b$')],
        ['prometheus', HASH],
      ]),
      rateLimit: { intervalMs: 1000, burst: 20 },
    })
  })

  test('what is left out protects nothing, and an interval of 0s is no limit', async () => {
    const nothing = { tls: undefined, headers: {}, users: new Map(), rateLimit: undefined }
    expect(await load('{}')).toEqual(nothing)
    expect(await load('rate_limit: { interval: 0s, burst: 1 }')).toEqual(nothing)
  })
})

const TLS = 'tls_server_config:\n  cert_file: a.crt\n  key_file: a.key\n'

test.each<readonly [string, string, readonly string[]]>([
  [
    'an empty file',
    '# nothing\n',
    ['1:1: the file is empty: it protects nothing; to serve without protection, omit --web.config.file'],
  ],
  [
    'a section without a value',
    'basic_auth_users:\n',
    ['1:18: basic_auth_users: has no value: expected a mapping of names to bcrypt hashes'],
  ],
  [
    'an unknown section',
    'basic_auth: {}\n',
    ['1:1: basic_auth: unknown key: did you mean `basic_auth_users`?'],
  ],
  [
    'an unknown option',
    'http_server_config: { http_2: false, headers: { Server: x } }\n',
    [
      '1:23: http_server_config.http_2: unknown key: did you mean `http2`?',
      '1:49: http_server_config.headers.Server: unknown key: expected one of Content-Security-Policy, X-Frame-Options, X-Content-Type-Options, X-XSS-Protection, Strict-Transport-Security',
    ],
  ],
  [
    'passwords that are not hashed, and other kinds of hashes',
    `basic_auth_users:\n  a: hunter2\n  b: ${HASH.slice(0, -1)}\n  c: ${HASH.replace('$2y$', '$2x$')}\n  d: 5\n`,
    [
      '2:6: basic_auth_users.a: not a bcrypt hash: make one with htpasswd -nBC 10 "" | tr -d \':\\n\'',
      '3:6: basic_auth_users.b: not a bcrypt hash: make one with htpasswd -nBC 10 "" | tr -d \':\\n\'',
      '4:6: basic_auth_users.c: not a bcrypt hash: make one with htpasswd -nBC 10 "" | tr -d \':\\n\'',
      '5:6: basic_auth_users.d: expected a bcrypt hash, got a number: put it in quotes',
    ],
  ],
  [
    'a hash that takes too long',
    `basic_auth_users: { a: ${HASH.replace('$10$', '$16$')} }\n`,
    ['1:24: basic_auth_users.a: a cost above 15 takes longer than a scrape: make the hash with a lower cost'],
  ],
  [
    'user names that no client can send',
    `basic_auth_users:\n  'a:b': ${HASH}\n  '': ${HASH}\n`,
    [
      '2:3: basic_auth_users: a user name must not be empty or contain a colon or control characters',
      '3:3: basic_auth_users: a user name must not be empty or contain a colon or control characters',
    ],
  ],
  [
    'what needs TLS',
    'http_server_config: { http2: true, headers: { Strict-Transport-Security: max-age=1 } }\n',
    ['1:47: http_server_config.headers.Strict-Transport-Security: needs tls_server_config'],
  ],
  [
    'headers that browsers do not know or that are two',
    'http_server_config: { headers: { X-Frame-Options: maybe, X-XSS-Protection: "1\\r\\nA: b" } }\n',
    [
      '1:51: http_server_config.headers.X-Frame-Options: expected `deny` or `sameorigin`, got text',
      '1:76: http_server_config.headers.X-XSS-Protection: a header must consist of ASCII characters without line breaks',
    ],
  ],
  [
    'a rate without a unit or a burst',
    'rate_limit: { interval: 1 }\n',
    [
      '1:13: rate_limit.burst: is missing',
      '1:25: rate_limit.interval: expected a duration, got a number: add a unit, such as 12s',
    ],
  ],
  [
    'TLS without certificate and key',
    'tls_server_config: { min_version: TLS13 }\n',
    ['1:1: tls_server_config: needs cert_file (or cert)', '1:1: tls_server_config: needs key_file (or key)'],
  ],
  [
    'files that do not exist or cannot be read',
    TLS.replace('a.key', '/secret/a.key'),
    [
      '2:14: tls_server_config.cert_file: /etc/x/a.crt does not exist',
      '3:13: tls_server_config.key_file: /secret/a.key cannot be read: permission denied',
    ],
  ],
  [
    'files and text that are not what they should be',
    `tls_server_config:\n  cert_file: other\n  key: |\n    hunter2\n  client_ca_file: broken\n  client_auth_type: RequireAnyClientCert\n`,
    [
      '2:14: tls_server_config.cert_file: /etc/x/other has no certificate in PEM',
      '3:8: tls_server_config.key: has no private key in PEM',
      '5:19: tls_server_config.client_ca_file: /etc/x/broken has a broken certificate (number 1)',
    ],
  ],
  [
    'an encrypted key',
    'tls_server_config: { cert_file: other, key_file: encrypted }\n',
    [
      '1:33: tls_server_config.cert_file: /etc/x/other has no certificate in PEM',
      '1:50: tls_server_config.key_file: /etc/x/encrypted has an encrypted private key: it must need no passphrase',
    ],
  ],
])('%s', async (_, text, faults) => {
  const files = {
    '/secret/a.key': failure('EACCES'),
    '/etc/x/other': KEY,
    '/etc/x/broken': '-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----\n',
    '/etc/x/encrypted': KEY.replace('PRIVATE', 'ENCRYPTED PRIVATE'),
  }
  expect(await faultsOf(text, files)).toEqual(faults)
})

/** Faults of options beside a certificate that is missing, which is left out. */
const beside = async (lines: string): Promise<string[]> =>
  (await faultsOf(`${TLS}${lines}`)).filter((fault) => !fault.includes('does not exist'))

test.each<readonly [string, readonly string[]]>([
  [
    '  cert: x\n',
    [
      '4:3: tls_server_config.cert: conflicts with cert_file: keep one of the two',
      '4:9: tls_server_config.cert: has no certificate in PEM',
    ],
  ],
  [
    '  min_version: TLS11\n',
    [
      '4:16: tls_server_config.min_version: TLS 1.0 and 1.1 are broken (RFC 8996) and not offered: write TLS12 or TLS13',
    ],
  ],
  ['  min_version: SSLv3\n', ['4:16: tls_server_config.min_version: expected `TLS12` or `TLS13`, got text']],
  [
    '  min_version: TLS13\n  max_version: TLS12\n',
    ['5:3: tls_server_config.max_version: is older than min_version'],
  ],
  [
    '  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]\n',
    ['4:19: tls_server_config.cipher_suites[0]: expected a cipher suite by its name in Go, got text'],
  ],
  ['  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]\n', []],
  ['  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]\nhttp_server_config: { http2: true }\n', []],
  [
    '  curve_preferences: [P256]\n',
    [
      '4:23: tls_server_config.curve_preferences[0]: expected one of CurveP256, CurveP384, CurveP521, X25519, got text',
    ],
  ],
  [
    '  client_auth_type: RequireAndVerify\n',
    [
      '4:21: tls_server_config.client_auth_type: expected one of `NoClientCert`, `RequestClientCert`, `RequireAnyClientCert`, `VerifyClientCertIfGiven`, `RequireAndVerifyClientCert`, got text',
    ],
  ],
  [
    '  client_auth_type: RequireAndVerifyClientCert\n',
    [
      '4:3: tls_server_config.client_auth_type: needs client_ca_file: without it, certificates of any public CA would be accepted',
    ],
  ],
  [
    '  client_ca_file: ca\n',
    [
      '4:3: tls_server_config.client_ca_file: has no effect without client_auth_type: RequireAndVerifyClientCert',
    ],
  ],
  [
    '  client_allowed_sans: [a]\n',
    [
      '4:3: tls_server_config.client_allowed_sans: needs client_auth_type: RequireAndVerifyClientCert; with other types, clients can choose the names in their certificate',
    ],
  ],
  [
    '  client_allowed_sans: []\n  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca\n',
    ['4:24: tls_server_config.client_allowed_sans: needs at least one entry'],
  ],
])('beside a certificate: %j', async (lines, faults) => {
  const expected = faults.length === 0 ? [] : faults
  expect(await beside(lines)).toEqual(expected)
})

test('a file that cannot be read is named', async () => {
  await expect(loadWebConfig('web.yml', filesOf({}))).rejects.toThrow(
    'web.yml: the web configuration file does not exist',
  )
})

test('no message has a secret in it, wherever it was put', async () => {
  const SECRET = 'hunter2xyzzy'
  const place = fc.constantFrom('cert', 'key', 'key_file', 'min_version', 'client_auth_type', SECRET)
  const value = fc.constantFrom(
    SECRET,
    `[${SECRET}]`,
    `{ ${SECRET}: ${SECRET} }`,
    `"${SECRET}`,
    `|\n    ${KEY.replaceAll('\n', SECRET)}`,
  )
  await fc.assert(
    fc.asyncProperty(
      place,
      value,
      fc.constantFrom('tls_server_config', 'basic_auth_users'),
      async (key, text, section) => {
        const message = (await faultsOf(`${section}:\n  ${key}: ${text}\n`)).join('\n')
        // The name of a file is no secret, and neither is that of a key: who looks for the fault needs it.
        const shown = message.replaceAll(`/etc/x/${SECRET}`, '').replaceAll(`${section}.${SECRET}`, '')
        expect(shown).not.toContain(SECRET)
      },
    ),
  )
})

describe('bothLoaded', () => {
  const bad = (file: string) => Promise.reject(new ConfigError([{ file, path: '', message: 'bad' }]))

  test('has the values of both, the faults of both, or the error of the one', async () => {
    expect(await bothLoaded(Promise.resolve(1), Promise.resolve(2))).toEqual([1, 2])
    await expect(bothLoaded(bad('a.yml'), bad('web.yml'))).rejects.toThrow('a.yml: bad\nweb.yml: bad')
    await expect(bothLoaded(Promise.resolve(1), bad('web.yml'))).rejects.toThrow('web.yml: bad')
    await expect(bothLoaded(bad('a.yml'), Promise.reject(new Error('broken')))).rejects.toThrow('a.yml: bad')
  })
})
