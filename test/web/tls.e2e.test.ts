import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect as connectHttp2, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import { get } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { pino } from 'pino'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { loadWebConfig } from '../../src/config/web-load.ts'
import { connectionsOf } from '../../src/web/connections.ts'
import { Renewal } from '../../src/web/renewal.ts'
import { authority, type Authority } from '../support/certificates.ts'
import { SECRET_METRIC, testWeb, until, type TestWeb, type TestWebOptions } from '../support/web.ts'

vi.setConfig({ testTimeout: 30_000 })

let folder: string
let servers: Authority
let clients: Authority

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'web-tls-'))
  servers = await authority(folder, 'servers')
  clients = await authority(folder, 'clients')
  await servers.issue('server')
  const strangers = await authority(folder, 'strangers')
  await clients.issue('good', { usage: 'clientAuth', sans: 'DNS:prometheus.example,URI:spiffe://a/b' })
  await clients.issue('other', { usage: 'clientAuth', sans: 'DNS:*.example,DNS:prometheus.example.org' })
  await clients.issue('tricky', {
    usage: 'clientAuth',
    sans: '@alt\n[alt]\nURI=http://x/\\, DNS:prometheus.example',
  })
  await clients.issue('expired', { usage: 'clientAuth', sans: 'DNS:prometheus.example', days: -1 })
  await clients.issue('for-servers', { usage: 'serverAuth', sans: 'DNS:prometheus.example' })
  await strangers.issue('stranger', { usage: 'clientAuth', sans: 'DNS:prometheus.example' })
  return () => rm(folder, { recursive: true })
})

/** Unlike once(), also when it ends with an error. */
const closed = (stream: Pick<TLSSocket, 'once'> | ClientHttp2Stream): Promise<void> =>
  new Promise((resolve) => stream.once('close', resolve))

const file = (name: string): string => join(folder, name)

/** A web server with a web configuration that has the server's certificate and more lines of tls_server_config. */
async function serve(
  lines: readonly string[] = [],
  { after = '', ...options }: TestWebOptions & { readonly after?: string } = {},
): Promise<TestWeb & { readonly load: () => ReturnType<typeof loadWebConfig> }> {
  const config = ['tls_server_config:', 'cert_file: server.crt', 'key_file: server.key', ...lines].join(
    '\n  ',
  )
  await writeFile(file('web.yml'), `${config}\n${after}`)
  const load = () => loadWebConfig(file('web.yml'), (name) => readFile(name, 'utf8'))
  return { ...(await testWeb({ ...options, security: await load() })), load }
}

async function trust(options: ConnectionOptions = {}): Promise<ConnectionOptions> {
  return { host: '127.0.0.1', ca: await readFile(servers.cert), ...options }
}

const pairOf = async (name: string | undefined) =>
  name === undefined
    ? {}
    : { cert: await readFile(file(`${name}.crt`)), key: await readFile(file(`${name}.key`)) }

/** A handshake that succeeded as this client sees it; rejects with the error of one that failed. */
async function handshake({ port }: TestWeb, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, ...(await trust(options)) })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  socket.on('error', () => undefined)
  return socket
}

const REQUEST = 'GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

/** Everything that the server says to a client that asks for the metrics at once, until the end of the connection. */
async function overHttp1({ port }: TestWeb, options: ConnectionOptions): Promise<string> {
  const socket = connect({ port, ...(await trust(options)), ALPNProtocols: ['http/1.1'] })
  let received = ''
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
  socket.on('error', () => undefined)
  socket.on('secureConnect', () => socket.write(REQUEST))
  await closed(socket)
  return received
}

/** The same over HTTP/2: the status and body of the answer, or nothing. */
async function overHttp2({ port }: TestWeb, options: ConnectionOptions): Promise<string> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, await trust(options))
  session.on('error', () => undefined)
  const stream = session.request({ ':path': '/metrics' })
  let received = ''
  stream.on('response', (headers) => (received += `${String(headers[':status'])}\n`))
  stream.on('data', (chunk: Buffer) => (received += chunk.toString()))
  stream.on('error', () => undefined)
  await closed(stream)
  session.destroy()
  return received
}

