import { text } from 'node:stream/consumers'
import { connect, type ConnectionOptions } from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { authority } from '../../support/certificates.ts'
import { TlsLab, REQUEST } from '../../support/tls.ts'
import { SECRET_METRIC, type TestWeb } from '../../support/web.ts'
import { until } from '../../support/until.ts'

const lab = TlsLab.forThisFile()

beforeAll(async () => {
  const { clients } = lab
  const strangers = await authority(lab.folder, 'strangers')
  await clients.issue('good', { usage: 'clientAuth', sans: 'DNS:prometheus.example,URI:spiffe://a/b' })
  await clients.issue('other', { usage: 'clientAuth', sans: 'DNS:*.example,DNS:prometheus.example.org' })
  await clients.issue('tricky', {
    usage: 'clientAuth',
    sans: '@alt\n[alt]\nURI=http://x/\\, DNS:prometheus.example',
  })
  await clients.issue('expired', { usage: 'clientAuth', sans: 'DNS:prometheus.example', days: -1 })
  await clients.issue('for-servers', { usage: 'serverAuth', sans: 'DNS:prometheus.example' })
  await strangers.issue('stranger', { usage: 'clientAuth', sans: 'DNS:prometheus.example' })
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
    const web = await lab.serve(lines)
    const results: Record<string, boolean> = {}
    for (const name of Object.keys(expected)) {
      const options = { ...(await lab.pairOf(name === 'none' ? undefined : name)), maxVersion }
      const received = await lab.overHttp1(web, options)
      results[name] = received.includes(SECRET_METRIC)
      // A refused client receives no response.
      if (!results[name]) expect([name, received]).toEqual([name, ''])
    }
    expect(results).toEqual(expected)
  })

  test('sessions are not resumed when client certificates are asked for', async () => {
    /** A session that the server has offered to take up again, where it has. */
    const offered = async (web: TestWeb, options: ConnectionOptions): Promise<Buffer | undefined> => {
      const socket = connect({ port: web.port, ...(await lab.trust({ ...options, maxVersion })) })
      let session: Buffer | undefined
      socket.on('session', (offer) => (session = offer))
      socket.write(REQUEST)
      await text(socket)
      return session
    }
    const reuses = async (web: TestWeb, options: ConnectionOptions) => {
      const session = await offered(web, options)
      return (await lab.handshake(web, { ...options, maxVersion, session })).isSessionReused()
    }
    expect(await reuses(await lab.serve(), {})).toBe(true)
    const web = await lab.serve(VERIFIED)
    expect(await reuses(web, await lab.pairOf('good'))).toBe(false)
    const session = await offered(web, await lab.pairOf('good'))
    expect(await lab.overHttp1(web, { session, maxVersion })).toBe('')
  })
})

/** POST /-/reload in one packet. */
const PACKET = 'POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'

describe.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'a request in the packet that ends a %s handshake',
  (maxVersion) => {
    /** Sends it, and gives what comes back and how many requests the server saw. */
    async function send(lines: readonly string[], name: string | undefined) {
      const web = await lab.serve(lines)
      let requests = 0
      web.app.server.on('request', () => (requests += 1))
      const options = { ...(await lab.trust(await lab.pairOf(name))), maxVersion }
      const socket = connect({ port: web.port, ...options })
      const chunks: Buffer[] = []
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      socket.on('error', () => undefined)
      socket.write(PACKET)
      await until(() => socket.closed || Buffer.concat(chunks).includes('HTTP/1.1 403'))
      socket.destroy()
      // The server still serves others.
      expect(await lab.overHttp1(web, await lab.pairOf('good'))).toContain(SECRET_METRIC)
      return { received: Buffer.concat(chunks), requests: requests - 1 }
    }

    const REFUSED = [
      [SANS, 'other'],
      [['client_auth_type: RequireAnyClientCert'], undefined],
    ] as const

    test('is served when the client is accepted', async () => {
      expect(await send(SANS, 'good')).toMatchObject({ requests: 1 })
    })

    test.each(REFUSED)('is not read when the client is refused: %j, %s', async (lines, name) => {
      expect(await send(lines, name)).toEqual({ requests: 0, received: Buffer.alloc(0) })
    })
  },
)

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
  await lab.clients.issue('address', {
    usage: 'clientAuth',
    sans: 'IP:10.0.0.1,IP:2001:db8::1,email:someone@example.org',
  })
  const web = await lab.serve([...VERIFIED, `client_allowed_sans: ['${san}']`])
  expect((await lab.overHttp1(web, await lab.pairOf(name))).includes(SECRET_METRIC)).toBe(comesIn)
})

test('the reason of a refusal is logged, at a limited rate', async () => {
  const web = await lab.serve(SANS)
  for (const name of ['expired', 'expired', 'expired', 'other'])
    await lab.overHttp1(web, await lab.pairOf(name))
  await until(() => web.log.length > 1)
  expect(web.log.map(({ msg, reason, client }) => [msg, reason, client])).toEqual([
    // Node has forgotten the address by then.
    ['TLS handshake failed', 'client certificate not verified: CERT_HAS_EXPIRED', undefined],
    ['refused a client', 'client certificate matches none of client_allowed_sans', '127.0.0.1'],
  ])
})
