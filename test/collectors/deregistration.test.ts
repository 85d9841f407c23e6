import { describe, expect, test } from 'vitest'
import type { Address } from '../../src/chain/address.ts'
import { deregistration } from '../../src/collectors/deregistration.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { expectExposition } from '../support/exposition.ts'
import { allSucceed, hotkey, testExporter, valueOf } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'

const HOT = '5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3' as Address
const COLD = '5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6' as Address

describe('what is said', () => {
  const subnet = { netuid: 3, registeredAt: [9000, 2800, 100], immunityPeriod: 4096, intervals: undefined }
  const places = [
    { netuid: 3, uid: 1, hotkey: HOT },
    { netuid: 3, uid: 0, hotkey: COLD },
  ]

  test('of a full subnet on which registrations are counted', async () => {
    const intervals = { registrations: 4, target: 2, blocks: 100 }
    await expectExposition(
      deregistration,
      { height: 10_000, places, subnets: [{ ...subnet, order: [2, 1, 0], intervals }] },
      `bittensor_neuron_prune_rank{netuid="3",uid="1",hotkey="${HOT}"} 2
       bittensor_neuron_prune_rank{netuid="3",uid="0",hotkey="${COLD}"} 3
       bittensor_neuron_immunity_ends_block{netuid="3",uid="1",hotkey="${HOT}"} 6896
       bittensor_neuron_immunity_ends_block{netuid="3",uid="0",hotkey="${COLD}"} 13096
       bittensor_subnet_registrations_this_interval{netuid="3"} 4
       bittensor_subnet_target_registrations{netuid="3"} 2
       bittensor_subnet_adjustment_interval_blocks{netuid="3"} 100
       bittensor_subnet_recent_registrations{netuid="3"} 1`,
    )
  })

  test('of a subnet with room nobody has a rank, nor has what the owner keeps', async () => {
    const others = `bittensor_neuron_immunity_ends_block{netuid="3",uid="1",hotkey="${HOT}"} 6896
       bittensor_neuron_immunity_ends_block{netuid="3",uid="0",hotkey="${COLD}"} 13096
       bittensor_subnet_recent_registrations{netuid="3"} 1`
    const reading = { height: 10_000, places }
    await expectExposition(deregistration, { ...reading, subnets: [{ ...subnet, order: undefined }] }, others)
    await expectExposition(
      deregistration,
      { ...reading, subnets: [{ ...subnet, order: [2, 1] }] },
      `bittensor_neuron_prune_rank{netuid="3",uid="1",hotkey="${HOT}"} 2
       ${others}`,
    )
  })
})

const FULL = { netuid: 3, size: 14 }

/** Ranks by UID of a subnet all of whose hotkeys are watched. */
const ranksOf = (metrics: string): Map<number, number> =>
  new Map(
    [...metrics.matchAll(/^bittensor_neuron_prune_rank\{netuid="3",uid="(\d+)",.*\} (\d+)$/gm)].map(
      ([, uid, rank]) => [Number(uid), Number(rank)],
    ),
  )

describe.each([103, 200, 235, 240, 310, 322, 346, 381, 424, 475])('on spec %d', (spec) => {
  test('the ranks are the order in which the chain replaces neurons', async () => {
    const { chain, urls } = await simulate({
      spec,
      subnets: [1, FULL.netuid],
      neurons: FULL.size,
      limit: () => FULL.size,
    })
    const before = chain.truth().subnets.get(FULL.netuid)!
    // A third is immune, scores are few so that ties are many, and the owner has three neurons.
    const scores = before.keys.map((_, uid) => uid % 4)
    chain.setSubnet(FULL.netuid, {
      ownerHotkey: before.keys[2]!,
      registeredAt: before.keys.map((_, uid) => (uid % 3 === 0 ? 158_000 - 7 * (uid % 2) : 1000 + (uid % 2))),
      pruningScores: scores,
      emission: scores.map(BigInt),
      minNonImmuneUids: 5,
      immuneOwnerUidsLimit: 2,
    })
    for (const uid of [2, 4, 9]) chain.setOwner(before.keys[uid]!, before.ownerColdkey)
    chain.advance(5)
    const keys = before.keys.map((key, uid) => hotkey(`uid-${uid}`, key))
    const exporter = await testExporter({ urls, keys })
    const ranks = ranksOf(await exporter.until(allSucceed))
    await exporter.stop(1000)
    const inOrder = [...ranks].toSorted(([, a], [, b]) => a - b)
    expect(inOrder.map(([, rank]) => rank)).toEqual(inOrder.map((_, index) => index + 1))
    expect(ranks.size).toBe(FULL.size - ({ 235: 3, 240: 1, 310: 1 }[spec] ?? (spec < 233 ? 0 : 2)))

    // Each newcomer is given a score that keeps it: the chain takes those that were there, one after the other.
    const gone: number[] = []
    for (let newcomer = 0; newcomer < 5; newcomer++) {
      chain.registerNeuron(FULL.netuid, {
        hotkey: inventedAddress(`newcomer-${newcomer}`),
        coldkey: inventedAddress('its coldkey'),
      })
      chain.advance()
      const { keys: now, pruningScores, emission } = chain.truth(chain.height).subnets.get(FULL.netuid)!
      const uid = now.indexOf(inventedAddress(`newcomer-${newcomer}`))
      gone.push(uid)
      chain.setSubnet(FULL.netuid, {
        pruningScores: pruningScores.with(uid, 65_534),
        emission: emission.with(uid, 1_000_000n),
      })
      chain.advance()
    }
    expect(gone).toEqual(inOrder.slice(0, 5).map(([uid]) => uid))
  })
})

test('a registration is noticed, also by what it leaves of the subnet', async () => {
  const { chain, urls } = await simulate({ spec: 381, subnets: [3], neurons: 14, limit: () => 14 })
  const { keys } = chain.truth().subnets.get(3)!
  chain.setSubnet(3, { registeredAt: keys.map(() => 100_000), registrationsThisInterval: 5 })
  chain.advance(3)
  const exporter = await testExporter({ urls, keys: [hotkey('miner', keys[6]!)] })
  const of = `{netuid="3",uid="6",hotkey="${keys[6]}"}`
  const first = await exporter.until(allSucceed)
  expect(first).toContain('bittensor_subnet_recent_registrations{netuid="3"} 0\n')
  expect(first).toContain('bittensor_subnet_registrations_this_interval{netuid="3"} 5\n')
  expect(first).toContain(`bittensor_neuron_immunity_ends_block${of} 104096\n`)

  chain.replaceNeuron(3, 9, { hotkey: inventedAddress('newcomer'), coldkey: inventedAddress('its coldkey') })
  chain.advance(3)
  const second = await exporter.until((text) =>
    text.includes('bittensor_subnet_recent_registrations{netuid="3"} 1\n'),
  )
  expect(second).toContain('bittensor_subnet_registrations_this_interval{netuid="3"} 6\n')
  expect(valueOf(second, `bittensor_neuron_prune_rank${of}`)).toBeGreaterThan(0)

  chain.setSubnet(3, { maxAllowedUids: 15 })
  chain.advance(3)
  await exporter.until((text) => !text.includes('bittensor_neuron_prune_rank{'))
})
