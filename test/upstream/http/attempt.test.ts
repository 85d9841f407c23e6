import { Buffer } from 'node:buffer'
import { getEventListeners } from 'node:events'
import type { Dispatcher } from 'undici'
import { expect, test, vi } from 'vitest'
import { attempt } from '../../../src/upstream/http/attempt.ts'
import { targetOf } from '../../../src/upstream/target.ts'
import { client, failureOf, get, json } from '../sidecar/server.ts'
import { httpServer, tcpServer } from '../../support/servers.ts'

const RETRY = { maxRetries: 2, minDelayMs: 1, maxDelayMs: 5 }

test('a refused port says where', async () => {
  const error = await failureOf(get(client('http://127.0.0.1:1'), '/runtime/spec'))
  expect(error).toMatchObject({ reason: 'connect', status: undefined, cause: { code: 'ECONNREFUSED' } })
  expect(error.message).toBe('a: GET /runtime/spec: connection refused (127.0.0.1:1)')
})

test('informational responses before the response are ignored', async () => {
  const url = await tcpServer((socket) => {
    socket.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(3))
    setTimeout(
      () =>
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a":1}'),
      20,
    )
  })
  expect(await get(client(url))).toEqual({ a: 1 })
})

test('a connection that ends after an informational response is retried: there was no response', async () => {
  let requests = 0
  const url = await tcpServer((socket) => {
    requests += 1
    socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')
    setTimeout(() => socket.end(), 20)
  })
  const error = await failureOf(get(client(url, { retry: RETRY })))
  expect([requests, error.status, error.reason]).toEqual([3, undefined, 'connect'])
})

test.each([
  ['slow headers', (): void => undefined],
  [
    'a slow drip',
    (write: (text: string) => void): void => {
      write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99999\r\n\r\n')
      const drip = setInterval(write, 10, ' ')
      setTimeout(() => {
        clearInterval(drip)
      }, 1000)
    },
  ],
  [
    'a 503 again and again',
    (write: (text: string) => void): void => {
      setTimeout(write, 40, 'HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n')
    },
  ],
])('%s: the timeout bounds it all', async (_name, answer) => {
  const url = await tcpServer((socket) => {
    answer((text) => socket.write(text))
  })
  const http = client(url, { timeoutMs: 250, retry: { maxRetries: 99, minDelayMs: 1, maxDelayMs: 1 } })
  const started = performance.now()
  const error = await failureOf(get(http))
  expect(error).toMatchObject({ reason: 'timeout', message: 'a: GET /x: timed out after 0.25 s' })
  expect(performance.now() - started).toBeLessThan(1500)
})

test.each([
  ['with its length', 'content-length: 20\r\n\r\n{"half":'],
  ['in chunks', 'transfer-encoding: chunked\r\n\r\n8\r\n{"half":\r\n'],
  ['with an ETag and ranges', 'content-length: 20\r\nETag: "1"\r\nAccept-Ranges: bytes\r\n\r\n{"half":'],
])('a body cut off in the middle (%s) is an error, and is never pieced together', async (_name, rest) => {
  for (const end of ['resetAndDestroy', 'end'] as const) {
    let requests = 0
    const url = await tcpServer((socket) => {
      requests += 1
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${rest}`)
      setTimeout(() => socket[end](), 20)
    })
    const error = await failureOf(get(client(url)))
    expect(error).toMatchObject({ reason: 'connect', status: 200 })
    expect(error.message).toMatch(/^a: GET \/x: .* in the middle of the answer \(127\.0\.0\.1:\d+\)$/)
    expect(requests).toBe(1)
  }
})

test('what a server sends beyond its content-length is not taken for the next answer', async () => {
  let requests = 0
  const url = await tcpServer((socket) => {
    requests += 1
    const next = 'HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n"false"'
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"${requests}"${next}`)
  })
  const http = client(url)
  expect(await get(http)).toBe('1')
  expect(await get(http)).toBe('2')
})

test('a body without length that ends with the connection is whole', async () => {
  const url = await tcpServer((socket) => {
    socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"a":1}')
  })
  expect(await get(client(url))).toEqual({ a: 1 })
})

test('a content-length over the limit is refused before the body', async () => {
  const closed = vi.fn()
  const url = await tcpServer((socket) => {
    socket.on('close', closed)
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n')
  })
  expect(await failureOf(get(client(url, { maxBodyBytes: 10 })))).toMatchObject({
    reason: 'too_large',
    status: 200,
    message: 'a: GET /x: the response is larger than 10 bytes',
  })
  await vi.waitFor(() => {
    expect(closed).toHaveBeenCalledOnce()
  })
})

