import type { ServerResponse } from 'node:http'
import { beforeEach, describe, expect, test } from 'vitest'
import { rpcCalls } from '../../../src/upstream/rpc/calls.ts'
import { tcpServer } from '../../support/servers.ts'
import { failureOf } from '../sidecar/server.ts'
import { fakeNode, NodeError, rpcHttp, sendJson, type SentCall } from './node.ts'

let signal: AbortSignal
beforeEach(() => {
  signal = new AbortController().signal
})
const result = ({ id, method }: SentCall) => ({ jsonrpc: '2.0', id, result: method })

/** Calls `x` alone, or `x`, `y` and `z` in one request, before a server that answers in one way. */
async function answered(
  answer: (calls: readonly SentCall[], response: ServerResponse) => void,
  together = false,
) {
  const { url, requests } = await fakeNode({}, (calls, response) => {
    answer(calls, response)
    return true
  })
  const calls = rpcCalls(rpcHttp(url, { retry: { maxRetries: 0 } }))
  const results = (together ? ['x', 'y', 'z'] : ['x']).map((method) => calls.call(method, [], signal))
  return { results, requests }
}

const settled = (results: readonly Promise<unknown>[]) =>
  Promise.all(results.map((each) => each.catch((error: unknown) => (error as Error).message)))

test('calls of one turn and signal are one array, each gets its own result', async () => {
  const node = await fakeNode({ double: ([value]) => Number(value) * 2 })
  const calls = rpcCalls(rpcHttp(node.url))
  const other = new AbortController().signal
  const results = await Promise.all([
    ...[1, 2, 3].map((value) => calls.call('double', [value], signal)),
    calls.call('double', [4], other),
    calls.callAlone('double', [5], signal),
  ])
  expect(results).toEqual([2, 4, 6, 8, 10])
  expect(node.requests.map((request) => request.length).toSorted()).toEqual([1, 1, 3])
  expect(node.requests.flat().every(({ jsonrpc }) => jsonrpc === '2.0')).toBe(true)
  expect(new Set(node.requests.flat().map(({ id }) => id)).size).toBe(5)
})

test('one failing call of an array does not fail the others', async () => {
  const node = await fakeNode({
    good: () => 'good',
    bad: () => {
      throw new NodeError(4003, 'Client error: UnknownBlock: State already discarded for 0xab')
    },
  })
  const calls = rpcCalls(rpcHttp(node.url))
  const [good, bad] = [calls.call('good', [], signal), failureOf(calls.call('bad', [], signal))]
  expect(await good).toBe('good')
  expect(await bad).toMatchObject({
    reason: 'block_gone',
    message:
      'a: POST bad: answered: Client error: UnknownBlock: State already discarded for 0xab (code 4003)',
  })
})

test('results in another order go to their calls by id', async () => {
  const { results } = await answered((calls, response) => {
    sendJson(response, calls.map(result).toReversed())
  }, true)
  expect(await Promise.all(results)).toEqual(['x', 'y', 'z'])
})

describe('answers whose ids are wrong have reason shape', () => {
  test.each<[string, string, (calls: readonly SentCall[]) => unknown]>([
    ['another id', 'with the id of another call', ([call]) => ({ ...result(call!), id: 999 })],
    ['no id', 'with the id of another call', () => ({ jsonrpc: '2.0', result: 1 })],
    [
      'an id as text',
      'with the id of another call',
      ([call]) => ({ ...result(call!), id: String(call!.id) }),
    ],
    [
      'neither result nor error',
      'expected a result or an error',
      ([call]) => ({ jsonrpc: '2.0', id: call!.id }),
    ],
    ['no object', 'expected an object', () => 'ok'],
    ['no call at all', 'with 0 of 1 calls', () => []],
  ])('%s', async (_, message, answer) => {
    const { results } = await answered((calls, response) => {
      sendJson(response, answer(calls))
    })
    const error = await failureOf(results[0]!)
    expect(error.reason).toBe('shape')
    expect(error.message.replace('answered 0', 'with 0')).toContain(message)
  })

  test.each<[string, string, (replies: readonly object[]) => unknown]>([
    ['a missing reply', 'answered 2 of 3 calls', (replies) => replies.slice(1)],
    ['the same id twice', 'the same id twice', ([first, , third]) => [first, first, third]],
    ['a foreign id', 'the id of another call', ([first, , third]) => [first, { ...third, id: 999 }, third]],
    ['a reply too many', 'the id of another call', (replies) => [...replies, { ...replies[0], id: 999 }]],
  ])('of an array: %s', async (_, message, answer) => {
    const { results } = await answered((calls, response) => {
      sendJson(response, answer(calls.map(result)))
    }, true)
    const messages = await settled(results)
    expect(messages).toHaveLength(3)
    for (const each of messages) expect(each).toContain(message)
  })
})

