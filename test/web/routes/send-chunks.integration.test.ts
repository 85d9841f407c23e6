import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { SelfMetrics } from '../../../src/metrics/self.ts'
import { buildWeb } from '../../../src/web/server.ts'
import { webStateOf } from '../../support/web-state.ts'
import { publishWeights, weightsExposition, weightsIn, whole } from '../../support/weights.ts'

async function serve() {
  const exposition = weightsExposition()
  const self = new SelfMetrics({ version: '1', revision: 'r', nodeVersion: 'v' }, false, [])
  const app = buildWeb(
    { exposition, self, isReady: () => true, state: () => webStateOf() },
    pino({ level: 'silent' }),
  )
  onTestFinished(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const get = (method = 'GET', headers = {}) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      request(`${url}/metrics`, { method, headers, agent: false }, resolve).on('error', reject).end()
    })
  return { exposition, app, get }
}

async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

const decoded = (bytes: Buffer, encoding: string): string =>
  (encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString()

const bodyOf = async (response: IncomingMessage): Promise<string> =>
  decoded(await bytesOf(response), 'identity')

test.each(['identity', 'gzip'])(
  'a slow reader gets all of one publish, whatever is published meanwhile: %s',
  async (encoding) => {
    const { exposition, get } = await serve()
    const ask = () => get('GET', { 'accept-encoding': encoding })
    const read = async (response: IncomingMessage) => decoded(await bytesOf(response), encoding)
    const slow = await ask()
    slow.pause()
    for (const number of [2, 3, 4]) {
      publishWeights(exposition, number)
      expect(weightsIn(await read(await ask()))).toEqual(whole(number))
    }
    const bytes = await bytesOf(slow)
    expect(bytes.length).toBe(Number(slow.headers['content-length']))
    expect(weightsIn(decoded(bytes, encoding))).toEqual(whole(1))
  },
)

test('once all readers are done the memory of what they read is used again', async () => {
  const { exposition, get } = await serve()
  for (const encoding of ['identity', 'gzip']) {
    publishWeights(exposition, 2)
    const before = exposition.snapshot.chunks('text').slice(1)
    const leaving = await get()
    leaving.on('error', () => undefined)
    leaving.pause()
    await bytesOf(await get('GET', { 'accept-encoding': encoding }))
    publishWeights(exposition, 3)
    expect(before.every(({ isReleased }) => isReleased)).toBe(false)
    leaving.destroy()
    await vi.waitFor(() => {
      expect(before.every(({ isReleased }) => isReleased)).toBe(true)
    })
  }
})

test('one who goes away in the middle leaves the others alone', async () => {
  const { get, app } = await serve()
  const leaving = await get()
  leaving.on('error', () => undefined)
  await once(leaving, 'data')
  leaving.destroy()
  expect(weightsIn(await bodyOf(await get()))).toEqual(whole(1))
  for (let tries = 0; tries < 100 && (await connections(app.server)) > 0; tries++) await sleep(10)
  expect(await connections(app.server)).toBe(0)
})

test('HEAD has the length and no body', async () => {
  const { get } = await serve()
  const response = await get('HEAD')
  expect(Number(response.headers['content-length'])).toBeGreaterThan(10_000_000)
  expect(await bodyOf(response)).toBe('')
})

const connections = (server: {
  getConnections(done: (error: Error | null, count: number) => void): unknown
}) =>
  new Promise<number>((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error === null) resolve(count)
      else reject(error)
    })
  })
