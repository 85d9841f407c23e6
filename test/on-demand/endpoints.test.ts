import { expect, onTestFinished, test, vi } from 'vitest'
import type { EndpointAnswer } from '../../src/chain/endpoint.ts'
import { EndpointDirectory, type EndpointDirectoryDependencies } from '../../src/on-demand/endpoints.ts'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { openSidecarHttp } from '../../src/upstream/sidecar/http.ts'
import { ipv4, publish } from '../support/endpoints.ts'
import { simulate } from '../support/simulation.ts'

const PUBLIC = { ip: ipv4('8.8.8.8'), port: 9100 }

async function directory({
  signal = new AbortController().signal,
  ...options
}: Partial<EndpointDirectoryDependencies> & { readonly signal?: AbortSignal } = {}) {
  const { chain, urls, sidecars } = await simulate({ subnets: 8 })
  const http = openSidecarHttp({ name: 'a', url: urls[0]!, headers: {}, timeoutMs: 2000, concurrency: 16 })
  onTestFinished(() => http.close())
  const lines: object[] = []
  const log = {
    warn: (fields: object, msg: string) => void lines.push({ level: 'warn', msg, ...fields }),
    info: (fields: object, msg: string) => void lines.push({ level: 'info', msg, ...fields }),
  }
  const clients = [sidecarClient(http)]
  let plan = { sources: () => clients, signal }
  const replan = () => (plan = { ...plan })
  const made = new EndpointDirectory({ onDemand: () => plan, log, ...options })
  return { chain, sidecar: sidecars[0]!, lines, replan, ask: (netuid: number) => made.ask(netuid) }
}

const ports = (answer: EndpointAnswer) =>
  'endpoints' in answer ? answer.endpoints.map(({ port }) => port) : answer

test('a cached answer that is due for a refresh is returned until it has been read again', async () => {
  const { chain, ask } = await directory({ refreshMs: 0 })
  publish(chain, 1, 2, PUBLIC)
  expect(ports(await ask(1))).toEqual([9100])
  publish(chain, 1, 2, { ...PUBLIC, port: 9200 })
  expect(ports(await ask(1))).toEqual([9100])
  await vi.waitFor(async () => {
    expect(ports(await ask(1))).toEqual([9200])
  }, 10_000)
})

test('after a failed reading the answer is unavailable until one succeeds; failure and recovery are logged once', async () => {
  const { chain, sidecar, lines, ask } = await directory({ refreshMs: 0 })
  publish(chain, 1, 2, PUBLIC)
  expect(ports(await ask(1))).toEqual([9100])
  const undo = sidecar.fault('Prometheus', { body: '{}' })
  await vi.waitFor(async () => {
    expect(await ask(1)).toHaveProperty('unavailable')
  }, 10_000)
  expect(await ask(1)).toHaveProperty('unavailable')
  undo()
  expect(ports(await ask(1))).toEqual([9100])
  expect(lines).toEqual([
    {
      level: 'warn',
      msg: 'cannot read neuron endpoints',
      netuid: 1,
      error: expect.stringMatching(/^a: GET \/pallets/) as string,
    },
    { level: 'info', msg: 'neuron endpoints readable again', netuid: 1 },
  ])
})

test('a request that does not wait gets a message to try again later', async () => {
  const { chain, ask } = await directory({ waitMs: 0 })
  publish(chain, 1, 2, PUBLIC)
  expect(await ask(1)).toEqual({ unavailable: 'the endpoints are still being read; try again later' })
  await vi.waitFor(async () => {
    expect(ports(await ask(1))).toEqual([9100])
  }, 10_000)
})

test('the number of cached subnets is limited; those that do not exist are evicted first', async () => {
  const { chain, sidecar, ask } = await directory({ maxSubnets: 3 })
  publish(chain, 1, 2, PUBLIC)
  const reads = () => sidecar.requests.get('/runtime/spec') ?? 0
  const readsFor = async (netuid: number) => {
    const before = reads()
    await ask(netuid)
    return reads() - before
  }
  expect(await readsFor(1)).toBe(1)
  for (const netuid of [98, 99, 97, 96]) expect(await readsFor(netuid)).toBe(1)
  expect(await readsFor(1)).toBe(0)
  for (const netuid of [2, 3, 4]) expect(await readsFor(netuid)).toBe(1)
  expect(await readsFor(1)).toBe(1)
})

test('requests for more subnets than the limit at once are rejected, not queued', async () => {
  const { ask } = await directory({ maxSubnets: 2 })
  const answers = await Promise.all([ask(1), ask(2), ask(3)])
  expect(answers[2]).toEqual({ unavailable: 'too many subnets are being read' })
  expect(answers[0]).toHaveProperty('endpoints')
})

test('no reading outlives the abort of its configuration', async () => {
  const stopping = new AbortController()
  const { sidecar, ask, lines } = await directory({ signal: stopping.signal })
  sidecar.fault('NetworksAdded', { delayMs: 600_000 })
  const asked = ask(1)
  await vi.waitFor(() => {
    expect(sidecar.inFlight.now).toBe(1)
  }, 10_000)
  stopping.abort(new Error('the exporter is stopping'))
  expect(await asked).toEqual({ unavailable: 'the exporter is stopping' })
  expect(lines).toEqual([])
})

test('another configuration clears the cache', async () => {
  const { chain, ask, replan } = await directory()
  publish(chain, 1, 2, PUBLIC)
  expect(ports(await ask(1))).toEqual([9100])
  publish(chain, 1, 2, { ...PUBLIC, port: 9200 })
  expect(ports(await ask(1))).toEqual([9100])
  replan()
  expect(ports(await ask(1))).toEqual([9200])
})
