import { describe, expect, test } from 'vitest'
import { inventedAddress } from '../../src/demo/names.ts'
import type { SubnetTruth, Truth } from '../../src/demo/truth.ts'
import { allSucceed, coldkey, hotkey, testExporter, valueOf } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'

/** What /metrics must say of the neurons and subnets of a truth, by plain arithmetic on it. */
function expectedOf(truth: Truth, decimals: number): Map<string, number> {
  const expected = new Map<string, number>()
  const alphaEra = truth.spec >= 233
  const tokens = (units: bigint) => Number(`${units}e-${decimals}`)
  for (const subnet of truth.subnets.values()) {
    const { netuid } = subnet
    const price = alphaEra ? priceBitsOf(subnet, truth.spec) : 0n
    const fraction = truth.spec >= 423 && subnet.mechanismKind === 1 ? 64n : 32n
    expected.set(`bittensor_subnet_neurons{netuid="${netuid}"}`, subnet.neurons.length)
    expected.set(`bittensor_subnet_registration_cost_tao{netuid="${netuid}"}`, tokens(subnet.burn))
    if (alphaEra) {
      expected.set(`bittensor_subnet_pool_tao{netuid="${netuid}"}`, tokens(subnet.tao))
      expected.set(
        `bittensor_subnet_alpha_price_tao{netuid="${netuid}"}`,
        Number(price) / 2 ** Number(fraction),
      )
    }
    for (const neuron of subnet.neurons) {
      const labels = `{netuid="${netuid}",uid="${neuron.uid}",hotkey="${neuron.hotkey}"}`
      const say = (family: string, value: number) =>
        expected.set(`bittensor_neuron_${family}${labels}`, value)
      const ratio = (family: string, score: number) => say(`${family}_ratio`, score / 65_535)
      if (truth.spec < 365) {
        ratio('rank', neuron.rank)
        ratio('trust', neuron.trust)
      }
      ratio('consensus', neuron.consensus)
      ratio('validator_trust', neuron.validatorTrust)
      ratio('dividends', neuron.dividends)
      const updates = truth.spec >= 320 ? neuron.lastUpdate : neuron.lastUpdate.slice(0, 1)
      say('last_update_block', Math.max(...updates))
      say('updated_blocks', truth.height - Math.max(...updates))
      say(`emission_${alphaEra ? 'alpha' : 'tao'}`, tokens(neuron.emission))
      if (alphaEra) say('stake_alpha', tokens(neuron.alpha))
      say('stake_tao', tokens(alphaEra ? (neuron.alpha * price) >> fraction : neuron.stake))
      say('validator_permit', Number(neuron.validatorPermit))
      say('active', Number(neuron.active))
      say('registered_block', neuron.registeredAt)
      say('immune', Number(truth.height - neuron.registeredAt < subnet.immunityPeriod))
    }
  }
  return expected
}

/** The chain's fixed-point prices (chain/NOTES §3), from integers. */
function priceBitsOf(subnet: SubnetTruth, spec: number): bigint {
  if (subnet.netuid === 0 || subnet.mechanismKind === 0) return 1n << 32n
  if (spec < 290) return (subnet.tao << 32n) / subnet.alphaIn
  if (spec < 423)
    return subnet.swapInitialized
      ? (subnet.squareRootPriceBits ** 2n) >> 96n
      : ((subnet.tao + subnet.taoProvided) << 32n) / (subnet.alphaIn + subnet.alphaInProvided)
  const weights = ((10n ** 18n - subnet.balancerQuote) << 64n) / subnet.balancerQuote
  return (weights * ((subnet.tao << 64n) / subnet.alphaIn)) >> 64n
}

const seriesOf = (metrics: string): Map<string, number> =>
  new Map(
    metrics
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

describe.each([103, 143, 240, 346, 381, 425, 470])('on spec %d', (spec) => {
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
  const { chain, urls } = await simulate({ decimals, symbol: 'TEST' })
  const exporter = await testExporter({ urls, subnets: [1] })
  const metrics = await exporter.until(allSucceed)
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
