import { expect, onTestFinished, test } from 'vitest'
import { UpstreamClients } from '../../src/upstream/clients.ts'
import { simulate } from '../support/simulation.ts'
import { until } from '../support/until.ts'

const { signal } = new AbortController()

function clientsOf() {
  const observed: string[] = []
  const upstreams = new UpstreamClients(
    ({ node, failure }) => void observed.push(`${node} ${failure ?? 'answered'}`),
    () => undefined,
    () => undefined,
  )
  onTestFinished(() => upstreams.close())
  return { upstreams, observed }
}

const node = (name: string, url: string, headers: Readonly<Record<string, string>> = {}) => ({
  name,
  api: 'sidecar' as const,
  url,
  headers,
  timeoutMs: 5000,
  concurrency: 2,
})

test('a client is kept while its options stay the same', async () => {
  const { urls } = await simulate({}, {}, {})
  const [a = '', b = ''] = urls
  const { upstreams } = clientsOf()
  expect(await upstreams.prepare([node('a', a), node('b', b)])()).toEqual([])
  const [first, second] = upstreams.clients
  expect(await upstreams.prepare([node('c', a), node('a', a)])()).toEqual(['b'])
  expect(upstreams.clients.map(({ node: name }) => name)).toEqual(['c', 'a'])
  expect(upstreams.clients[1]).toBe(first)
  await expect(second?.bestHeight(signal)).rejects.toThrow(/the client is closed/)
  expect(await upstreams.prepare([node('a', a, { 'x-key': 'new' })])()).toEqual(['c'])
  expect(upstreams.clients[0]).not.toBe(first)
  expect(await upstreams.prepare([node('a', b)])()).toEqual(['a'])
  expect(await upstreams.clients[0]?.bestHeight(signal)).toBeGreaterThan(0)
})

test('what ends when its Sidecar is gone from the configuration is not counted', async () => {
  const { sidecars: simulated, urls } = await simulate({}, { latencyMs: 1000 })
  const { upstreams, observed } = clientsOf()
  await upstreams.prepare([node('a', urls[0] ?? '')])()
  const asked = upstreams.clients[0]?.bestHeight(signal).catch(String)
  await until(() => simulated[0]?.inFlight.now === 1, { intervalMs: 5 })
  await upstreams.prepare([])()
  expect(await asked).toMatch(/the client is closed/)
  expect(observed).toEqual([])
})

test('a URL that cannot be used changes nothing', async () => {
  const { urls } = await simulate()
  const { upstreams } = clientsOf()
  await upstreams.prepare([node('a', urls[0] ?? '')])()
  const [client] = upstreams.clients
  expect(() => upstreams.prepare([node('b', 'gopher://x')])).toThrow(TypeError)
  expect(upstreams.clients).toEqual([client])
  expect(await client?.bestHeight(signal)).toBeGreaterThan(0)
})

test('a node whose address stays while its API changes is another node', async () => {
  const { urls } = await simulate({}, { rpc: true })
  const [url = ''] = urls
  const { upstreams } = clientsOf()
  await upstreams.prepare([node('a', url)])()
  await expect(upstreams.clients[0]?.bestHeight(signal)).rejects.toThrow()
  expect(await upstreams.prepare([{ ...node('a', url), api: 'rpc' }])()).toEqual(['a'])
  expect(await upstreams.clients[0]?.bestHeight(signal)).toBeGreaterThan(0)
})

test('a node that is configured as a Sidecar, and the other way round, is recognised', async () => {
  const { urls } = await simulate({}, { rpc: true }, {})
  const [rpc = '', sidecar = ''] = urls
  const { upstreams } = clientsOf()
  await upstreams.prepare([node('a', rpc), { ...node('b', sidecar), api: 'rpc' }])()
  const [a, b] = upstreams.clients
  await expect(a?.bestHeight(signal)).rejects.toThrow(
    'answered 405: this is the JSON-RPC of a node, not a Sidecar: configure it as rpc (NODE_URL)',
  )
  await expect(b?.bestHeight(signal)).rejects.toThrow(
    'answered 404: this is a Sidecar, or another web server, not the JSON-RPC of a node: configure a Sidecar as url (SIDECAR_URL)',
  )
})
