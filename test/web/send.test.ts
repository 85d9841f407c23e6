import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { Chunk } from '../../src/metrics/chunk.ts'
import { gauge } from '../../src/metrics/define.ts'
import { Exposition } from '../../src/metrics/exposition.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { buildWeb } from '../../src/web/server.ts'
import { knownOf } from '../support/known.ts'

const FAMILIES = { weight: gauge('bittensor_weight', 'Weight.', ['row']) }

/** Lines that say which publish they are of, in many pieces: more than any socket takes at once. */
const publish = (exposition: Exposition, number: number) => {
  const line = (row: number) => `bittensor_weight{row="${row}"} ${number}\n`
  const chunks = Array.from(
    { length: 1500 },
    (_, index) =>
      new Chunk(Buffer.from(Array.from({ length: 250 }, (_, row) => line(index * 250 + row)).join(''))),
  )
  exposition.publish([
    {
      families: FAMILIES,
      part: '',
      contents: new Map([['weight', { chunks, series: 1500 * 250 }]]),
    },
  ])
}

async function serve() {
  const exposition = new Exposition([FAMILIES])
  publish(exposition, 1)
  const self = new SelfMetrics({ version: '1', revision: 'r', nodeVersion: 'v' }, false, [])
  const app = buildWeb(
    { exposition, self, isReady: () => true, known: () => knownOf() },
    pino({ level: 'silent' }),
  )
  onTestFinished(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const get = (method = 'GET') =>
    new Promise<IncomingMessage>((resolve, reject) => {
      request(`${url}/metrics`, { method, agent: false }, resolve).on('error', reject).end()
    })
  return { exposition, app, get }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

/** How many lines are of each publish. */
const publishesIn = (body: string) =>
  [...new Set(Array.from(body.matchAll(/^bittensor_weight\{.*\} (\d+)$/gm), ([, number]) => number))].join()

test('a slow reader gets all of one publish, whatever is published meanwhile', async () => {
  const { exposition, get } = await serve()
  const slow = await get()
  slow.pause()
  for (const number of [2, 3]) {
    publish(exposition, number)
    expect(publishesIn(await bodyOf(await get()))).toBe(String(number))
  }
  const body = await bodyOf(slow)
  expect(Buffer.byteLength(body)).toBe(Number(slow.headers['content-length']))
  expect(publishesIn(body)).toBe('1')
  expect(body.match(/^bittensor_weight\{/gm)).toHaveLength(1500 * 250)
})

test('one who goes away in the middle leaves the others alone', async () => {
  const { get, app } = await serve()
  const leaving = await get()
  leaving.on('error', () => undefined)
  await once(leaving, 'data')
  leaving.destroy()
  expect(publishesIn(await bodyOf(await get()))).toBe('1')
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
