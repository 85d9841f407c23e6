import { expect, onTestFinished, test } from 'vitest'
import { Sidecars } from '../../../src/upstream/sidecar/sidecars.ts'
import { simulate } from '../../support/simulation.ts'
import { until } from '../../support/until.ts'

const { signal } = new AbortController()

function sidecarsOf() {
  const observed: string[] = []
  const sidecars = new Sidecars(
    ({ node, failure }) => void observed.push(`${node} ${failure ?? 'answered'}`),
    () => undefined,
    () => undefined,
  )
  onTestFinished(() => sidecars.close())
  return { sidecars, observed }
}

const node = (name: string, url: string, headers: Readonly<Record<string, string>> = {}) => ({
  name,
  url,
  headers,
  timeoutMs: 5000,
  concurrency: 2,
})

test('a client is kept while its options stay the same', async () => {
  const { urls } = await simulate({}, {}, {})
  const [a = '', b = ''] = urls
  const { sidecars } = sidecarsOf()
  expect(await sidecars.prepare([node('a', a), node('b', b)])()).toEqual([])
  const [first, second] = sidecars.clients
  expect(await sidecars.prepare([node('c', a), node('a', a)])()).toEqual(['b'])
  expect(sidecars.clients.map(({ node: name }) => name)).toEqual(['c', 'a'])
  expect(sidecars.clients[1]).toBe(first)
  await expect(second?.bestHeight(signal)).rejects.toThrow(/the client is closed/)
  expect(await sidecars.prepare([node('a', a, { 'x-key': 'new' })])()).toEqual(['c'])
  expect(sidecars.clients[0]).not.toBe(first)
  expect(await sidecars.prepare([node('a', b)])()).toEqual(['a'])
  expect(await sidecars.clients[0]?.bestHeight(signal)).toBeGreaterThan(0)
})

test('what ends when its Sidecar is gone from the configuration is not counted', async () => {
  const { sidecars: simulated, urls } = await simulate({}, { latencyMs: 1000 })
  const { sidecars, observed } = sidecarsOf()
  await sidecars.prepare([node('a', urls[0] ?? '')])()
  const asked = sidecars.clients[0]?.bestHeight(signal).catch(String)
  await until(() => simulated[0]?.inFlight.now === 1, { intervalMs: 5 })
  await sidecars.prepare([])()
  expect(await asked).toMatch(/the client is closed/)
  expect(observed).toEqual([])
})

test('a URL that cannot be used changes nothing', async () => {
  const { urls } = await simulate()
  const { sidecars } = sidecarsOf()
  await sidecars.prepare([node('a', urls[0] ?? '')])()
  const [client] = sidecars.clients
  expect(() => sidecars.prepare([node('b', 'gopher://x')])).toThrow(TypeError)
  expect(sidecars.clients).toEqual([client])
  expect(await client?.bestHeight(signal)).toBeGreaterThan(0)
})
