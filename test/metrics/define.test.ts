import { expect, test } from 'vitest'
import { alpha, rao } from '../../src/chain/money.ts'
import { PRICE_ONE } from '../../src/chain/price.ts'
import { gauge, samplesOf, type Say } from '../../src/metrics/define.ts'

const FAMILIES = {
  free: gauge('bittensor_test_free_tao', 'Free.', ['name']),
  staked: gauge('bittensor_test_staked_alpha', 'Staked.'),
  price: gauge('bittensor_test_alpha_price_tao', 'Price.'),
  active: gauge('bittensor_test_active', 'Active.'),
  info: gauge('bittensor_test_info', 'Facts.', ['symbol', 'netuid']),
}

function emit(say: Say<typeof FAMILIES>): void {
  say.free({ name: 'treasury' }, rao(21_500_000_000n))
  say.staked({}, alpha(5n, 1))
  say.price({}, PRICE_ONE)
  say.active({}, true)
  say.info({ netuid: 3, symbol: 'γ' })
}

test('amounts become whole tokens by the decimals of the chain, and nothing else does', () => {
  const samples = samplesOf(FAMILIES, 9, emit)
  expect(samples.get('free')).toEqual([{ labels: ['treasury'], value: 21.5 }])
  expect(samples.get('staked')).toEqual([{ labels: [], value: 5e-9 }])
  expect(samples.get('price')).toEqual([{ labels: [], value: 1 }])
  expect(samples.get('active')).toEqual([{ labels: [], value: 1 }])
  expect(samples.get('info')).toEqual([{ labels: ['γ', '3'], value: 1 }])
})

test('other decimals are right too', () => {
  expect(samplesOf(FAMILIES, 12, emit).get('free')?.[0]?.value).toBe(0.0215)
  expect(samplesOf(FAMILIES, 0, emit).get('free')?.[0]?.value).toBe(21_500_000_000)
})

test('without decimals amounts are absent, and what needs none is there', () => {
  const samples = samplesOf(FAMILIES, undefined, emit)
  expect(samples.get('free')).toEqual([])
  expect(samples.get('staked')).toEqual([])
  expect(samples.get('price')).toHaveLength(1)
  expect(samples.get('active')).toHaveLength(1)
})

test('what is not known is not said, and 0 and false are', () => {
  const samples = samplesOf(FAMILIES, 9, (say) => {
    say.free({ name: 'a' }, undefined)
    say.free({ name: 'b' }, rao(0n))
    say.active({}, false)
  })
  expect(samples.get('free')).toEqual([{ labels: ['b'], value: 0 }])
  expect(samples.get('active')).toEqual([{ labels: [], value: 0 }])
  expect(samples.get('price')).toEqual([])
})

test('a number that is none is a fault of the exporter, not a sample', () => {
  expect(() =>
    samplesOf(FAMILIES, 9, (say) => {
      say.active({}, NaN)
    }),
  ).toThrow('bittensor_test_active: NaN is not a value')
})
