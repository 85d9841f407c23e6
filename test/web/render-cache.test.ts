import { EventEmitter } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { expect, test, vi } from 'vitest'
import { RENDER_LIMITS, RenderCache, type RenderLimits } from '../../src/web/render-cache.ts'

/** A client of the cache: requests a URL and keeps the response open until it is told to close. */
function cacheOf(limits: Partial<RenderLimits> = {}) {
  const refused: string[] = []
  const cache = new RenderCache(
    (client) => void refused.push(client),
    () => false,
    { ...RENDER_LIMITS, ...limits },
  )
  const request = (url: string, render: () => string, revision = 1, maxAgeMs = Infinity) => {
    const raw = Object.assign(new EventEmitter(), { closed: false })
    const sent: string[] = []
    const reply = { raw, send: (body: Buffer) => void sent.push(body.toString()) }
    const done = cache.send(
      { url, ip: '192.0.2.1' } as FastifyRequest,
      reply as unknown as FastifyReply,
      { revision, maxAgeMs },
      render,
    )
    return { done: done.then(() => sent[0]), close: () => raw.emit('close') }
  }
  return { refused, request }
}

test('a response is rendered once for all requests of a revision', async () => {
  const { request } = cacheOf()
  const render = vi.fn(() => `number ${render.mock.calls.length}`)
  const both = [request('/a', render), request('/a', render)]
  expect(await Promise.all(both.map(({ done }) => done))).toEqual(['number 1', 'number 1'])
  expect(await request('/a', render).done).toBe('number 1')
  expect(await request('/b', render).done).toBe('number 2')
  expect(await request('/a', render, 2).done).toBe('number 3')
  expect(await request('/a', render, 2).done).toBe('number 3')
})

test('a page is rendered again when it is older than its maximum age', async () => {
  const { request } = cacheOf()
  let now = 5000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  try {
    const render = vi.fn(() => String(now))
    expect(await request('/', render, 1, 1000).done).toBe('5000')
    now = 6000
    expect(await request('/', render, 1, 1000).done).toBe('5000')
    now = 6001
    expect(await request('/', render, 1, 1000).done).toBe('6001')
  } finally {
    vi.restoreAllMocks()
  }
})

test('an error is not kept', async () => {
  const { request } = cacheOf()
  const failing = request('/', () => {
    throw new Error('not now')
  })
  await expect(failing.done).rejects.toThrow('not now')
  expect(await request('/', () => 'now').done).toBe('now')
})

test('one response is rendered in each turn of the event loop', async () => {
  const { request } = cacheOf()
  const order: string[] = []
  const requests = [1, 2, 3].map((number) =>
    request(`/${number}`, () => {
      order.push(`rendered ${number}`)
      setImmediate(() => order.push(`turn after ${number}`))
      return ''
    }),
  )
  await Promise.all(requests.map(({ done }) => done))
  expect(order.slice(0, 5)).toEqual([
    'rendered 1',
    'turn after 1',
    'rendered 2',
    'turn after 2',
    'rendered 3',
  ])
})

test('the bytes that are kept are limited; what was used least recently goes first', async () => {
  const { request } = cacheOf({ maxCachedBytes: 4400 })
  const render = vi.fn(() => 'x'.repeat(1000))
  for (const url of ['/1', '/2', '/3', '/4', '/1', '/5']) await request(url, render).done
  expect(render).toHaveBeenCalledTimes(5)
  await request('/1', render).done
  expect(render).toHaveBeenCalledTimes(5)
  await request('/2', render).done
  expect(render).toHaveBeenCalledTimes(6)
})

test('a response that would take more than a quarter of the cache is not kept', async () => {
  const { request } = cacheOf({ maxCachedBytes: 4000 })
  const small = vi.fn(() => 'small')
  const large = vi.fn(() => 'x'.repeat(1001))
  for (let times = 0; times < 2; times += 1) {
    await request('/small', small).done
    await request('/large', large).done
  }
  expect([small.mock.calls.length, large.mock.calls.length]).toEqual([1, 2])
})

test('requests beyond the queue are refused with 503, and their clients are named', async () => {
  const { refused, request } = cacheOf({ maxWaiting: 2 })
  const [first, second, third] = ['/1', '/2', '/3'].map((url) => request(url, () => url))
  await expect(third!.done).rejects.toMatchObject({ status: 503 })
  expect(await Promise.all([first!.done, second!.done])).toEqual(['/1', '/2'])
  expect(refused).toEqual(['192.0.2.1'])
  expect(await request('/3', () => '/3').done).toBe('/3')
})

test('responses that are not read are limited, and one that many read counts once', async () => {
  const { refused, request } = cacheOf({ maxSendingBytes: 2500 })
  const render = () => 'x'.repeat(1000)
  const shared = [request('/1', render), request('/1', render)]
  for (const { done } of shared) await done
  await request('/2', render).done
  await expect(request('/3', render).done).rejects.toMatchObject({ status: 503 })
  shared[0]!.close()
  await expect(request('/3', render).done).rejects.toMatchObject({ status: 503 })
  shared[1]!.close()
  expect(await request('/3', render).done).toHaveLength(1000)
  expect(refused).toHaveLength(2)
})
