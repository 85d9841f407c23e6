import { expect, test } from 'vitest'
import { DEMO_KEYS } from '../../src/demo/demo.ts'
import { allSucceed, published, testExporter } from '../support/exporter.ts'
import { valueOf } from '../support/parse-exposition.ts'
import { simulate } from '../support/simulation.ts'

const KEYS = Object.values(DEMO_KEYS)

/** A poll of the second exporter does not begin: the chain stands still, so one is enough. */
const ONCE = { intervalMs: 60_000, staleAfterMs: 120_000, timeoutMs: 10_000 }

test('a node gives the same metrics by JSON-RPC as through its Sidecar', async () => {
  const { urls, rpcUrls } = await simulate({}, {}, { rpc: true })
  const texts: string[] = []
  for (const url of urls) {
    const exporter = await testExporter({ urls: [url], rpcUrls, keys: KEYS, subnets: 'all', poll: ONCE })
    texts.push(published(await exporter.until(allSucceed)))
  }
  const [sidecar = '', rpc = ''] = texts
  expect(sidecar).toContain('bittensor_neuron_stake_alpha{')
  expect(rpc).toBe(sidecar)
})

test('when the Sidecar of the source fails, a node that is read by JSON-RPC takes over, and back', async () => {
  const { chain, sidecars, rpcNodes, urls, rpcUrls } = await simulate({}, {}, { rpc: true })
  const exporter = await testExporter({ urls, rpcUrls, keys: KEYS, subnets: [1] })
  const reads = (name: string, height: number) => (metrics: string) =>
    metrics.includes(`bittensor_chain_source_info{node="${name}"} 1`) &&
    metrics.includes(`bittensor_chain_block_height ${height}`)
  await exporter.until(allSucceed)
  sidecars[0]!.node.down = true
  chain.advance(1)
  await exporter.until(reads('node-b', chain.finalizedHeight))
  sidecars[0]!.node.down = false
  await exporter.until((metrics) => metrics.includes('bittensor_node_up{node="node-a"} 1'))
  rpcNodes[0]!.node.down = true
  chain.advance(1)
  await exporter.until(reads('node-a', chain.finalizedHeight))
  expect(exporter.log.filter(({ level }) => level === 'error')).toEqual([])
})

test('polls that need more requests than the rate limit allows are reported once', async () => {
  const { urls } = await simulate({}, { rpc: true })
  const node = { name: 'a', api: 'rpc', url: urls[0] ?? '', headers: {}, requestsPerSecond: 10 } as const
  const exporter = await testExporter({ urls, nodes: [node], keys: KEYS, subnets: [1] })
  const told = () => exporter.log.filter(({ msg }) => msg.includes('rate limit'))
  const metrics = await exporter.until((text) => allSucceed(text) && told().length > 0)
  // Two polls at least, longer than the interval and mostly waiting, and as many polls again.
  expect(valueOf(metrics, 'bittensor_exporter_rate_limit_wait_seconds_total{node="a"}')).toBeGreaterThan(0.05)
  const polls = (text: string) => valueOf(text, 'bittensor_exporter_chain_polls_total') ?? 0
  await exporter.until((text) => polls(text) >= polls(metrics) + 2)
  const lines = told()
  expect(lines).toEqual([
    expect.objectContaining({
      level: 'warn',
      node: 'a',
      intervalSeconds: 0.05,
      remedy: 'raise poll.interval, watch fewer keys and subnets, or read a node with a higher limit',
      msg: 'requests do not fit the rate limit of the node: polls take longer than the interval',
    }),
  ])
})

test('a node that allows a few requests a second is read without its limit in the configuration', async () => {
  const { rpcNodes, urls, rpcUrls } = await simulate({}, { rpc: true, limits: { perSecond: 5 } })
  const exporter = await testExporter({ urls, rpcUrls, keys: KEYS, subnets: [1], poll: ONCE })
  const metrics = await exporter.until(allSucceed)
  expect(rpcNodes[0]?.requests.limited).toBeGreaterThan(0)
  expect(metrics).toContain('bittensor_exporter_upstream_circuit_open{node="node-a"} 0')
})