describe('errors of real nodes have these reasons', () => {
  test.each<[string, number, string, string | undefined]>([
    ['block_gone', 4003, 'Client error: UnknownBlock: State already discarded for 0x12', undefined],
    ['block_gone', -32603, 'Client error: State already discarded for 0x12', undefined],
    [
      'block_gone',
      4001,
      `Cannot resolve a block range ['"0x1"' ... '"Some(0x1)"]. UnknownBlock: Header was not found in the database: 0x1`,
      undefined,
    ],
    ['too_large', -32008, 'Response is too big', 'Exceeded max limit of 15728640'],
    ['too_large', -32702, 'Response is too big', 'Exceeded max limit of 15728640'],
    ['too_large', -32007, 'Request is too big', undefined],
    ['rate_limited', -32999, 'RPC rate limit', undefined],
    ['rate_limited', -32000, 'Too many requests, slow down', undefined],
    ['unknown_method', -32601, 'Method not found', undefined],
    ['rpc_error', -32603, 'Internal error', 'a panic'],
    ['rpc_error', -32602, 'Invalid params', undefined],
  ])('%s: %i %s', async (reason, code, message, data) => {
    const node = await fakeNode({
      x: () => {
        throw new NodeError(code, message, data)
      },
    })
    const ends: unknown[] = []
    const calls = rpcCalls(rpcHttp(node.url, {}, ({ route, failure }) => ends.push([route, failure])))
    const error = await failureOf(calls.call('x', [], signal))
    expect([error.reason, error.path]).toEqual([reason, 'x'])
    expect(error.message).toContain(`(code ${code})`)
    expect(ends).toEqual([['x', reason]])
  })
})

test('arrays that a node refuses are sent call by call, from then on all', async () => {
  const node = await fakeNode({ x: () => 'x', y: () => 'y' }, (calls, response) => {
    if (calls.length === 1) return false
    const message = 'Batched requests are not supported by this server'
    sendJson(response, { jsonrpc: '2.0', id: null, error: { code: -32005, message } })
    return true
  })
  const calls = rpcCalls(rpcHttp(node.url))
  const both = () => Promise.all([calls.call('x', [], signal), calls.call('y', [], signal)])
  expect([await both(), await both()]).toEqual([
    ['x', 'y'],
    ['x', 'y'],
  ])
  expect(node.requests.map(({ length }) => length)).toEqual([2, 1, 1, 1, 1])
})

test('an array whose answer is too large is sent call by call this once', async () => {
  const node = await fakeNode({ x: () => 'x' }, (calls, response) => {
    if (calls.length === 1) return false
    sendJson(response, { id: null, error: { code: -32011, message: 'The batch response was too large' } })
    return true
  })
  const calls = rpcCalls(rpcHttp(node.url))
  const both = () => Promise.all([calls.call('x', [], signal), calls.call('x', [], signal)])
  await both()
  await both()
  expect(node.requests.map(({ length }) => length)).toEqual([2, 1, 1, 2, 1, 1])
})

