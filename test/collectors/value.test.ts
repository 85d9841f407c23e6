import { describe, expect, test } from 'vitest'
import type { Address } from '../../src/chain/address.ts'
import { alpha, rao } from '../../src/chain/money.ts'
import { value } from '../../src/collectors/value.ts'
import type { SimulatedChain } from '../../src/demo/chain.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { expectExposition } from '../support/exposition.ts'
import { allSucceed, coldkey, hotkey, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { samplesOf, valueOf } from '../support/parse-exposition.ts'

const HOT = '5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3' as Address
const COLD = '5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6' as Address
const OTHER = inventedAddress('a delegator')

describe('what is said', () => {
  const key = { role: 'coldkey', address: COLD, name: 'treasury' } as const
  const of = `coldkey="${COLD}",name="treasury"`

  test('of a coldkey with alpha', async () => {
    const positions = [
      { hotkey: HOT, netuid: 45, amount: alpha(21_536_900_000n, 45), collateral: alpha(350_000_000n, 45) },
    ]
    await expectExposition(
      value,
      [
        {
          ...key,
          holdings: {
            positions,
            total: rao(746_400_000n),
            baskets: [{ hotkey: HOT, shares: 70_000_000_000n }],
          },
        },
      ],
      `bittensor_coldkey_stake_tao{${of}} 0.7464
       bittensor_coldkey_stake_alpha{${of},hotkey="${HOT}",netuid="45"} 21.5369
       bittensor_coldkey_collateral_alpha{${of},hotkey="${HOT}",netuid="45"} 0.35
       bittensor_coldkey_basket_shares{${of},hotkey="${HOT}"} 70000000000`,
    )
  })

  test('where a price is not known there is no total; of TAO there are no positions', async () => {
    const positions = [{ hotkey: HOT, netuid: 1, amount: alpha(1n, 1), collateral: undefined }]
    await expectExposition(
      value,
      [{ ...key, holdings: { positions, total: undefined, baskets: [] } }],
      `bittensor_coldkey_stake_alpha{${of},hotkey="${HOT}",netuid="1"} 1e-9`,
    )
    await expectExposition(
      value,
      [{ ...key, holdings: { positions: [], total: rao(0n), baskets: [] } }],
      `bittensor_coldkey_stake_tao{${of}} 0`,
    )
  })
})

const POSITIONS =
  /^bittensor_coldkey_stake_alpha\{coldkey="(\w+)",name=".*",hotkey="(\w+)",netuid="(\d+)"\} (.*)$/gm

/** Alpha by `coldkey hotkey netuid`. */
const positionsOf = (metrics: string): Record<string, number> =>
  Object.fromEntries(
    [...metrics.matchAll(POSITIONS)].map(([, cold, hot, netuid, amount]) => [
      `${cold === COLD ? 'owner' : 'delegator'} ${hot === HOT ? 'hotkey' : hot} ${netuid}`,
      Number(amount),
    ]),
  )

/** A pool at exactly 0.25 TAO. */
const QUARTER = {
  tao: 25_000_000_000_000n,
  alphaIn: 100_000_000_000_000n,
  swapInitialized: false,
  taoProvided: 0n,
  alphaInProvided: 0n,
  balancerQuote: 500_000_000_000_000_000n,
}

describe.each([240, 300, 381, 424, 475])('on spec %d', (spec) => {
  test('coldkeys have their portions, root at one TAO and subnets at the spot price', async () => {
    const { chain, urls } = await simulate({
      spec,
      subnets: [0, 1, 4],
      placed: [{ hotkey: HOT, coldkey: COLD, netuids: [0, 1, 4], stake: 1 }],
    })
    for (const netuid of [1, 4]) chain.setSubnet(netuid, QUARTER)
    chain.setStake(0, HOT, 3_000_000_001n)
    chain.setStake(1, HOT, 100_000_000_000n)
    chain.setStake(4, HOT, 60_000_000_002n)
    // Of subnet 1 the delegator has three parts in four, of subnet 4 a third, of root nothing.
    chain.setPortions(
      1,
      HOT,
      new Map([
        [COLD, 2],
        [OTHER, 6],
      ]),
    )
    chain.setPortions(
      4,
      HOT,
      new Map([
        [COLD, 2],
        [OTHER, 1],
      ]),
    )
    chain.advance(3)
    const exporter = await testExporter({ urls, keys: [hotkey('v', HOT), coldkey('other', OTHER)] })
    let metrics = await exporter.until(allSucceed)
    const positions = positionsOf(metrics)
    const expected = {
      'owner hotkey 0': 3.000000001,
      'owner hotkey 1': 25,
      'owner hotkey 4': 40.000000001,
      'delegator hotkey 1': 75,
      'delegator hotkey 4': 20,
    }
    // To spec 396 a part is rounded down twice, and may lack a unit.
    if (spec >= 397) expect(positions).toEqual(expected)
    expect(Object.keys(positions).toSorted()).toEqual(Object.keys(expected).toSorted())
    for (const [key, amount] of Object.entries(expected)) expect(positions[key]).toBeCloseTo(amount, 8)
    const totalOf = (name: string, of: Address) =>
      valueOf(metrics, `bittensor_coldkey_stake_tao{coldkey="${of}",name="${name}"}`)
    expect(totalOf('v/coldkey', COLD)).toBeCloseTo(3.000000001 + (25 + 40.000000001) / 4, 8)
    expect(totalOf('other', OTHER)).toBeCloseTo((75 + 20) / 4, 8)

    // A delegator signs, and has something where it had nothing.
    chain.setPortions(
      0,
      HOT,
      new Map([
        [COLD, 1],
        [OTHER, 1],
      ]),
    )
    chain.sign(OTHER, 0n)
    chain.advance(3)
    metrics = await exporter.until((text) => positionsOf(text)['delegator hotkey 0'] !== undefined)
    expect(positionsOf(metrics)['delegator hotkey 0']).toBe(1.5)
    expect(positionsOf(metrics)['owner hotkey 0']).toBe(1.5)
  })
})

test('to spec 232 it is what the chain says the coldkey has staked', async () => {
  const { chain, urls } = await simulate({
    spec: 232,
    subnets: [1],
    placed: [{ hotkey: HOT, coldkey: COLD, netuids: [1], stake: 1 }],
  })
  chain.setStake(1, HOT, 785_266_577_834_045n)
  chain.advance(3)
  const exporter = await testExporter({ urls, keys: [coldkey('treasury', COLD)] })
  const metrics = await exporter.until(allSucceed)
  const of = `coldkey="${COLD}",name="treasury"`
  expect(valueOf(metrics, `bittensor_coldkey_stake_tao{${of}}`)).toBe(785_266.577834045)
  expect(positionsOf(metrics)).toEqual({})
})

/** A chain on which the owner and the delegator share a pool of subnet 1 evenly, and an exporter that watches both. */
async function shared(spec: number, prepare: (chain: SimulatedChain) => void = () => undefined) {
  const { chain, urls } = await simulate({
    spec,
    subnets: [0, 1, 4],
    placed: [{ hotkey: HOT, coldkey: COLD, netuids: [0, 1, 4], stake: 1 }],
  })
  for (const netuid of [1, 4]) chain.setSubnet(netuid, QUARTER)
  for (const netuid of [0, 1, 4]) chain.setStake(netuid, HOT, 100_000_000_000n)
  chain.setPortions(0, HOT, EVENLY)
  chain.setPortions(1, HOT, EVENLY)
  prepare(chain)
  chain.advance(3)
  const keys = [coldkey('owner', COLD), coldkey('delegator', OTHER)]
  const exporter = await testExporter({ urls, keys })
  return { chain, exporter, metrics: await exporter.until(allSucceed) }
}

const EVENLY = new Map([
  [COLD, 1],
  [OTHER, 1],
])

describe('rows of a share pool that was closed', () => {
  test.each([470, 472, 475])('are nothing at spec %d, until they are written again', async (spec) => {
    const { chain, exporter, metrics } = await shared(spec, (each) => {
      each.setPoolEpoch(1, HOT, 2, [OTHER])
    })
    expect(positionsOf(metrics)).toEqual({
      'owner hotkey 0': 50,
      'owner hotkey 4': 100,
      'delegator hotkey 0': 50,
      'delegator hotkey 1': 100,
    })
    const total = `bittensor_coldkey_stake_tao{coldkey="${COLD}",name="owner"}`
    expect(valueOf(metrics, total)).toBe(50 + 100 / 4)

    chain.setPoolEpoch(1, HOT, 2, [COLD])
    chain.sign(COLD, 0n)
    chain.advance(3)
    const later = await exporter.until((text) => positionsOf(text)['owner hotkey 1'] !== undefined)
    expect(positionsOf(later)).toMatchObject({ 'owner hotkey 1': 50, 'delegator hotkey 1': 50 })
  })

  test('count where the runtime has no epochs of pools, and where the pool was never closed', async () => {
    for (const [spec, epoch] of [
      [424, 2],
      [475, 0],
    ] as const) {
      const { metrics } = await shared(spec, (chain) => {
        chain.setPoolEpoch(1, HOT, 2, [OTHER])
        chain.setPoolEpoch(1, HOT, epoch, [])
      })
      expect(positionsOf(metrics)).toMatchObject({ 'owner hotkey 1': 50, 'delegator hotkey 1': 50 })
    }
  })
})

test('while the migration of spec 473 moves shares, nothing is said of stakes, and no collector fails', async () => {
  const { chain, exporter, metrics } = await shared(472)
  const before = positionsOf(metrics)
  expect(Object.keys(before)).toHaveLength(5)
  chain.setSpec(473)
  chain.setMovingShares(true)
  chain.advance(4)
  const during = await exporter.until(
    (text) => text.includes('spec_version="473"') && !text.includes('bittensor_coldkey_stake'),
  )
  expect(allSucceed(during)).toBe(true)
  chain.setMovingShares(false)
  chain.advance(3)
  const after = await exporter.until((text) => text.includes('bittensor_coldkey_stake_tao{'))
  expect(positionsOf(after)).toEqual(before)
})

describe('baskets', () => {
  /** 0.75 shares for each rao of root stake: of 50 TAO, 37,500,000,000. */
  const RATE = 3n << 30n
  const claims = (metrics: string) => [
    valueOf(metrics, `bittensor_coldkey_basket_shares{coldkey="${COLD}",name="owner",hotkey="${HOT}"}`),
    valueOf(metrics, `bittensor_coldkey_basket_shares{coldkey="${OTHER}",name="delegator",hotkey="${HOT}"}`),
  ]
  const withClaims = (claimed: readonly [bigint, bigint], shares: bigint, spec = 475) =>
    shared(spec, (chain) => {
      chain.setBasket(HOT, { shares, rate: RATE })
      chain.setClaimed(HOT, COLD, claimed[0])
      chain.setClaimed(HOT, OTHER, claimed[1])
    })

  test('owe what the stake on root earned, less what was paid out, and what was bought', async () => {
    const { metrics } = await withClaims([7_500_000_001n, -2_500_000_000n], 10n ** 12n)
    expect(claims(metrics)).toEqual([29_999_999_999, 40_000_000_000])
  })

  test('owe no more than all their shares, and nothing to who was paid more than it earned', async () => {
    const { metrics } = await withClaims([37_500_000_000n, 1n], 5n)
    expect(claims(metrics)).toEqual([undefined, 5])
  })

  test('are not there before the runtime has them', async () => {
    const { metrics } = await withClaims([0n, 0n], 10n ** 12n, 424)
    expect(claims(metrics)).toEqual([undefined, undefined])
  })
})

test('collateral is said of the position it is locked in', async () => {
  const { metrics } = await shared(475, (chain) => {
    chain.setCollateral(1, HOT, COLD, 350_000_000n)
    // Released by a position that is no more: there is no stake to be locked.
    chain.setCollateral(1, OTHER, COLD, 1n)
  })
  const samples = samplesOf(metrics, 'bittensor_coldkey_collateral_alpha')
  expect(samples.map(({ series, text }) => `${series} ${text}`)).toEqual([
    `bittensor_coldkey_collateral_alpha{coldkey="${COLD}",name="owner",hotkey="${HOT}",netuid="1"} 0.35`,
  ])
})