test('the limit bounds all responses in flight together, and is released afterwards', async () => {
  const body = Buffer.from(JSON.stringify('x'.repeat(600)))
  let finish = (): void => undefined
  const { url } = await httpServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(body.subarray(0, 500))
    if (request.url === '/waits') finish = () => response.end(body.subarray(500))
    else response.end(body.subarray(500))
  })
  const http = client(url, { maxBodyBytes: 1000 })
  const first = get(http, '/waits')
  await vi.waitFor(async () => {
    const error = await failureOf(get(http, '/other'))
    expect(error).toMatchObject({ reason: 'too_large', status: 200 })
    expect(error.message).toBe('a: GET /other: the responses in flight are larger than 1000 bytes')
  })
  finish()
  expect(await first).toHaveLength(600)
  expect(await get(http, '/other')).toHaveLength(600)
})

test('a body of exactly the limit is read', async () => {
  const { url } = await httpServer((_request, response) => {
    response.write('"1234')
    response.end('5678"')
  })
  expect(await get(client(url, { maxBodyBytes: 10 }))).toBe('12345678')
})

const MIB = 1024 * 1024

test.each([
  [200, 'too_large', 'the response is larger than 262144 bytes'],
  [404, 'status', 'answered 404: 0000'],
])('500 MB of zeros with status %i are cut off early', async (status, reason, message) => {
  const zeros = Buffer.alloc(MIB, '0')
  let sent = 0
  const { url } = await httpServer((_request, response) => {
    response.writeHead(status)
    const more = (): void => {
      while (sent < 500 * MIB && !response.destroyed) {
        sent += zeros.length
        if (!response.write(zeros)) {
          response.once('drain', more)
          return
        }
      }
    }
    more()
  })
  const before = process.memoryUsage()
  const error = await failureOf(get(client(url, { maxBodyBytes: 4 * MIB })))
  const after = process.memoryUsage()
  expect(error).toMatchObject({ reason, status })
  expect(error.message).toContain(message)
  expect(error.message.length).toBeLessThan(300)
  expect(sent).toBeLessThan(50 * MIB)
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(64 * MIB)
})

test.each([502, 503, 504])('%i and then 200 is retried', async (status) => {
  let requests = 0
  const { url } = await httpServer((_request, response) => {
    requests += 1
    if (requests < 3) json(response, { error: 'not now' }, status)
    else json(response, { a: 1 })
  })
  expect(await get(client(url, { retry: RETRY }))).toEqual({ a: 1 })
  expect(requests).toBe(3)
})

test.each([0, 2])('after %i retries the last answer is reported with its message', async (maxRetries) => {
  let requests = 0
  const { url } = await httpServer((_request, response) => {
    requests += 1
    json(response, { error: `node down, request ${requests}` }, 503)
  })
  const error = await failureOf(get(client(url, { retry: { ...RETRY, maxRetries } })))
  expect(error).toMatchObject({ reason: 'status', status: 503 })
  expect(error.message).toBe(`a: GET /x: answered 503: node down, request ${maxRetries + 1}`)
  expect(requests).toBe(maxRetries + 1)
})

test.each([500, 404, 400, 501])('%i is not retried', async (status) => {
  let requests = 0
  const { url } = await httpServer((_request, response) => {
    requests += 1
    json(response, { message: 'no' }, status)
  })
  expect(await failureOf(get(client(url)))).toMatchObject({ reason: 'status', status })
  expect(requests).toBe(1)
})

test.each([
  ['seconds', () => '1'],
  ['a date', () => new Date(Date.now() + 2000).toUTCString()],
])('429 is sent again after Retry-After in %s', async (_name, retryAfter) => {
  const times: number[] = []
  const { url } = await httpServer((_request, response) => {
    times.push(performance.now())
    if (times.length === 1) response.writeHead(429, { 'retry-after': retryAfter() }).end('slow down')
    else json(response, 1)
  })
  expect(await get(client(url))).toBe(1)
  expect(times[1]! - times[0]!).toBeGreaterThan(900)
})

test('a Retry-After beyond the timeout is not waited for', async () => {
  const { url } = await httpServer((_request, response) => {
    response.writeHead(429, { 'retry-after': '60' }).end()
  })
  const error = await failureOf(get(client(url)))
  expect(error).toMatchObject({ reason: 'rate_limited', status: 429 })
  expect(error.message).toBe('a: GET /x: answered 429 (Retry-After: 60 s)')
})

test.each(['resetAndDestroy', 'end'] as const)(
  'a connection the server closes (%s) instead of answering is replaced',
  async (how) => {
    const connections: number[] = []
    const url = await tcpServer((socket, connection) => {
      connections.push(connection)
      if (connection === 1 && connections.length === 2) socket[how]()
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1')
    })
    const http = client(url, { concurrency: 1 })
    expect(await get(http)).toBe(1)
    expect(await get(http)).toBe(1)
    expect(connections).toEqual([1, 1, 2])
  },
)

