import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openSidecarHttp } from '../../../src/upstream/sidecar/http.ts'
import { readJson } from '../../../src/upstream/http/answer.ts'
import { SMALL } from '../../../src/upstream/http/body-limit.ts'
import { HttpTransport, type RequestObserver } from '../../../src/upstream/http/transport.ts'
import { client, failureOf, get, json } from '../sidecar/server.ts'
import { httpServer, tcpServer } from '../../support/servers.ts'

test.each(['', '/', '/v1', '/v1/'])(
  'the base path of the URL (%s) and the headers are sent',
  async (base) => {
    const { url } = await httpServer((request, response) => {
      json(response, { url: request.url, headers: request.headers })
    })
    const http = client(url + base, { headers: { 'X-Api-Key': 'k3y-value', Accept: 'text/json' } })
    expect(await get(http, '/pallets/a/storage/B?keys%5B%5D=1')).toMatchObject({
      url: `${base.replace(/\/$/, '')}/pallets/a/storage/B?keys%5B%5D=1`,
      headers: { 'x-api-key': 'k3y-value', accept: 'text/json', 'user-agent': 'bittensor-exporter' },
    })
  },
)

test('a user and password in the URL become basic authorization', async () => {
  const { url } = await httpServer((request, response) => {
    json(response, request.headers.authorization)
  })
  const http = client(url.replace('http://', 'http://me:s%C3%A9cret@'))
  expect(await get(http)).toBe(`Basic ${Buffer.from('me:sécret').toString('base64')}`)
})

test.each(['127.0.0.1:8080', 'ftp://h/hidden', 'http://', 'http://u:%ffhidden@h/', 'http://h/?key=hidden'])(
  'a URL that cannot be used (%s) is refused without repeating it',
  (url) => {
    const open = () => openSidecarHttp({ name: 'a', url, headers: {}, timeoutMs: 1, concurrency: 1 })
    expect(open).toThrow(
      new TypeError('a: the URL must be http:// or https:// with a host and at most a path'),
    )
  },
)

test('connections are kept for the next request', async () => {
  const ports = new Set<number | undefined>()
  const { url } = await httpServer((request, response) => {
    ports.add(request.socket.remotePort)
    json(response, 1)
  })
  // With more connections allowed, undici opens a second one: it rests each for one turn of the event loop.
  const http = client(url, { concurrency: 1 })
  for (let request = 0; request < 5; request += 1) await get(http)
  expect(ports.size).toBe(1)
})

test('no more requests than the limit are on their way at once, and all are answered', async () => {
  let running = 0
  let most = 0
  const { url } = await httpServer((request, response) => {
    running += 1
    most = Math.max(most, running)
    setTimeout(() => {
      running -= 1
      json(response, request.url)
    }, 5)
  })
  const http = client(url, { concurrency: 3 })
  const paths = Array.from({ length: 30 }, (_, index) => `/${index}`)
  expect(await Promise.all(paths.map((path) => get(http, path)))).toEqual(paths)
  expect(most).toBe(3)
})

test('waiting in the queue does not count against the timeout', async () => {
  const { url } = await httpServer((_request, response) => {
    setTimeout(() => {
      json(response, 1)
    }, 200)
  })
  const http = client(url, { concurrency: 1, timeoutMs: 900 })
  const answers = await Promise.all(Array.from({ length: 6 }, () => get(http)))
  expect(answers).toEqual([1, 1, 1, 1, 1, 1])
})

test('a request aborted in the queue fails at once and is never sent', async () => {
  const paths: (string | undefined)[] = []
  const { url } = await httpServer((request, response) => {
    paths.push(request.url)
    if (request.url !== '/slow') json(response, 1)
  })
  const observe = vi.fn()
  const http = client(url, { concurrency: 1 }, observe)
  const slow = new AbortController()
  const waiting = new AbortController()
  const first = failureOf(get(http, '/slow', slow.signal))
  const second = failureOf(get(http, '/waiting', waiting.signal))
  const third = get(http, '/third')
  await vi.waitFor(() => {
    expect(paths).toEqual(['/slow'])
  })
  waiting.abort(new Error('the poll is over'))
  expect(await second).toMatchObject({
    reason: 'aborted',
    message: 'a: GET /waiting: aborted',
    cause: { message: 'the poll is over' },
  })
  expect(observe).not.toHaveBeenCalled()
  slow.abort()
  expect(await first).toMatchObject({ reason: 'aborted', message: 'a: GET /slow: aborted' })
  expect(await third).toBe(1)
  expect(paths).toEqual(['/slow', '/third'])
  expect(await failureOf(get(http, '/late', waiting.signal))).toMatchObject({ reason: 'aborted' })
  expect(observe).toHaveBeenCalledTimes(2)
})

test('aborting running requests closes their connections', async () => {
  const closed = vi.fn()
  const { url } = await httpServer((request) => {
    request.socket.on('close', closed)
  })
  const stop = new AbortController()
  const http = client(url)
  const failed = failureOf(get(http, '/x', stop.signal))
  const alsoFailed = failureOf(get(http, '/y', stop.signal))
  await sleep(20)
  stop.abort()
  expect(await failed).toMatchObject({ reason: 'aborted' })
  expect(await alsoFailed).toMatchObject({ reason: 'aborted' })
  await vi.waitFor(() => {
    expect(closed).toHaveBeenCalledTimes(2)
  })
})