describe('versions of HTTP and TLS', () => {
  test('HTTP/2 and HTTP/1.1 give the same metrics', async () => {
    const web = await serve()
    expect(web.url).toMatch(/^https:/)
    expect(await overHttp2(web, {})).toMatch(/^200\n# HELP [^]*bittensor_subnet_info\{name=""\} 1\n$/)
    expect(await overHttp1(web, {})).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*bittensor_subnet_info\{name=""\} 1\n/)
  })

  test('without http2 there is HTTP/1.1 alone', async () => {
    const web = await serve([], { after: 'http_server_config: { http2: false }\n' })
    expect((await handshake(web, { ALPNProtocols: ['h2', 'http/1.1'] })).alpnProtocol).toBe('http/1.1')
    expect(await overHttp1(web, {})).toContain(SECRET_METRIC)
  })

  test.each([
    [[], { maxVersion: 'TLSv1.1' }, undefined],
    [[], { maxVersion: 'TLSv1.2' }, 'TLSv1.2'],
    [[], {}, 'TLSv1.3'],
    [['min_version: TLS13'], { maxVersion: 'TLSv1.2' }, undefined],
    [['max_version: TLS12'], {}, 'TLSv1.2'],
  ] as const)('with %s, a client with %o gets %s', async (lines, options, version) => {
    const web = await serve(lines)
    const old = { ...options, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const got = handshake(web, old).then((socket) => socket.getProtocol())
    if (version === undefined) await expect(got).rejects.toThrow(/alert protocol version/)
    else expect(await got).toBe(version)
  })

  test('suites and curves are those of the file', async () => {
    const web = await serve([
      'max_version: TLS12',
      'cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]',
      'curve_preferences: [CurveP384]',
    ])
    const socket = await handshake(web, {
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384',
    })
    expect(socket.getCipher().name).toBe('ECDHE-ECDSA-AES256-GCM-SHA384')
    expect(socket.getEphemeralKeyInfo()).toMatchObject({ name: 'secp384r1' })
    await expect(handshake(web, { ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' })).rejects.toThrow(
      /handshake failure/,
    )
    await expect(handshake(web, { ecdhCurve: 'X25519' })).rejects.toThrow(/handshake failure/)
  })

  test('suites of TLS 1.2 do not turn TLS 1.3 off', async () => {
    const web = await serve(['cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]'])
    expect((await handshake(web)).getProtocol()).toBe('TLSv1.3')
  })

  test('who speaks plain HTTP gets nothing', async () => {
    const { port, log } = await serve()
    const socket = connectTcp(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(REQUEST)
    expect(await text(socket).catch(() => '')).not.toContain('HTTP')
    await until(() => log.length > 0)
    expect(log).toEqual([
      expect.objectContaining({ level: 'warn', msg: 'a TLS handshake failed', reason: 'http request' }),
    ])
  })
})

const VERIFIED = ['client_ca_file: clients.crt', 'client_auth_type: RequireAndVerifyClientCert']
const SANS = [...VERIFIED, 'client_allowed_sans: [prometheus.example]']

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('client certificates over %s', (maxVersion) => {
  test.each([
    ['NoClientCert', [], { none: true, stranger: true, expired: true }],
    [
      'RequestClientCert',
      ['client_auth_type: RequestClientCert'],
      { none: true, stranger: true, expired: true },
    ],
    ['RequireAnyClientCert', ['client_auth_type: RequireAnyClientCert'], { none: false, stranger: true }],
    ['the older name of it', ['client_auth_type: RequireClientCert'], { none: false, stranger: true }],
    [
      'VerifyClientCertIfGiven',
      ['client_ca_file: clients.crt', 'client_auth_type: VerifyClientCertIfGiven'],
      { none: true, good: true, other: true, stranger: false, expired: false, 'for-servers': false },
    ],
    [
      'RequireAndVerifyClientCert',
      VERIFIED,
      {
        none: false,
        good: true,
        other: true,
        stranger: false,
        expired: false,
        'for-servers': false,
        server: false,
      },
    ],
    [
      'client_allowed_sans',
      SANS,
      { none: false, good: true, other: false, tricky: false, stranger: false, expired: false },
    ],
  ] as const)('%s', async (_, lines, expected) => {
    const web = await serve(lines)
    const results: Record<string, boolean> = {}
    for (const name of Object.keys(expected)) {
      const options = { ...(await pairOf(name === 'none' ? undefined : name)), maxVersion }
      const bodies = [await overHttp1(web, options), await overHttp2(web, options)]
      results[name] = bodies.every((body) => body.includes(SECRET_METRIC))
      // Not one byte of HTTP for who stays out.
      if (!results[name]) expect([name, bodies]).toEqual([name, ['', '']])
    }
    expect(results).toEqual(expected)
  })

  test('no session is taken up again where certificates count: they are looked at each time', async () => {
    /** A session that the server has offered to take up again, where it has. */
    const offered = async (web: TestWeb, options: ConnectionOptions): Promise<Buffer | undefined> => {
      const socket = connect({ port: web.port, ...(await trust({ ...options, maxVersion })) })
      let session: Buffer | undefined
      socket.on('session', (offer) => (session = offer))
      socket.write(REQUEST)
      await text(socket)
      return session
    }
    const reuses = async (web: TestWeb, options: ConnectionOptions) => {
      const session = await offered(web, options)
      return (await handshake(web, { ...options, maxVersion, session })).isSessionReused()
    }
    expect(await reuses(await serve(), {})).toBe(true)
    const web = await serve(VERIFIED)
    expect(await reuses(web, await pairOf('good'))).toBe(false)
    const session = await offered(web, await pairOf('good'))
    expect(await overHttp1(web, { session, maxVersion })).toBe('')
  })
})

test.each([
  ['spiffe://a/b', 'good', true],
  ['SPIFFE://a/b', 'good', false],
  ['*.example', 'other', true],
  ['http://x/, DNS:prometheus.example', 'tricky', true],
  ['10.0.0.1', 'address', true],
  ['2001:db8::1', 'address', true],
  ['2001:0DB8:0::1', 'address', true],
  ['2001:db8::2', 'address', false],
  ['someone@example.org', 'address', true],
])('client_allowed_sans: %s and the certificate %s', async (san, name, comesIn) => {
  await clients.issue('address', {
    usage: 'clientAuth',
    sans: 'IP:10.0.0.1,IP:2001:db8::1,email:someone@example.org',
  })
  const web = await serve([...VERIFIED, `client_allowed_sans: ['${san}']`])
  expect((await overHttp1(web, await pairOf(name))).includes(SECRET_METRIC)).toBe(comesIn)
})

test('the log says why a client was refused, and no more often than every so often', async () => {
  const web = await serve(SANS)
  for (const name of ['expired', 'expired', 'expired', 'other']) await overHttp1(web, await pairOf(name))
  await until(() => web.log.length > 1)
  expect(web.log.map(({ msg, reason, client }) => [msg, reason, client])).toEqual([
    // Node has forgotten the address by then.
    ['a TLS handshake failed', 'its certificate was refused: CERT_HAS_EXPIRED', undefined],
    ['a client was refused', 'its certificate has none of client_allowed_sans', '127.0.0.1'],
  ])
})

describe('a renewed certificate', () => {
  const lines: Record<string, unknown>[] = []
  const log = pino(
    {},
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  )
  const serial = async (web: TestWeb) => (await handshake(web)).getPeerCertificate().serialNumber

  test('is taken by new connections, without a word and without breaking those there are', async () => {
    await servers.issue('server')
    const web = await serve()
    const renewal = new Renewal(web.security, web.load, log, 20)
    onTestFinished(() => {
      renewal.stop()
    })
    const session = connectHttp2(web.url, await trust())
    onTestFinished(() => {
      session.destroy()
    })
    await once(session, 'connect')
    const before = await serial(web)
    await servers.issue('server')
    for (let tries = 0; (await serial(web)) === before; tries += 1) {
      if (tries > 400) throw new Error('it did not come')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const stream = session.request({ ':path': '/metrics' })
    expect(await text(stream)).toContain(SECRET_METRIC)
  })

  test('with faults leaves the one before, and is said once', async () => {
    await servers.issue('server')
    const web = await serve()
    const before = await serial(web)
    await writeFile(file('server.crt'), 'half a cert')
    lines.length = 0
    const renewal = new Renewal(web.security, web.load, log, 20)
    onTestFinished(() => {
      renewal.stop()
    })
    await expect(renewal.renew()).rejects.toThrow('server.crt has no certificate in PEM')
    await until(() => lines.length > 0)
    expect(await serial(web)).toBe(before)
    expect(lines).toEqual([
      expect.objectContaining({ fault: expect.stringContaining('server.crt') as string }),
    ])
    await servers.issue('server')
    await renewal.renew()
    expect(await serial(web)).not.toBe(before)
  })

  test('that has expired or soon will is warned of', async () => {
    for (const [days, what] of [
      [-1, 'has expired'],
      [2, 'expires soon'],
    ] as const) {
      await servers.issue('server', { days })
      const web = await serve()
      lines.length = 0
      new Renewal(web.security, undefined, log).stop()
      expect(lines).toEqual([expect.objectContaining({ msg: `the certificate of the web server ${what}` })])
    }
    await servers.issue('server')
  })

  test('TLS and client_auth_type are not changed while it runs', async () => {
    const web = await serve(VERIFIED)
    const settings = await (await serve()).load()
    expect(() => {
      web.security.replace(settings)
    }).toThrow('restart')
    expect(await overHttp1(web, {})).toBe('')
  })
})

describe('stopping', () => {
  async function openSession(web: TestWeb): Promise<ClientHttp2Session> {
    const session = connectHttp2(web.url, await trust())
    onTestFinished(() => {
      session.destroy()
    })
    await once(session, 'connect')
    return session
  }

  test('finishes answers over HTTP/2, and closes idle connections of both kinds', async () => {
    const web = await serve([], { bytes: 5_000_000 })
    const idle = await openSession(web)
    const keepAlive = await handshake(web, { ALPNProtocols: ['http/1.1'] })
    keepAlive.write('GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(keepAlive, 'data')
    const busy = await openSession(web)
    const stream = busy.request({ ':path': '/metrics' })
    await once(stream, 'response')
    const [body] = await Promise.all([
      text(stream),
      web.app.close(),
      once(idle, 'close'),
      once(keepAlive, 'close'),
    ])
    expect(body.length).toBeGreaterThan(5_000_000)
    expect(body.endsWith('"} 1\n')).toBe(true)
  })

  test('who does not read, or does not even end its handshake, is cut off', async () => {
    const web = await serve([], { bytes: 50_000_000 })
    const connections = connectionsOf(web.app.server)
    const silent = connectTcp(web.port, '127.0.0.1')
    silent.on('error', () => undefined)
    await once(silent, 'connect')
    const session = await openSession(web)
    session.on('error', () => undefined)
    const stream = session.request({ ':path': '/metrics' })
    stream.on('error', () => undefined)
    await once(stream, 'response')
    const closed = web.app.close()
    connections.destroy()
    await closed
  })

  test('who reads too slowly over HTTP/2 loses that answer', async () => {
    const web = await serve([], { bytes: 50_000_000, limits: { responseTimeoutMs: 300 } })
    const session = await openSession(web)
    const stream = session.request({ ':path': '/metrics' })
    stream.on('error', () => undefined)
    await once(stream, 'response')
    await until(() => stream.closed || stream.destroyed || stream.aborted)
    const answer = session.request({ ':path': '/-/healthy' })
    expect(await text(answer)).toBe('Healthy.\n')
  })
})

test('limits hold over TLS too', async () => {
  const web = await serve([], { limits: { headersTimeoutMs: 100 } })
  const slow = await handshake(web, { ALPNProtocols: ['http/1.1'] })
  slow.write('GET / HTTP/1.1\r\n')
  expect(await text(slow)).toMatch(/^HTTP\/1.1 408 /)
  const large = await handshake(web, { ALPNProtocols: ['http/1.1'] })
  large.write(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)
  expect(await text(large)).toMatch(/^HTTP\/1.1 431 /)
  const unhosted = await handshake(web, { ALPNProtocols: ['http/1.1'] })
  unhosted.write('GET / HTTP/1.1\r\n\r\n')
  expect(await text(unhosted)).toMatch(/^HTTP\/1.1 400 /)
})

test('passwords and headers hold over HTTP/2', async () => {
  const hash = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG'
  const web = await serve([], {
    after: `basic_auth_users: { a: ${hash} }\nhttp_server_config: { headers: { Strict-Transport-Security: max-age=60 } }\n`,
  })
  expect(await overHttp2(web, {})).toMatch(/^401\n/)
  const answer = await new Promise<Record<string, unknown>>((resolve, reject) => {
    get(
      { port: web.port, host: '127.0.0.1', ca: undefined, rejectUnauthorized: false },
      ({ headers, statusCode }) => {
        resolve({ ...headers, statusCode })
      },
    ).on('error', reject)
  })
  expect(answer).toMatchObject({
    statusCode: 401,
    'strict-transport-security': 'max-age=60',
    'x-frame-options': 'DENY',
  })
})