describe('bad answers are one clear error', () => {
  test.each<[string, string, string, (response: ServerResponse) => void]>([
    [
      'a page of HTML',
      'not_json',
      'answered 200 with text/html, which is not JSON: <html>hello</html>',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>'),
    ],
    [
      'half of the JSON',
      'not_json',
      'which is not JSON: {"jsonrpc":"2.0","id":1,"resu',
      (response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":"2.0","id":1,"resu'),
    ],
    [
      'a redirect',
      'status',
      'answered 301, a redirect, which is not followed: configure the URL it is at',
      (response) => response.writeHead(301, { location: 'http://127.0.0.1:1/' }).end(),
    ],
    [
      'HTTP 429',
      'rate_limited',
      'answered 429 (Retry-After: 1 s): Too Many Requests',
      (response) => response.writeHead(429, { 'retry-after': '1' }).end('Too Many Requests'),
    ],
    [
      'the host filter of a node',
      'status',
      'answered 403: Provided Host header is not whitelisted.',
      (response) => response.writeHead(403).end('Provided Host header is not whitelisted.'),
    ],
    [
      'a request over the limit of a node',
      'too_large',
      'answered 413: Request is too big: Exceeded max limit of 15728640 (code -32007)',
      (response) => {
        const data = 'Exceeded max limit of 15728640'
        sendJson(response, { id: null, error: { code: -32007, message: 'Request is too big', data } }, 413)
      },
    ],
    [
      'more than 64 MB',
      'too_large',
      'the response is larger than 262144 bytes',
      (response) => {
        const chunk = Buffer.alloc(1024 * 1024, 0x20)
        response.on('error', () => undefined)
        response.writeHead(200, { 'content-type': 'application/json' })
        const write = (left: number): void => {
          if (left === 0) response.end()
          else
            response.write(chunk, () => {
              write(left - 1)
            })
        }
        write(65)
      },
    ],
  ])('%s', async (_, reason, message, answer) => {
    const { results } = await answered((__, response) => {
      answer(response)
    })
    const error = await failureOf(results[0]!)
    expect(error.reason).toBe(reason)
    expect(error.message).toContain(`a: POST x: `)
    expect(error.message).toContain(message)
  })

  test('a body that ends early', async () => {
    const url = await tcpServer((socket) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{"jsonrpc"')
    })
    const error = await failureOf(rpcCalls(rpcHttp(url)).call('x', [], signal))
    expect([error.reason, error.path]).toEqual(['connect', 'x'])
    expect(error.message).toContain('in the middle of the answer')
  })
})

test('429 is asked again after Retry-After, and does not open the circuit', async () => {
  let asked = 0
  const node = await fakeNode({ x: () => 'x' }, (_, response) => {
    asked += 1
    if (asked > 2) return false
    response.writeHead(429, { 'retry-after': '0' }).end()
    return true
  })
  const http = rpcHttp(node.url)
  expect(await rpcCalls(http).call('x', [], signal)).toBe('x')
  expect([asked, http.state.circuitOpen]).toEqual([3, false])
})

test('secrets that a node repeats do not get into messages', async () => {
  const node = await fakeNode({
    x: () => {
      throw new NodeError(-32603, 'bad token sesame123')
    },
  })
  const calls = rpcCalls(rpcHttp(node.url, { headers: { authorization: 'Bearer sesame123' } }))
  expect((await failureOf(calls.call('x', [], signal))).message).toContain('bad token *** (code')
})

test('an aborted call is not sent', async () => {
  const node = await fakeNode({ x: () => 'x' })
  const abort = new AbortController()
  const call = failureOf(rpcCalls(rpcHttp(node.url)).call('x', [], abort.signal))
  abort.abort()
  expect((await call).reason).toBe('aborted')
  expect(node.requests).toEqual([])
})

test('the path of the URL is kept', async () => {
  const node = await fakeNode({ x: () => 'x' })
  expect(await rpcCalls(rpcHttp(`${node.url}/some/key`)).call('x', [], signal)).toBe('x')
})

describe('while the rate limit makes calls wait', () => {
  const echo = { echo: ([value]: readonly unknown[]) => value }

  test('calls of all signals, small and large, share the next request', async () => {
    const node = await fakeNode(echo)
    const calls = rpcCalls(rpcHttp(node.url, { requestsPerSecond: 10 }))
    expect(await calls.call('echo', [0], signal)).toBe(0)
    const other = new AbortController().signal
    const results = [
      calls.call('echo', [1], signal),
      calls.callAlone('echo', [2], other),
      new Promise((resolve) => setTimeout(resolve, 20)).then(() => calls.call('echo', [3], other)),
    ]
    expect(await Promise.all(results)).toEqual([1, 2, 3])
    expect(node.requests.map((request) => request.length)).toEqual([1, 3])
  })

  test('an abort rejects the calls of its signal at once, and is no matter to the others', async () => {
    const node = await fakeNode(echo)
    const calls = rpcCalls(rpcHttp(node.url, { requestsPerSecond: 2 }))
    expect(await calls.call('echo', [0], signal)).toBe(0)
    const abort = new AbortController()
    const start = performance.now()
    const aborted = failureOf(calls.call('echo', [1], abort.signal))
    const kept = calls.call('echo', [2], signal)
    await new Promise((resolve) => setImmediate(resolve))
    abort.abort()
    expect(await aborted).toMatchObject({ reason: 'aborted' })
    expect(performance.now() - start).toBeLessThan(400)
    expect(await kept).toBe(2)
    expect(node.requests.flat().map(({ params }) => params[0])).toEqual([0, 2])
  })

  test('a pause that an answer 429 asks for has the same effect', async () => {
    let refused = false
    const node = await fakeNode(echo, (_, response) => {
      if (refused) return false
      refused = true
      response.writeHead(429, { 'retry-after': '1' }).end()
      return true
    })
    const calls = rpcCalls(rpcHttp(node.url))
    const first = calls.call('echo', [1], signal)
    await new Promise((resolve) => setTimeout(resolve, 200))
    const later = [2, 3].map((value) => calls.callAlone('echo', [value], signal))
    expect(await Promise.all([first, ...later])).toEqual([1, 2, 3])
    expect(node.requests.map((request) => request.length).toSorted()).toEqual([1, 1, 2])
  })
})
