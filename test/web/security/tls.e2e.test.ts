import { get } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { TlsLab, REQUEST } from '../../support/tls.ts'
import { SECRET_METRIC } from '../../support/web.ts'
import { publishWeights, weightsExposition, weightsIn, whole } from '../../support/weights.ts'
import { until } from '../../support/until.ts'

const lab = TlsLab.forThisFile()

describe('versions of HTTP and TLS', () => {
  test('HTTP/1.1 gives the metrics', async () => {
    const web = await lab.serve()
    expect(web.url).toMatch(/^https:/)
    expect(await lab.overHttp1(web, {})).toMatch(
      /^HTTP\/1.1 200 OK\r\n[^]*bittensor_subnet_info\{name=""\} 1\n/,
    )
  })

  test('a slow reader gets all of one publish, whose memory is released afterwards', async () => {
    const exposition = weightsExposition()
    const first = exposition.snapshot.chunks('text').slice(1)
    const web = await lab.serve([], { exposition })
    const slow = await lab.unreadResponse(web)
    for (const number of [2, 3, 4]) publishWeights(exposition, number)
    expect(first.some(({ isReleased }) => isReleased)).toBe(false)
    expect(weightsIn(await text(slow))).toEqual(whole(1))
    await until(() => first.every(({ isReleased }) => isReleased))
  })

  test.each([true, false])('HTTP/2 is not offered with `http2: %s`', async (http2) => {
    const web = await lab.serve([], { after: `http_server_config: { http2: ${http2} }\n` })
    expect((await lab.handshake(web, { ALPNProtocols: ['h2', 'http/1.1'] })).alpnProtocol).toBe('http/1.1')
    await expect(lab.handshake(web, { ALPNProtocols: ['h2'] })).rejects.toThrow(/no application protocol/)
    // The connection preface of HTTP/2 (RFC 9113, section 3.4), without ALPN.
    const forced = await lab.handshake(web)
    forced.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    expect(await text(forced)).toMatch(/^HTTP\/1.1 400 /)
    expect(await lab.overHttp1(web, {})).toContain(SECRET_METRIC)
  })

  test.each([
    [[], { maxVersion: 'TLSv1.1' }, undefined],
    [[], { maxVersion: 'TLSv1.2' }, 'TLSv1.2'],
    [[], {}, 'TLSv1.3'],
    [['min_version: TLS13'], { maxVersion: 'TLSv1.2' }, undefined],
    [['max_version: TLS12'], {}, 'TLSv1.2'],
  ] as const)('with %s, a client with %o gets %s', async (lines, options, version) => {
    const web = await lab.serve(lines)
    const old = { ...options, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const got = lab.handshake(web, old).then((socket) => socket.getProtocol())
    if (version === undefined) await expect(got).rejects.toThrow(/alert protocol version/)
    else expect(await got).toBe(version)
  })

  test('suites and curves are those of the file', async () => {
    const web = await lab.serve([
      'max_version: TLS12',
      'cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]',
      'curve_preferences: [CurveP384]',
    ])
    const socket = await lab.handshake(web, {
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384',
    })
    expect(socket.getCipher().name).toBe('ECDHE-ECDSA-AES256-GCM-SHA384')
    expect(socket.getEphemeralKeyInfo()).toMatchObject({ name: 'secp384r1' })
    await expect(lab.handshake(web, { ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' })).rejects.toThrow(
      /handshake failure/,
    )
    await expect(lab.handshake(web, { ecdhCurve: 'X25519' })).rejects.toThrow(/handshake failure/)
  })

  test('suites of TLS 1.2 do not turn TLS 1.3 off', async () => {
    const web = await lab.serve(['cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]'])
    expect((await lab.handshake(web)).getProtocol()).toBe('TLSv1.3')
  })

  test('who speaks plain HTTP gets nothing', async () => {
    const { port, log } = await lab.serve()
    const socket = connectTcp(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(REQUEST)
    expect(await text(socket).catch(() => '')).not.toContain('HTTP')
    await until(() => log.length > 0)
    expect(log).toEqual([
      expect.objectContaining({ level: 'warn', msg: 'TLS handshake failed', reason: 'http request' }),
    ])
  })
})

test('limits hold over TLS too', async () => {
  const web = await lab.serve([], { limits: { headersTimeoutMs: 100 } })
  const slow = await lab.handshake(web, { ALPNProtocols: ['http/1.1'] })
  slow.write('GET / HTTP/1.1\r\n')
  expect(await text(slow)).toMatch(/^HTTP\/1.1 408 /)
  const large = await lab.handshake(web, { ALPNProtocols: ['http/1.1'] })
  large.write(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)
  expect(await text(large)).toMatch(/^HTTP\/1.1 431 /)
  const unhosted = await lab.handshake(web, { ALPNProtocols: ['http/1.1'] })
  unhosted.write('GET / HTTP/1.1\r\n\r\n')
  expect(await text(unhosted)).toMatch(/^HTTP\/1.1 400 /)
})

test('passwords and headers hold over TLS', async () => {
  const hash = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG'
  const web = await lab.serve([], {
    after: `basic_auth_users: { a: ${hash} }\nhttp_server_config: { headers: { Strict-Transport-Security: max-age=60 } }\n`,
  })
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