test('a request aborted while it connects fails at once, and closing ends the attempt to connect', async () => {
  // A TCP connection is made, and the TLS handshake is never answered.
  const closed = vi.fn()
  const silent = await tcpServer((socket) => socket.on('close', closed))
  const http = client(silent.replace('http:', 'https:'), { timeoutMs: 60_000 })
  const stop = new AbortController()
  const failed = failureOf(get(http, '/x', stop.signal))
  await sleep(50)
  const started = performance.now()
  stop.abort()
  expect(await failed).toMatchObject({ reason: 'aborted' })
  expect(closed).not.toHaveBeenCalled()
  await http.close()
  await vi.waitFor(() => {
    expect(closed).toHaveBeenCalledOnce()
  })
  expect(performance.now() - started).toBeLessThan(1000)
})

test('no timer is left of a request, however it ended', async () => {
  const { url } = await httpServer((request, response) => {
    if (request.url === '/value') json(response, 1)
    if (request.url === '/busy') json(response, {}, 503)
  })
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
  const http = client(url, { timeoutMs: 60_000 })
  const before = timers()
  const stop = new AbortController()
  const hanging = failureOf(get(http, '/hangs', stop.signal))
  await get(http, '/value')
  await failureOf(get(http, '/busy'))
  expect(timers()).toBe(before + 1)
  stop.abort()
  await hanging
  expect(timers()).toBe(before)
})

test('a body is posted with its own headers beside those of the node, and is posted again by a retry', async () => {
  const received: { method: string | undefined; type: string | undefined; key: unknown; body: string }[] = []
  const { url } = await httpServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { method, headers } = request
      received.push({ method, type: headers['content-type'], key: headers['x-api-key'], body })
      json(response, { result: received.length }, received.length === 1 ? 503 : 200)
    })
  })
  const options = { name: 'a', url, headers: { 'X-Api-Key': 'k3y' }, timeoutMs: 5000, concurrency: 1 }
  const transport = new HttpTransport({ ...options, retry: { minDelayMs: 1 } }, readJson)
  onTestFinished(() => transport.close())
  const body = '{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":[]}'
  const headers = { 'content-type': 'application/json' }
  const answer = await transport.send({
    route: 'chain_getHeader',
    method: 'POST',
    path: '/',
    headers,
    body,
    limit: SMALL,
  })
  expect(answer).toEqual({ result: 2 })
  const post = { method: 'POST', type: 'application/json', key: 'k3y', body }
  expect(received).toEqual([post, post])
  const refused = { route: 'chain_getHeader', method: 'POST', path: '/no', limit: SMALL } as const
  await transport.close()
  expect((await failureOf(transport.send(refused))).message).toBe(
    'a: POST /no: aborted: the client is closed',
  )
})

test('closing aborts what runs and waits, frees the connections, and refuses what comes later', async () => {
  const { url, server } = await httpServer(() => undefined)
  const http = client(url, { concurrency: 20 })
  const failures = Promise.all(Array.from({ length: 30 }, () => failureOf(get(http))))
  await vi.waitFor(async () => {
    expect(await connectionsOf(server)).toBe(20)
  })
  await http.close()
  for (const failure of [...(await failures), await failureOf(get(http))])
    expect(failure).toMatchObject({
      reason: 'aborted',
      message: 'a: GET /x: aborted: the client is closed',
    })
  await vi.waitFor(async () => {
    expect(await connectionsOf(server)).toBe(0)
  })
  await http.close()
})

test('the observer is told once of each request that was sent, retries inside', async () => {
  let requests = 0
  const { url } = await httpServer((request, response) => {
    requests += 1
    if (request.url === '/no') json(response, { message: 'no' }, 500)
    else if (requests === 1) response.writeHead(503).end()
    else json(response, 1)
  })
  const observe = vi.fn<RequestObserver>()
  const http = client(url, { name: 'finney' }, observe)
  await http.get('/a/:b', '/a/1?at=2')
  await failureOf(http.get('/:no', '/no'))
  expect(requests).toBe(3)
  const events = observe.mock.calls.map(([event]) => event)
  expect(events).toMatchObject([
    { node: 'finney', route: '/a/:b', failure: undefined },
    { node: 'finney', route: '/:no', failure: 'status' },
  ])
  for (const { seconds } of events) expect(seconds > 0 && seconds < 5).toBe(true)
})

test('secrets of the headers and of the URL show in no error, whatever the server says', async () => {
  const secrets = ['t0ken-value', 'passw0rd', Buffer.from('me:passw0rd').toString('base64')]
  const said = `${secrets.join(' and ')}, sent as Bearer t0ken-value`
  const { url } = await httpServer((request, response) => {
    if (request.url === '/status') json(response, { message: said }, 500)
    else if (request.url === '/text') response.writeHead(200, { 'content-type': secrets[0] }).end(said)
    else request.socket.destroy()
  })
  const garbage = await tcpServer((socket) => socket.end(`t0ken-value passw0rd\r\n\r\n`))
  const failures = []
  for (const base of [url, garbage, 'http://127.0.0.1:1']) {
    const http = client(base.replace('http://', 'http://me:passw0rd@'), {
      headers: { 'X-Token': 'Bearer t0ken-value' },
    })
    for (const path of ['/status', '/text', '/reset']) failures.push(await failureOf(get(http, path)))
  }
  expect(failures.map(({ reason }) => reason)).toEqual([
    ...['status', 'not_json', 'connect'],
    ...Array.from({ length: 6 }, () => 'connect'),
  ])
  for (const failure of failures) {
    const shown = inspect(failure, { depth: 9, showHidden: true }) + JSON.stringify(failure) + failure.message
    for (const secret of secrets) expect(shown).not.toContain(secret)
    expect(shown).not.toMatch(/headers|x-token/i)
  }
})

const connectionsOf = (server: {
  getConnections(callback: (error: Error | null, count: number) => void): void
}) =>
  new Promise<number>((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error === null) resolve(count)
      else reject(error)
    })
  })
