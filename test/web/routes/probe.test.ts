import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { testExporter } from '../../support/exporter.ts'
import { simulate } from '../../support/simulation.ts'
import { valueOf } from '../../support/parse-exposition.ts'
import { until } from '../../support/until.ts'

/** Polls once and then not while the test runs: what is new was read by the probe. */
const SELDOM = { poll: { intervalMs: 3_600_000 } }

async function probing(...sidecarOptions: Parameters<typeof simulate>[1][]) {
  const simulation = await simulate({}, ...sidecarOptions)
  const exporter = await testExporter({ urls: simulation.urls, ...SELDOM })
  await exporter.until((metrics) => metrics.includes('bittensor_node_pending_extrinsics{'))
  const probe = async (query: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${exporter.url}/probe${query}`, { headers })
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    }
  }
  return { ...simulation, exporter, probe }
}

test('one node as it is now, by its name', async () => {
  const { chain, sidecars, exporter, probe } = await probing({}, { health: { peers: 41 } })
  sidecars[0]!.node.peers = 12
  chain.advance(5)
  const { status, type, text } = await probe('?target=node-a')
  expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  expect(valueOf(text, 'probe_success')).toBe(1)
  expect(valueOf(text, 'probe_duration_seconds')).toBeGreaterThan(0)
  expect(valueOf(text, 'bittensor_node_up{node="node-a"}')).toBe(1)
  expect(valueOf(text, 'bittensor_node_peers{node="node-a"}')).toBe(12)
  expect(valueOf(text, 'bittensor_node_best_block_height{node="node-a"}')).toBe(chain.height)
  expect(valueOf(text, 'bittensor_runtime_spec_version{node="node-a"}')).toBe(475)
  expect(text).not.toContain('node-b')
  expect(await exporter.value('bittensor_node_peers{node="node-a"}')).not.toBe(12)
  expect(valueOf((await probe('?target=node-b')).text, 'bittensor_node_peers{node="node-b"}')).toBe(41)
})

test('OpenMetrics for clients that accept it', async () => {
  const { probe } = await probing({})
  const { type, text } = await probe('?target=node-a', { accept: 'application/openmetrics-text' })
  expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
  expect(text.endsWith('\n# EOF\n')).toBe(true)
})

describe('errors do not contain names or addresses of nodes', () => {
  test.each([
    ['', 400, 'target: expected the name of one configured node, such as /probe?target=finney-a\n'],
    ['?target=', 400, 'target: expected the name of one configured node, such as /probe?target=finney-a\n'],
    [
      '?target=node-a&target=node-a',
      400,
      'target: expected the name of one configured node, such as /probe?target=finney-a\n',
    ],
    ['?target=node-z', 404, 'target: no configured node has this name\n'],
    ['?target=__proto__', 404, 'target: no configured node has this name\n'],
    ['?target=http://169.254.169.254/', 404, 'target: no configured node has this name\n'],
  ])('%s', async (query, status, text) => {
    const { probe } = await probing({})
    expect(await probe(query)).toMatchObject({ status, text })
  })

  test.each(['0', '-1', 'soon', 'NaN'])('a timeout of %s', async (timeout) => {
    const { probe } = await probing({})
    expect(await probe('?target=node-a', { 'x-prometheus-scrape-timeout-seconds': timeout })).toMatchObject({
      status: 400,
      text: 'X-Prometheus-Scrape-Timeout-Seconds: expected a number of seconds above 0\n',
    })
  })
})

test('the answer comes within the timeout of the scraper, without what was not read', async () => {
  const { sidecars, probe } = await probing({})
  sidecars[0]!.fault('/node/version', { delayMs: 600_000 })
  const { status, text } = await probe('?target=node-a', { 'x-prometheus-scrape-timeout-seconds': '0.4' })
  expect(status).toBe(200)
  expect(valueOf(text, 'probe_success')).toBe(0)
  expect(valueOf(text, 'bittensor_node_up')).toBe(0)
  expect(text).not.toMatch(/peers|height|collector/)
})

test('a node that is gone', async () => {
  const { sidecars, probe } = await probing({})
  sidecars[0]!.fault('/', { destroy: true })
  const { status, text } = await probe('?target=node-a', { 'x-prometheus-scrape-timeout-seconds': '10' })
  expect(status).toBe(200)
  expect(valueOf(text, 'probe_success')).toBe(0)
  expect(valueOf(text, 'bittensor_node_up')).toBe(0)
  expect(text).not.toMatch(/peers|height/)
})

test('partial results are returned', async () => {
  const { sidecars, probe } = await probing({})
  sidecars[0]!.fault('/node/transaction-pool', { status: 500, body: '{}' })
  const { text } = await probe('?target=node-a')
  expect(valueOf(text, 'probe_success')).toBe(0)
  expect(valueOf(text, 'bittensor_node_up')).toBe(1)
  expect(valueOf(text, 'bittensor_node_peers')).toBeGreaterThan(0)
  expect(text).not.toContain('bittensor_node_pending_extrinsics')
  expect(valueOf(text, 'bittensor_exporter_collector_success{collector="transaction_pool"}')).toBe(0)
  expect(valueOf(text, 'bittensor_exporter_collector_success{collector="node"}')).toBe(1)
})

test('a node is read once for all who ask at a time', async () => {
  const { sidecars, probe } = await probing({ latencyMs: 50 })
  const read = () => sidecars[0]!.requests.get('/node/version') ?? 0
  const before = read()
  const answers = await Promise.all(Array.from({ length: 20 }, () => probe('?target=node-a')))
  expect(answers.every(({ text }) => valueOf(text, 'probe_success') === 1)).toBe(true)
  expect(read() - before).toBe(1)
})

test('requests of any number cause one reading of each node in five seconds, and all get its result', async () => {
  const { sidecars, probe } = await probing({}, {})
  // Whole, so that sums are exact.
  let milliseconds = Math.ceil(performance.now())
  vi.spyOn(performance, 'now').mockImplementation(() => milliseconds)
  onTestFinished(() => {
    vi.restoreAllMocks()
  })
  const readings = () => sidecars.map(({ requests }) => requests.get('/node/version') ?? 0)
  const before = readings()
  const probeOften = async () => {
    const queries = Array.from({ length: 100 }, (_, index) => `?target=node-${'ab'[index % 2]}`)
    const answers = await Promise.all(queries.map((query) => probe(query)))
    expect(answers.map(({ status, text }) => [status, valueOf(text, 'probe_success')])).toEqual(
      queries.map(() => [200, 1]),
    )
    return readings().map((count, node) => count - before[node]!)
  }
  expect(await probeOften()).toEqual([1, 1])
  milliseconds += 4999
  expect(await probeOften()).toEqual([1, 1])
  milliseconds += 1
  expect(await probeOften()).toEqual([2, 2])
})

test('at most eight nodes are read at a time, and the others afterwards', async () => {
  const { sidecars, probe } = await probing(...Array.from({ length: 10 }, () => ({})))
  for (const sidecar of sidecars) sidecar.fault('/', { delayMs: 600_000 })
  const isRead = () => sidecars.map(({ inFlight }) => inFlight.now > 0)
  await until(() => !isRead().includes(true))
  const probes = sidecars.map((_, index) => probe(`?target=node-${'abcdef'[index] ?? index}`))
  await until(() => isRead().filter(Boolean).length >= 8)
  // This request comes last, so the others have arrived.
  expect((await probe('?target=node-z')).status).toBe(404)
  const waiting = sidecars.filter(({ inFlight }) => inFlight.now === 0)
  expect(waiting).toHaveLength(2)
  // Requests to the first eight time out.
  await until(() => waiting.every(({ inFlight }) => inFlight.now > 0))
  const statuses = (await Promise.all(probes)).map(({ status }) => status)
  expect(new Set(statuses)).toEqual(new Set([200]))
})
