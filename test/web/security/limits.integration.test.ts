import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { TokenBucket } from '../../../src/token-bucket.ts'
import { hashSync } from 'bcryptjs'
import { testWeb, type TestWeb } from '../../support/web.ts'
import { valueOf } from '../../support/parse-exposition.ts'
import { until } from '../../support/until.ts'

function open({ port }: TestWeb, localAddress = '127.0.0.1'): Socket & { readonly received: () => string } {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  let received = ''
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  return Object.assign(socket, { received: () => received })
}

/** Sends bytes, and gives what comes back until the server closes. */
async function send(web: TestWeb, bytes: string): Promise<string> {
  const socket = open(web)
  const closed = once(socket, 'close')
  socket.write(bytes)
  await closed
  return socket.received()
}

const INNER = /node_modules|\bat .*:\d+|stack|\.ts\b/

test.each([
  ['what is no HTTP', '\x16\x03\x01\x00\xa5\r\n\r\n', 400],
  ['HTTP without Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  ['the same host twice', 'GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nhost: a\r\n\r\n', 400],
  ['a method that is none', 'GRAB / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n',
    400,
  ],
  ['bad percent encoding', 'GET /%ff%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
  ['a long URL', `GET /${'x'.repeat(4000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 414],
  [
    'a URL beyond everything',
    `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    431,
  ],
  [
    'large headers',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\nConnection: close\r\n\r\n`,
    431,
  ],
  [
    'a large body',
    `POST /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 99999999\r\n\r\n`,
    404,
  ],
  ['a way out', 'GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 404],
])('%s is refused with few words', async (_, bytes, status) => {
  const answer = await send(await testWeb(), bytes)
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(answer).not.toMatch(INNER)
  expect(answer.length).toBeLessThan(1500)
})

test('who sends headers slowly is sent away', async () => {
  const web = await testWeb({ limits: { headersTimeoutMs: 100 } })
  expect(await send(web, 'GET / HTTP/1.1\r\nHost: a\r\n')).toMatch(/^HTTP\/1.1 408 /)
})

test('who does not read is cut off, and others are served meanwhile', async () => {
  const web = await testWeb({ bytes: 50_000_000, limits: { responseTimeoutMs: 300 } })
  const slow = open(web)
  slow.pause()
  const [connection] = (
    await Promise.all([once(web.app.server, 'connection'), once(slow, 'connect')])
  )[0] as [Socket]
  slow.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n')
  expect((await fetch(`${web.url}/-/healthy`)).status).toBe(200)
  await until(() => connection.destroyed)
})

/** Waits for so many open connections, as the metric has them. */
const untilOpen = (web: TestWeb, connections: number) =>
  until(async () => {
    const metrics = await (await fetch(`${web.url}/metrics`, { headers: { connection: 'close' } })).text()
    // The request itself takes one.
    return valueOf(metrics, 'bittensor_exporter_web_connections') === connections + 1
  })

test('an address beyond its share loses its own connections, idle ones first, and others are served', async () => {
  const web = await testWeb({
    bytes: 50_000_000,
    limits: { maxConnections: 100, maxConnectionsPerNetwork: 3 },
  })
  const [busy, idle] = [open(web, '127.0.0.2'), open(web, '127.0.0.2')]
  busy.pause()
  busy.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n')
  await untilOpen(web, 2)
  const third = open(web, '127.0.0.2')
  await untilOpen(web, 3)
  expect([busy.closed, idle.closed, third.closed]).toEqual([false, false, false])
  const closed = once(idle, 'close')
  const fourth = open(web, '127.0.0.2')
  await closed
  await once(open(web, '127.0.0.2'), 'connect')
  await until(() => third.closed)
  expect([busy.closed, fourth.closed]).toEqual([false, false])
  const metrics = await (await fetch(`${web.url}/metrics`)).text()
  expect(valueOf(metrics, 'bittensor_exporter_web_refused_total{reason="network_connections"}')).toBe(2)
  expect(web.log).toEqual([
    expect.objectContaining({ msg: 'closed a connection: its network has too many', client: '127.0.0.2' }),
  ])
})

test('a connection with many requests in progress is closed, and one with a few is served', async () => {
  const web = await testWeb()
  const request = 'GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n'
  const few = open(web)
  few.write(request.repeat(4))
  await until(() => few.received().split('Healthy.').length === 5)
  few.write(request)
  await until(() => few.received().split('Healthy.').length === 6)
  const many = open(web)
  const closed = once(many, 'close')
  many.write(request.repeat(32))
  await closed
  const metrics = await (await fetch(`${web.url}/metrics`)).text()
  expect(valueOf(metrics, 'bittensor_exporter_web_refused_total{reason="pipelined"}')).toBe(1)
})

test('a client is served while other addresses hold all connections', async () => {
  const web = await testWeb({ limits: { maxConnections: 6, maxConnectionsPerNetwork: 3 } })
  const held = Array.from({ length: 6 }, (_, index) => open(web, `127.0.0.${2 + (index % 2)}`))
  await Promise.all(held.map((socket) => once(socket, 'connect')))
  expect((await fetch(`${web.url}/-/healthy`)).status).toBe(200)
  await until(() => held.filter(({ closed }) => closed).length === 1)
})

test('requests beyond the rate are answered 429, before any password is looked at', async () => {
  const web = await testWeb({
    security: { rateLimit: { intervalMs: 3_600_000, burst: 2 }, users: new Map([['a', hashSync('b', 4)]]) },
  })
  const statuses = []
  for (let times = 0; times < 4; times += 1) statuses.push((await fetch(`${web.url}/metrics`)).status)
  expect(statuses).toEqual([401, 401, 429, 429])
})

test('no rate lets more through than its burst and one for each interval', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 })
  const rates = fc.record({
    intervalMs: fc.integer({ min: 1, max: 1000 }),
    burst: fc.integer({ min: 1, max: 20 }),
  })
  fc.assert(
    fc.property(rates, gaps, (rate, waits) => {
      const bucket = new TokenBucket()
      let now = 1_000_000
      const taken = waits.filter((wait) => bucket.take(rate, (now += wait))).length
      const span = waits.slice(1).reduce((sum, wait) => sum + wait, 0)
      expect(taken).toBeLessThanOrEqual(rate.burst + span / rate.intervalMs + 1e-6)
      expect(taken).toBeGreaterThanOrEqual(Math.min(waits.length, rate.burst))
    }),
  )
})

test.each([
  ['cross-site', 403],
  ['same-site', 403],
  ['same-origin', 404],
  ['none', 404],
  [undefined, 404],
])('a POST that a browser says is %s: %d', async (site, status) => {
  const { app } = await testWeb()
  const headers = site === undefined ? {} : { 'sec-fetch-site': site }
  expect((await app.inject({ method: 'POST', url: '/-/nothing', headers })).statusCode).toBe(status)
  expect((await app.inject({ method: 'GET', url: '/-/healthy', headers })).statusCode).toBe(200)
})

const HOST = 'metrics.example:9144'

test.each([
  ['a program, which sends no origin', true, []],
  ['a page of the exporter', true, [`Origin: http://${HOST}`]],
  ['a page of the exporter behind a proxy that terminates TLS', true, [`Origin: https://${HOST}`]],
  ['a page of another site', false, ['Origin: http://evil.example']],
  ['a page of another port', false, ['Origin: http://metrics.example:9145']],
  ['a page of the default port', false, ['Origin: http://metrics.example']],
  [
    'a page of a site whose name begins with that of the exporter',
    false,
    [`Origin: http://${HOST}.evil.example`],
  ],
  ['a sandboxed page or a file', false, ['Origin: null']],
  ['an empty origin', false, ['Origin: ']],
  ['an origin of another protocol', false, [`Origin: ftp://${HOST}`]],
  ['two origins', false, [`Origin: http://${HOST}`, 'Origin: http://evil.example']],
  [
    'a browser that knows the site as the same',
    true,
    ['Sec-Fetch-Site: same-origin', `Origin: http://${HOST}`],
  ],
  [
    'a browser that knows the site as another',
    false,
    ['Sec-Fetch-Site: cross-site', `Origin: http://${HOST}`],
  ],
  [
    'headers that contradict each other',
    false,
    ['Sec-Fetch-Site: same-origin', 'Origin: http://evil.example'],
  ],
] as const)('POST /-/reload by %s reloads: %s over plain HTTP', async (_, isAllowed, headers) => {
  let reloads = 0
  const web = await testWeb({
    allowedHosts: ['metrics.example'],
    reload: () => Promise.resolve({ result: 'done', message: String(++reloads) }),
  })
  const lines = [
    'POST /-/reload HTTP/1.1',
    `Host: ${HOST}`,
    'Connection: close',
    'Content-Length: 0',
    ...headers,
  ]
  const answer = await send(web, `${lines.join('\r\n')}\r\n\r\n`)
  expect([answer.split(' ')[1], reloads]).toEqual(isAllowed ? ['200', 1] : ['403', 0])
})

test('a default port in Host is that of an origin without port', async () => {
  const web = await testWeb({ allowedHosts: ['a.example'] })
  const post = (host: string, origin: string) =>
    send(web, `POST /-/nothing HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nConnection: close\r\n\r\n`)
  expect(await post('a.example:443', 'https://a.example')).toMatch(/ 404 /)
  expect(await post('a.example:80', 'https://a.example')).toMatch(/ 403 /)
  expect(await post('A.example', 'http://a.example')).toMatch(/ 404 /)
})

test('a list of host names refuses an empty Host, and serves HTTP/1.0 without Host, which no browser sends', async () => {
  const web = await testWeb({ allowedHosts: ['a.example'] })
  const ask = async (start: string) => (await send(web, `${start}Connection: close\r\n\r\n`)).split('\r\n')[0]
  expect(await ask('GET /metrics HTTP/1.1\r\nHost:\r\n')).toBe('HTTP/1.1 403 Forbidden')
  expect(await ask('GET /metrics HTTP/1.0\r\n')).toBe('HTTP/1.1 200 OK')
  expect(await ask('GET /metrics HTTP/1.1\r\nHost: A.example\r\n')).toBe('HTTP/1.1 200 OK')
})

test('while slow readers of one network hold its share of /metrics, another address is served', async () => {
  const web = await testWeb({ bytes: 50_000_000 })
  const slow = Array.from({ length: 40 }, () => {
    const socket = open(web, '127.0.0.2')
    socket.pause()
    socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n')
    return socket
  })
  await untilOpen(web, slow.length)
  const heads = await Promise.all(
    ['127.0.0.3', '127.0.0.4'].map(async (address) => {
      const socket = open(web, address)
      socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n')
      await until(() => socket.received().length > 50_000_000)
      return socket.received().slice(0, 15)
    }),
  )
  expect(heads).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK'])
})
