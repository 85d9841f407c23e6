import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/config/error.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { failuresOf } from './log.ts'
import { allSucceed, coldkey, hotkey, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { samplesOf, valueOf } from '../support/parse-exposition.ts'

/** So long that nothing is polled but at the start and by a reload. */
const ONCE = { poll: { intervalMs: 600_000, staleAfterMs: 1_200_000 } }

const ADDRESSES = [1, 2, 3].map((index) => inventedAddress(`a test key ${index}`))
const [FIRST = '', SECOND = '', THIRD = ''] = ADDRESSES

const families = (metrics: string) => new Set(metrics.match(/^# TYPE bittensor_\S+/gm))

test('an unchanged configuration: nothing is polled, and it counts as a good one', async () => {
  const { sidecars, urls } = await simulate()
  const exporter = await testExporter({ urls, subnets: [3], ...ONCE })
  await exporter.until(allSucceed)
  const heads = sidecars[0]?.requests.get('/runtime/spec')
  const readAt = await exporter.value('bittensor_exporter_config_last_reload_success_timestamp_seconds')
  expect(await exporter.reconfigure({})).toEqual({
    result: 'done',
    message: 'configuration reloaded; nothing changed',
  })
  expect(sidecars[0]?.requests.get('/runtime/spec')).toBe(heads)
  expect(
    await exporter.value('bittensor_exporter_config_last_reload_success_timestamp_seconds'),
  ).toBeGreaterThan(readAt ?? Infinity)
})

test('keys come at once and go with their series; those that stay are not missed for a moment', async () => {
  const { urls } = await simulate({}, { latencyMs: 20 })
  const exporter = await testExporter({
    urls,
    keys: [coldkey('first', FIRST), coldkey('second', SECOND)],
    ...ONCE,
  })
  const before = await exporter.until(allSucceed)
  expect(before).toMatch(/^bittensor_account_nonce\{address="\w+",name="second"\}/m)

  const { message } = await exporter.reconfigure({
    keys: [coldkey('first', FIRST), coldkey('third', THIRD)],
  })
  expect(message).toBe('configuration reloaded; changed: keys')
  const during = await exporter.metrics()
  expect(during).toMatch(/name="first"/)
  expect(families(during)).toEqual(families(before))
  const after = await exporter.until((text) => text.includes('name="third"'))
  expect(after).toMatch(/^bittensor_account_nonce\{address="\w+",name="first"\}/m)
  await exporter.until((text) => allSucceed(text) && !text.includes('name="second"'))
  expect(failuresOf(exporter)).toEqual([])
})

test('what was asked for under the configuration before is never published', async () => {
  const { sidecars, urls } = await simulate()
  const [sidecar] = sidecars
  sidecar?.fault(/System\/storage\/Account/, { delayMs: 700, times: 1 })
  const exporter = await testExporter({ urls, keys: [coldkey('first', FIRST)], ...ONCE })
  await exporter.until(() => sidecar?.inFlight.now === 1)
  await exporter.reconfigure({ keys: [coldkey('second', SECOND)] })
  await exporter.until((text) => allSucceed(text) && text.includes('name="second"'))
  await exporter.until(() => sidecar?.inFlight.now === 0)
  for (let look = 0; look < 20; look++) expect(await exporter.metrics()).not.toContain('name="first"')
  expect(failuresOf(exporter)).toEqual([])
})

describe('nodes', () => {
  const nodes = (...urls: readonly string[]) =>
    urls.map((url, index) => ({
      name: `node-${'ab'[index] ?? ''}`,
      api: 'sidecar' as const,
      url,
      headers: {},
    }))
  const REQUESTS = 'bittensor_exporter_upstream_requests_total{node="node-a",route="/node/version"}'

  test('one that goes takes its series along at once, the exporter’s own too; one that stays goes on counting', async () => {
    const { urls } = await simulate({}, {}, {})
    const exporter = await testExporter({ urls, nodes: nodes(...urls), subnets: [3], ...ONCE })
    const before = await exporter.until((text) => allSucceed(text) && text.includes('node="node-b"'))
    await exporter.until((text) => valueOf(text, 'bittensor_node_up{node="node-b"}') === 1)
    expect(before).toMatch(/^bittensor_exporter_upstream_request_duration_seconds_bucket\{.*node="node-b"/m)
    const counted = valueOf(before, REQUESTS) ?? 0
    expect(counted).toBeGreaterThan(0)

    await exporter.reconfigure({ nodes: nodes(...urls).slice(0, 1) })
    const after = await exporter.metrics()
    expect(after).not.toContain('node-b')
    expect(after).toContain('bittensor_node_up{node="node-a"} 1')
    expect(valueOf(after, REQUESTS)).toBeGreaterThanOrEqual(counted)
    expect((await (await fetch(exporter.url)).text()).includes('Node node-b')).toBe(false)

    await exporter.reconfigure({ nodes: nodes(...urls) })
    const again = await exporter.until((text) => valueOf(text, 'bittensor_node_up{node="node-b"}') === 1)
    expect(again).toContain('bittensor_exporter_refused_views_total{node="node-b",reason="behind"} 0')
    expect(valueOf(again, REQUESTS)).toBeGreaterThan(counted)
    expect(failuresOf(exporter)).toEqual([])
  })

  test('one with another URL is another node; one with another password is the same', async () => {
    const { sidecars, urls } = await simulate({}, {}, {})
    const [node] = nodes(urls[0] ?? '')
    const exporter = await testExporter({ urls, nodes: [node!], subnets: [3], ...ONCE })
    const counted = valueOf(await exporter.until(allSucceed), REQUESTS) ?? 0
    await exporter.reconfigure({ nodes: [{ ...node!, headers: { 'x-key': 'hidden-secret' } }] })
    expect(await exporter.metrics()).toContain('bittensor_node_peers{node="node-a"}')
    expect(valueOf(await exporter.until(allSucceed), REQUESTS)).toBeGreaterThanOrEqual(counted)
    expect(JSON.stringify(exporter.log)).not.toContain('hidden-secret')

    if (sidecars[1] !== undefined) sidecars[1].node.down = true
    await exporter.reconfigure({ nodes: [{ ...node!, url: urls[1] ?? '' }] })
    expect(await exporter.metrics()).not.toContain('bittensor_node_peers{node="node-a"}')
    expect(await exporter.metrics()).toContain('bittensor_chain_block_height ')
  })

  test('heights never go back, whatever node the next configuration has', async () => {
    const { chain, urls } = await simulate({}, {}, { health: { lag: 10 } })
    chain.advance(20)
    const exporter = await testExporter({ urls, nodes: nodes(urls[0] ?? ''), subnets: [3] })
    await exporter.until(allSucceed)
    const height = chain.finalizedHeight
    await exporter.reconfigure({ nodes: nodes(urls[1] ?? '') })
    const refused = 'bittensor_exporter_refused_views_total{node="node-a",reason="behind"}'
    const metrics = await exporter.until((text) => (valueOf(text, refused) ?? 0) >= 2)
    expect(valueOf(metrics, 'bittensor_chain_block_height')).toBe(height)
  })
})

test('a collector that is turned off takes its series along, and comes back when it is turned on', async () => {
  const { urls } = await simulate()
  const exporter = await testExporter({ urls, subnets: [3], ...ONCE })
  const before = await exporter.until(allSucceed)
  await exporter.reconfigure({
    collectors: { neurons: false, node: false, runtime: false, transaction_pool: false },
  })
  const off = await exporter.metrics()
  expect(off).not.toMatch(/^bittensor_neuron_active|collector="(neurons|node)"|^bittensor_node_/m)
  expect(off).toContain('bittensor_subnet_neurons{netuid="3"}')
  expect(off).toContain('bittensor_exporter_collector_success{collector="subnets"} 1')
  await exporter.reconfigure({ collectors: {} })
  const on = await exporter.until(allSucceed)
  expect(families(on)).toEqual(families(before))
})

test('operations of a key are counted without a gap, and none twice, through any number of reloads', async () => {
  const { chain, urls } = await simulate({ still: true })
  const first = coldkey('first', FIRST)
  const others = [coldkey('second', SECOND), coldkey('third', THIRD)]
  chain.setBalance(first.address, { free: 1_000_000_000_000n })
  chain.advance(5)
  const exporter = await testExporter({ urls, keys: [first], poll: { intervalMs: 20 } })
  await exporter.until(allSucceed)
  const counted = (text: string) =>
    samplesOf(text, 'bittensor_key_extrinsics_total{name="first"}').reduce((sum, { value }) => sum + value, 0)
  for (let round = 0; round < 30; round++) {
    chain.sign(first.address)
    chain.advance(1)
    const keys = round % 3 === 0 ? [first] : [others[round % 2]!, first]
    await exporter.reconfigure({ keys, subnets: round % 2 === 0 ? 'watched' : [3] })
  }
  chain.advance(chain.finalityLag)
  const metrics = await exporter.until(
    (text) => valueOf(text, 'bittensor_followed_block_height') === chain.finalizedHeight,
  )
  expect(counted(metrics)).toBe(30)
  expect(valueOf(metrics, `bittensor_account_unexplained_change_tao_total{address="${FIRST}"}`)).toBe(0)
  expect(valueOf(metrics, 'bittensor_followed_blocks_total{result="skipped"}')).toBe(0)
  expect(failuresOf(exporter)).toEqual([])
})

test('keys that are watched again after a time without any are not told of what was before', async () => {
  const { chain, urls } = await simulate({ still: true })
  const key = coldkey('first', FIRST)
  chain.setBalance(key.address, { free: 1_000_000_000_000n })
  chain.advance(5)
  const exporter = await testExporter({ urls, keys: [key] })
  await exporter.until(allSucceed)
  await exporter.reconfigure({ keys: [] })
  await exporter.until((text) => !text.includes('bittensor_followed_block_height'))
  chain.sign(key.address)
  chain.advance(3)
  await exporter.until((text) => valueOf(text, 'bittensor_chain_block_height') === chain.finalizedHeight)
  await exporter.reconfigure({ keys: [key] })
  const metrics = await exporter.until((text) => text.includes('bittensor_followed_block_height'))
  expect(metrics).not.toMatch(/^bittensor_key_extrinsics_total\{.* [1-9]\d*$/m)
})

test('a shorter stale_after holds for what is published already', async () => {
  const { sidecars, urls } = await simulate()
  const exporter = await testExporter({ urls, subnets: [3] })
  await exporter.until(allSucceed)
  if (sidecars[0] !== undefined) sidecars[0].node.down = true
  await exporter.until((text) => valueOf(text, 'bittensor_node_up{node="node-a"}') === 0)
  await exporter.reconfigure({ poll: { intervalMs: 50, staleAfterMs: 100 } })
  await exporter.until((text) => !text.includes('bittensor_chain_block_height'))
})

test('a configuration with faults changes nothing, and the gauges and the log say so', async () => {
  const { urls } = await simulate()
  const exporter = await testExporter({ urls, subnets: [3] })
  await exporter.until(allSucceed)
  const fault = { file: 'x.yml', line: 2, column: 3, path: 'nodes', message: 'at least one' }
  const readAt = await exporter.value('bittensor_exporter_config_last_reload_success_timestamp_seconds')
  expect(await exporter.reconfigure({ error: new ConfigError([fault]) })).toEqual({
    result: 'refused',
    message: 'x.yml:2:3: nodes: at least one',
  })
  expect(await exporter.value('bittensor_exporter_config_last_reload_successful')).toBe(0)
  expect(await exporter.value('bittensor_exporter_config_last_reload_success_timestamp_seconds')).toBe(readAt)
  expect(exporter.log.filter(({ level }) => level === 'error').map(({ msg }) => msg)).toEqual([
    'configuration reload rejected; keeping the previous one',
  ])
  await exporter.reconfigure({ error: undefined, keys: [hotkey('validator', FIRST)] })
  expect(await exporter.value('bittensor_exporter_config_last_reload_successful')).toBe(1)
})