test('a connection closed between two requests is replaced', async () => {
  const connections: number[] = []
  const url = await tcpServer((socket, connection) => {
    connections.push(connection)
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1')
    setTimeout(() => socket.end(), 20)
  })
  const http = client(url)
  for (let request = 0; request < 3; request += 1) {
    expect(await get(http)).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(new Set(connections).size).toBeGreaterThan(1)
})

test('aborting during a retry pause ends it: nothing more is sent', async () => {
  let requests = 0
  const { url } = await httpServer((_request, response) => {
    requests += 1
    response.writeHead(503, { 'retry-after': '1' }).end()
  })
  const stop = new AbortController()
  const http = client(url)
  const failed = failureOf(get(http, '/x', stop.signal))
  await vi.waitFor(() => {
    expect(requests).toBe(1)
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  stop.abort()
  expect(await failed).toMatchObject({ reason: 'aborted' })
  await new Promise((resolve) => setTimeout(resolve, 1200))
  expect(requests).toBe(1)
})

test('a response that is not HTTP is reported as such', async () => {
  const url = await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
  const error = await failureOf(get(client(url)))
  expect(error).toMatchObject({ reason: 'connect', cause: { name: 'HTTPParserError' } })
  expect(error.message).toContain(': the answer is not HTTP (')
})

/** A dispatcher that does nothing of itself, and what it was asked for. */
function idleDispatcher() {
  const handlers: Dispatcher.DispatchHandler[] = []
  const dispatch = vi.fn((_options: unknown, handler: Dispatcher.DispatchHandler) => handlers.push(handler))
  const context = {
    dispatcher: { dispatch } as unknown as Dispatcher,
    target: targetOf('a', 'http://127.0.0.1:1', {}),
    maxBodyBytes: 1000,
    reading: { bytes: 0 },
  }
  return { context, handlers }
}

test('a request whose signal is aborted already is not sent', async () => {
  const { context, handlers } = idleDispatcher()
  const signal = AbortSignal.abort(new Error('given up'))
  expect(await attempt(context, { method: 'GET', path: '/x' }, signal)).toMatchObject({
    failure: { reason: 'aborted', cause: { message: 'given up' } },
    isRetryable: false,
  })
  expect(handlers).toEqual([])
})

test('a request that is aborted while it waits for a connection is not sent on it, and leaves no listener', async () => {
  const { context, handlers } = idleDispatcher()
  const stop = new AbortController()
  const attempted = attempt(context, { method: 'GET', path: '/x' }, stop.signal)
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1)
  stop.abort()
  expect(await attempted).toMatchObject({ failure: { reason: 'aborted' } })
  expect(getEventListeners(stop.signal, 'abort')).toEqual([])
  const abort = vi.fn()
  handlers[0]?.onRequestStart?.({ abort } as unknown as Dispatcher.DispatchController, {})
  expect(abort).toHaveBeenCalledOnce()
})

test('https:// on a port without TLS says so, and is not sent again', async () => {
  let connections = 0
  const { port, server } = await httpServer((_, response) => response.end())
  server.on('connection', () => (connections += 1))
  const error = await failureOf(get(client(`https://127.0.0.1:${port}`, { retry: RETRY })))
  expect(error.message).toBe(
    `a: GET /x: the port does not speak TLS: write http://, or use the port for HTTPS (127.0.0.1:${port})`,
  )
  expect(connections).toBe(1)
})

// The codes are those of Node.js: https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes
test.each([
  ['CERT_HAS_EXPIRED', 'the certificate has expired'],
  ['CERT_NOT_YET_VALID', 'the certificate is not valid yet'],
  [
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'the certificate is signed by an unknown CA: set NODE_EXTRA_CA_CERTS',
  ],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'the server requires a client certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate is for another host name'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the certificate is self-signed: set NODE_EXTRA_CA_CERTS'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'the certificate is signed by an unknown CA: set NODE_EXTRA_CA_CERTS'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the certificate is signed by an unknown CA: set NODE_EXTRA_CA_CERTS'],
])('%s in words, and it is not sent again', async (code, words) => {
  const { context, handlers } = idleDispatcher()
  const attempted = attempt(context, { method: 'GET', path: '/x' }, new AbortController().signal)
  const controller = {} as unknown as Dispatcher.DispatchController
  handlers[0]?.onResponseError?.(controller, Object.assign(new Error('of OpenSSL'), { code }))
  expect(await attempted).toMatchObject({
    failure: { reason: 'connect', message: `${words} (127.0.0.1:1)`, cause: { code } },
    isRetryable: false,
  })
})
