import { expect, onTestFinished, test, vi } from 'vitest'
import type { EndpointAnswer } from '../../src/chain/endpoint.ts'
import { EndpointDirectory, type EndpointDirectoryDependencies } from '../../src/on-demand/endpoints.ts'
import type { SimulatedSidecar } from '../../src/demo/sidecar.ts'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { openSidecarHttp } from '../../src/upstream/sidecar/http.ts'
import { ipv4, publish } from '../support/endpoints.ts'
import { simulate } from '../support/simulation.ts'

const PUBLIC = { ip: ipv4('8.8.8.8'), port: 9100 }

async function directory({
  signal = new AbortController().signal,
  subnets = 8,
  ...options
}: Partial<EndpointDirectoryDependencies> & {
  readonly signal?: AbortSignal
  readonly subnets?: number
} = {}) {
  const { chain, urls, sidecars } = await simulate({ subnets, neurons: 4 })
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
  const { chain, sidecar, lines, ask } = await directory({ refreshMs: 0, retryMs: 0 })
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

/** How many readings a request causes: each begins with one for the head. */
const readingsOf = async ({ requests }: SimulatedSidecar, asks: () => Promise<unknown>) => {
  const reads = () => requests.get('/runtime/spec') ?? 0
  const before = reads()
  await asks()
  return reads() - before
}

test('the number of cached subnets is limited; the least recently requested is evicted first', async () => {
  const { chain, sidecar, ask } = await directory({ maxSubnets: 3 })
  publish(chain, 1, 2, PUBLIC)
  const readings = (netuid: number) => readingsOf(sidecar, () => ask(netuid))
  // The list of subnets, and the subnet.
  expect(await readings(1)).toBe(2)
  for (const netuid of [2, 3]) expect(await readings(netuid)).toBe(1)
  for (const netuid of [1, 2, 3]) expect(await readings(netuid)).toBe(0)
  expect(await readings(4)).toBe(1)
  for (const netuid of [2, 3]) expect(await readings(netuid)).toBe(0)
  expect(await readings(1)).toBe(1)
})

test('subnets that the chain does not have cause one reading of the list a minute, however many are asked for', async () => {
  const { sidecar, ask } = await directory()
  const all = () => Promise.all(Array.from({ length: 4000 }, (_, index) => ask(index + 96)))
  let answers: readonly EndpointAnswer[] = []
  expect(await readingsOf(sidecar, async () => (answers = await all()))).toBe(1)
  expect(answers.every((answer) => 'missing' in answer)).toBe(true)
  expect(await readingsOf(sidecar, all)).toBe(0)
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + 61_000)
  onTestFinished(() => {
    vi.restoreAllMocks()
  })
  expect(await readingsOf(sidecar, all)).toBe(1)
})

test('a token bucket limits how many subnets are read', async () => {
  const { sidecar, ask } = await directory({ subnets: 45, waitMs: 60_000 })
  const start = performance.now()
  let answers: readonly EndpointAnswer[] = []
  const readings = await readingsOf(
    sidecar,
    async () => (answers = await Promise.all(Array.from({ length: 44 }, (_, index) => ask(index + 1)))),
  )
  const refilled = Math.floor((performance.now() - start) / 5000)
  // 32 at first, one every five seconds, and the list.
  expect(readings).toBeGreaterThanOrEqual(33)
  expect(readings).toBeLessThanOrEqual(33 + refilled)
  const refused = answers.filter((answer) => 'unavailable' in answer)
  expect(refused).toHaveLength(44 - (readings - 1))
  expect(refused[0]).toHaveProperty('unavailable', expect.stringMatching(/too many subnets have been read/))
})

test('what could not be read is not read again for a while', async () => {
  const { sidecar, ask } = await directory()
  sidecar.fault('Prometheus', { body: '{}' })
  const first = await ask(1)
  expect(first).toHaveProperty('unavailable')
  const answers: EndpointAnswer[] = []
  const asks = async () => {
    for (let times = 0; times < 5; times += 1) answers.push(await ask(1))
  }
  expect(await readingsOf(sidecar, asks)).toBe(0)
  expect(answers).toEqual(answers.map(() => first))
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
    expect(sidecar.inFlight.now).toBeGreaterThan(0)
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
