import { describe, expect, test } from 'vitest'
import { inventedAddress } from '../../src/demo/names.ts'
import { allSucceed, coldkey, hotkey, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { expectedOf } from '../support/truth.ts'
import { seriesOf, valueOf } from '../support/parse-exposition.ts'
import { build } from '../support/build.ts'

describe.each([103, 143, 240, 346, 381, 424, 472, 475, 480])('on spec %d', (spec) => {
  test('what is published is true at the published height, while the chain moves', async () => {
    const { chain, urls } = await simulate({ spec, still: false, keepBlocks: 500 })
    const exporter = await testExporter({ urls, subnets: 'all' })
    for (let look = 0; look < 4; look++) {
      chain.advance(7)
      const reached = chain.finalizedHeight
      const metrics = await exporter.until(
        (text) => allSucceed(text) && (valueOf(text, 'bittensor_chain_block_height') ?? 0) >= reached,
      )
      const height = valueOf(metrics, 'bittensor_chain_block_height') ?? 0
      const published = seriesOf(metrics)
      const expected = expectedOf(chain.truth(height), 9)
      expect(expected.size).toBeGreaterThan(300)
      for (const [series, value] of expected) expect([series, published.get(series)]).toEqual([series, value])
      for (const series of published.keys())
        if (series.startsWith('bittensor_neuron_') && !/_(info|incentive_ratio)\{/.test(series))
          expect(expected.has(series), series).toBe(true)
    }
  })
})

test.each([0, 12, 18])('a chain with %d decimals is right too', async (decimals) => {
  const { chain, metrics } = await build({ chain: { decimals, symbol: 'TEST' }, subnets: [1] })
  expect(metrics).toContain(
    `bittensor_chain_token_info{symbol="TEST",decimals="${decimals}",ss58_format="42"} 1\n`,
  )
  const published = seriesOf(metrics)
  const subnet = [...expectedOf(chain.truth(), decimals)].filter(([series]) => series.includes('netuid="1"'))
  expect(subnet.length).toBeGreaterThan(50)
  for (const [series, value] of subnet) expect([series, published.get(series)]).toEqual([series, value])
})

test('a watched hotkey is followed through deregistration and registration elsewhere, with its balances', async () => {
  const watched = { hotkey: inventedAddress('watched'), coldkey: inventedAddress('its coldkey') }
  const other = { hotkey: inventedAddress('other'), coldkey: watched.coldkey }
  const { chain, urls } = await simulate({ neurons: 6, placed: [{ ...watched, netuids: [3], stake: 5 }] })
  const uid = chain.truth().subnets.get(3)?.keys.indexOf(watched.hotkey) ?? -1
  const exporter = await testExporter({
    urls,
    keys: [hotkey('miner', watched.hotkey), coldkey('cold', watched.coldkey)],
  })
  const of = `hotkey="${watched.hotkey}",name="miner"`
  let metrics = await exporter.until(allSucceed)
  expect(valueOf(metrics, `bittensor_hotkey_registrations{${of}}`)).toBe(1)
  expect(metrics).toMatch(
    new RegExp(`bittensor_neuron_active{netuid="3",uid="${uid}",hotkey="${watched.hotkey}"} [01]\n`),
  )
  expect(metrics).not.toContain('netuid="1"')

  chain.replaceNeuron(3, uid, other)
  chain.setBalance(watched.coldkey, { nonce: 77, free: 12_345_678_901_234_567n, reserved: 5n, frozen: 3n })
  chain.advance(3)
  metrics = await exporter.until((text) => valueOf(text, `bittensor_hotkey_registrations{${of}}`) === 0)
  expect(metrics).not.toContain('bittensor_neuron_active')
  expect(metrics).not.toContain('bittensor_subnet_tempo_blocks')
  const account = `{address="${watched.coldkey}",name="cold"}`
  expect(valueOf(metrics, `bittensor_account_nonce${account}`)).toBe(77)
  expect(valueOf(metrics, `bittensor_account_free_tao${account}`)).toBe(12_345_678.901234567)
  expect(valueOf(metrics, `bittensor_account_reserved_tao${account}`)).toBe(5e-9)
  expect(valueOf(metrics, `bittensor_account_frozen_tao${account}`)).toBe(3e-9)

  chain.replaceNeuron(11, 4, watched)
  chain.advance(3)
  metrics = await exporter.until((text) => valueOf(text, `bittensor_hotkey_registrations{${of}}`) === 1)
  expect(metrics).toContain(`bittensor_neuron_immune{netuid="11",uid="4",hotkey="${watched.hotkey}"} 1\n`)
  expect(metrics).toContain('bittensor_subnet_neurons{netuid="11"} 6\n')
})
