import { describe, expect, test } from 'vitest'
import type { Address } from '../../src/chain/address.ts'
import { alpha, rao } from '../../src/chain/money.ts'
import { value } from '../../src/collectors/value.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { expectExposition } from '../support/exposition.ts'
import { allSucceed, coldkey, hotkey, testExporter, valueOf } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'

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
