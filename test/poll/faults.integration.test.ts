import { describe, expect, onTestFinished, test } from 'vitest'
import { SimulatedChain } from '../../src/demo/chain.ts'
import { startSimulatedSidecar } from '../../src/demo/sidecar.ts'
import { allSucceed, hotkey, testExporter, type TestExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { failuresOf, linesOf } from './log.ts'
import { valueOf } from '../support/parse-exposition.ts'
import { freePort } from '../support/servers.ts'

const success = (metrics: string, collector: string, node?: string) =>
  valueOf(
    metrics,
    `bittensor_exporter_collector_success{collector="${collector}"${node === undefined ? '' : `,node="${node}"`}}`,
  )

const failed = (exporter: TestExporter) => exporter.until((text) => success(text, 'subnets') === 0)

/** A subnet's item through every alias of its path. */
const item = (name: string, netuid: number) => `/storage/${name}?keys[]=${netuid}&`

describe('bad input: one clear log line, success 0, nothing false, and the rest goes on', () => {
  test.each<
    [string, string, Parameters<Awaited<ReturnType<typeof simulate>>['sidecars'][0]['fault']>[1], RegExp]
  >([
    [
      'HTML',
      'Tempo',
      { status: 200, contentType: 'text/html', body: '<html>gateway</html>' },
      /not JSON.*<html>gateway/i,
    ],
    ['half a body', 'Tempo', { status: 200, body: '{"at":{"hash":"0x' }, /not JSON/i],
    [
      'a string where a number belongs',
      'Tempo',
      { body: AT('"soon"') },
      /expected a count as a string of digits, got "soon"/,
    ],
    ['a negative number', 'Burn', { body: AT('"-5"') }, /expected an unsigned integer as a string, got "-5"/],
    ['null', 'Tempo', { body: AT('null') }, /expected a count as a string of digits, got null/],
    [
      'another block',
      'Tempo',
      { body: AT('"99"').replace('HEIGHT', '7') },
      /asked for block \d+ 0x\w+, got block 7 0x/,
    ],
    [
      'an error of its own',
      'Tempo',
      { status: 500, body: '{"code":500,"message":"out of cheese"}' },
      /answered 500.*out of cheese/,
    ],
    ['a closed connection', 'Tempo', { destroy: true }, /Tempo/],
    ['something else', 'Tempo', { body: '[]' }, /Tempo/],
  ])('%s', async (_, name, fault, message) => {
    const { chain, sidecars, urls } = await simulate()
    const { hash, height } = chain.truth()
    const body = fault.body?.replace('HASH', hash).replace('HEIGHT', String(height))
    sidecars[0]?.fault(item(name, 3), { ...fault, ...(body === undefined ? {} : { body }) })
    const exporter = await testExporter({ urls, subnets: [1, 3] })
    const metrics = await failed(exporter)
    expect(metrics).not.toContain('bittensor_subnet_tempo_blocks')
    expect(success(metrics, 'node', 'node-a')).toBe(1)
    const requests = () => sidecars[0]?.requests.get('/runtime/spec') ?? 0
    const before = requests()
    await exporter.until(() => requests() > before + 6)
    const lines = failuresOf(exporter)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(message)
    expect(lines[0]).toContain('node-a: GET /pallets/SubtensorModule/storage/')
    if (name === 'Burn') expect(success(await exporter.metrics(), 'neurons')).toBe(1)
  })

  test('a vector of the wrong length fails the neurons and leaves the subnets', async () => {
    const { chain, sidecars, urls } = await simulate()
    const { hash, height } = chain.truth()
    sidecars[0]?.fault(item('Dividends', 3), {
      body: AT('["1","2"]').replace('HASH', hash).replace('HEIGHT', String(height)),
    })
    const exporter = await testExporter({ urls, subnets: [1, 3] })
    const metrics = await exporter.until((text) => success(text, 'neurons') === 0)
    expect(metrics).not.toContain('bittensor_neuron_')
    expect(metrics).toContain('bittensor_subnet_neurons{netuid="3"} 8\n')
    expect(failuresOf(exporter)[0]).toMatch(
      /Dividends.*expected 8 integers from 0 to 65535, one per neuron, got 2/,
    )
  })

  test('a UID beyond the subnet fails the neurons, which have no value at it', async () => {
    const { chain, sidecars, urls } = await simulate()
    const { hash, height, subnets } = chain.truth()
    const address = subnets.get(3)!.keys[2]!
    sidecars[0]?.fault(`/storage/Uids?keys[]=3&keys[]=${address}&`, {
      body: AT('"9"').replace('HASH', hash).replace('HEIGHT', String(height)),
    })
    const exporter = await testExporter({ urls, keys: [hotkey('mine', address)] })
    const metrics = await exporter.until((text) => success(text, 'neurons') === 0)
    expect(metrics).not.toMatch(/^bittensor_neuron_(info|incentive_ratio|active)/m)
    expect(failuresOf(exporter).join('\n')).toMatch(
      /neurons.*Uids.*expected a UID below 8, the number of neurons of the subnet, got 9/,
    )
  })

  function AT(value: string): string {
    return `{"at":{"hash":"HASH","height":"HEIGHT"},"pallet":"subtensorModule","storageItem":"x","keys":[],"value":${value}}`
  }
})

test('a fault that ends is logged once more, and its samples come back', async () => {
  const { sidecars, urls } = await simulate()
  const undo = sidecars[0]?.fault(item('Burn', 3), {
    status: 500,
    body: '{"code":500,"message":"out of cheese"}',
  })
  const exporter = await testExporter({ urls, subnets: [3] })
  await failed(exporter)
  undo?.()
  const metrics = await exporter.until(allSucceed)
  expect(metrics).toContain('bittensor_subnet_tempo_blocks{netuid="3"}')
  expect(linesOf(exporter, 'collectors recovered')).toMatchObject([
    { level: 'info', collectors: ['subnets'] },
  ])
})

test('a failing collector keeps its samples until stale_after, and then its families are gone', async () => {
  const { chain, sidecars, urls } = await simulate()
  const exporter = await testExporter({ urls, subnets: [3], poll: { staleAfterMs: 2000 } })
  await exporter.until(allSucceed)
  const undo = sidecars[0]?.fault(item('Burn', 3), {
    status: 500,
    body: '{"code":500,"message":"out of cheese"}',
  })
  chain.advance(3)
  expect(await failed(exporter)).toContain('bittensor_subnet_tempo_blocks{netuid="3"}')
  const metrics = await exporter.until((text) => !text.includes('bittensor_subnet_'))
  expect(metrics).toContain('bittensor_neuron_active')
  const expired = () => linesOf(exporter, 'samples expired')
  await exporter.until(() => expired().length > 0)
  expect(expired()).toMatchObject([{ level: 'warn', collectors: ['subnets'], staleAfterSeconds: 2 }])
  undo?.()
  expect(await exporter.until(allSucceed)).toContain('bittensor_subnet_tempo_blocks{netuid="3"}')
})

test('a Sidecar that goes away is one line for its node and one for the chain; then nothing is ready', async () => {
  const chain = new SimulatedChain({ neurons: 8, still: true })
  const sidecar = await startSimulatedSidecar({ chain })
  const exporter = await testExporter({ urls: [sidecar.url], subnets: [3], poll: { staleAfterMs: 800 } })
  await exporter.until(allSucceed)
  expect((await fetch(`${exporter.url}/-/ready`)).status).toBe(200)
  await sidecar.close()
  await exporter.until((text) => valueOf(text, 'bittensor_node_up{node="node-a"}') === 0)
  const metrics = await exporter.until((text) => !/^bittensor_(?!exporter|node_up)/m.test(text))
  expect(valueOf(metrics, 'bittensor_node_up{node="node-a"}')).toBe(0)
  expect((await fetch(`${exporter.url}/-/ready`)).status).toBe(503)
  expect((await fetch(`${exporter.url}/-/healthy`)).status).toBe(200)
  expect(failuresOf(exporter)).toHaveLength(2)
  for (const line of failuresOf(exporter)) expect(line).toMatch(/: node-a: GET \/\S+: connection refused/)
})

test('a node that comes back at the same block is read again: what was taken off is there again', async () => {
  const { sidecars, urls } = await simulate()
  const exporter = await testExporter({ urls, subnets: [3], poll: { staleAfterMs: 500 } })
  await exporter.until(allSucceed)
  if (sidecars[0] !== undefined) sidecars[0].node.down = true
  await exporter.until((text) => !/^bittensor_(?!exporter|node_up)/m.test(text))
  expect((await fetch(`${exporter.url}/-/ready`)).status).toBe(503)
  if (sidecars[0] !== undefined) sidecars[0].node.down = false
  const metrics = await exporter.until(allSucceed)
  expect(metrics).toContain('bittensor_chain_block_height ')
  expect(metrics).toContain('bittensor_neuron_active{netuid="3"')
  const recovered = linesOf(exporter, 'collectors recovered').flatMap(({ collectors }) => collectors)
  expect(recovered).toContain('chain')
})

test('the Sidecar may come up after the exporter', async () => {
  const port = await freePort()
  const exporter = await testExporter({ urls: [`http://127.0.0.1:${port}`], subnets: [3] })
  await exporter.until((text) => success(text, 'chain') === 0)
  expect((await fetch(`${exporter.url}/-/ready`)).status).toBe(503)
  const sidecar = await startSimulatedSidecar({
    chain: new SimulatedChain({ neurons: 8, still: true }),
    port,
  })
  onTestFinished(() => sidecar.close())
  await exporter.until(allSucceed)
  expect((await fetch(`${exporter.url}/-/ready`)).status).toBe(200)
})

test.each([
  ['State already discarded', 'block_gone', /State already discarded/],
  ['Unable to retrieve header and parent from supplied hash', 'block_gone', /Unable to retrieve header/],
])(
  'a view whose block is gone (%s) is given up and counted; nothing of it is published',
  async (message, reason, line) => {
    const { chain, sidecars, urls } = await simulate()
    const exporter = await testExporter({ urls, subnets: [3] })
    await exporter.until(allSucceed)
    const height = chain.finalizedHeight
    sidecars[0]?.fault(item('Burn', 3), {
      status: 500,
      body: JSON.stringify({ code: 500, message: `-32000: UnknownBlock: ${message} for 0x12` }),
    })
    chain.advance(5)
    const refused = `bittensor_exporter_refused_views_total{node="node-a",reason="${reason}"}`
    const metrics = await exporter.until((text) => (valueOf(text, refused) ?? 0) >= 3)
    expect(valueOf(metrics, 'bittensor_chain_block_height')).toBe(height)
    for (const collector of ['chain', 'accounts', 'hotkeys', 'subnets', 'neurons'])
      expect(success(metrics, collector)).toBe(0)
    expect(failuresOf(exporter)).toHaveLength(1)
    expect(failuresOf(exporter)[0]).toMatch(line)
  },
)

test('a head behind what is published is refused and counted, and heights never go back', async () => {
  const { chain, sidecars, urls } = await simulate({}, {})
  chain.advance(20)
  const exporter = await testExporter({ urls, subnets: [3] })
  await exporter.until(allSucceed)
  const height = chain.finalizedHeight
  if (sidecars[0] !== undefined) sidecars[0].node.lag = 10
  const refused = 'bittensor_exporter_refused_views_total{node="node-a",reason="behind"}'
  const metrics = await exporter.until((text) => (valueOf(text, refused) ?? 0) >= 2)
  expect(valueOf(metrics, 'bittensor_chain_block_height')).toBe(height)
  expect(success(metrics, 'chain')).toBe(0)
  expect(valueOf(metrics, 'bittensor_node_finalized_block_height{node="node-a"}')).toBeLessThan(height)
  expect(failuresOf(exporter).join('\n')).toMatch(/its finalized head \d+ is behind the published block \d+/)
  chain.advance(10)
  await exporter.until(
    (text) => success(text, 'chain') === 1 && valueOf(text, 'bittensor_chain_block_height') === height,
  )
})

test('when the source fails the chain is read from another node, in the same series', async () => {
  const { chain, sidecars, urls } = await simulate({}, {}, {})
  const exporter = await testExporter({ urls, subnets: [3] })
  await exporter.until((text) => text.includes('bittensor_chain_source_info{node="node-a"} 1'))
  if (sidecars[0] !== undefined) sidecars[0].node.down = true
  chain.advance(3)
  const metrics = await exporter.until((text) =>
    text.includes('bittensor_chain_source_info{node="node-b"} 1'),
  )
  expect(metrics).not.toContain('bittensor_chain_source_info{node="node-a"}')
  expect(success(metrics, 'chain')).toBe(1)
  await exporter.until((text) => valueOf(text, 'bittensor_node_up{node="node-a"}') === 0)
  expect(valueOf(await exporter.metrics(), 'bittensor_node_up{node="node-b"}')).toBe(1)
})

test('requests stay within the concurrency, polls do not overlap, and a slow one skips ticks', async () => {
  const { sidecars, urls } = await simulate({}, { latencyMs: 30 })
  const exporter = await testExporter({
    urls,
    subnets: [3],
    poll: { intervalMs: 20, concurrency: 4 },
    collectors: { node: false, runtime: false, transaction_pool: false },
  })
  const heads = () => sidecars[0]?.requests.get('/runtime/spec') ?? 0
  const start = Date.now()
  await exporter.until(() => heads() >= 4)
  expect(sidecars[0]?.inFlight.most).toBeLessThanOrEqual(4)
  expect((Date.now() - start) / heads()).toBeGreaterThan(30)
})

test('a missing item is a fact of the runtime: it is known from the metadata, and never asked for', async () => {
  const { chain, sidecars, urls } = await simulate({ spec: 381 })
  const exporter = await testExporter({ urls, subnets: [3] })
  await exporter.until(allSucceed)
  for (let round = 0; round < 3; round++) {
    chain.advance(1)
    const height = chain.finalizedHeight
    await exporter.until((text) => valueOf(text, 'bittensor_chain_block_height') === height)
  }
  expect(sidecars[0]?.requests.get('/runtime/metadata')).toBe(1)
  expect(await exporter.metrics()).not.toContain('bittensor_neuron_rank_ratio')
  expect(failuresOf(exporter)).toEqual([])
})

test('a spec version that is not known is said once, and works with what it has', async () => {
  const { urls } = await simulate({ spec: 480 })
  const exporter = await testExporter({ urls, subnets: [3] })
  await exporter.until(allSucceed)
  await exporter.until(
    (text) =>
      (valueOf(text, 'bittensor_exporter_upstream_requests_total{node="node-a",route="/node/version"}') ??
        0) > 4,
  )
  const warnings = exporter.log.filter(({ level }) => level === 'warn')
  expect(warnings).toHaveLength(1)
  expect(warnings[0]?.['warning']).toMatch(/runtime spec 480 is newer than this exporter knows \(475\)/)
})

test('a listed subnet that does not exist is said once, and the others are there', async () => {
  const { urls } = await simulate()
  const exporter = await testExporter({ urls, subnets: [3, 99] })
  const metrics = await exporter.until(allSucceed)
  expect(metrics).toContain('bittensor_subnet_neurons{netuid="3"}')
  expect(metrics).toContain('bittensor_exporter_subnet_missing{netuid="99"} 1')
  expect(metrics.replace('bittensor_exporter_subnet_missing{netuid="99"} 1', '')).not.toContain('netuid="99"')
  expect(exporter.log.filter(({ level }) => level === 'warn')).toMatchObject([
    {
      msg: 'collector warning',
      collector: 'subnets',
      warning: 'subnet 99 is listed under subnets, and the chain has no subnet 99',
    },
  ])
})

test('another chain, without Subtensor, is named', async () => {
  const { sidecars, urls } = await simulate()
  sidecars[0]?.fault('/runtime/metadata', {
    body: '{"metadata":{"v14":{"lookup":{"types":[]},"pallets":[{"name":"System"}],"extrinsic":{}}}}',
  })
  const exporter = await testExporter({ urls, subnets: [3] })
  await exporter.until((text) => success(text, 'chain') === 0)
  expect(failuresOf(exporter)[0]).toMatch(/it is not a Subtensor chain/)
})
