import { describe, expect, test } from 'vitest'
import type { Address } from '../../src/chain/address.ts'
import { deregistration } from '../../src/collectors/deregistration.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { expectExposition } from '../support/exposition.ts'
import { allSucceed, hotkey, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { samplesOf, valueOf } from '../support/parse-exposition.ts'

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
    samplesOf(metrics, 'bittensor_neuron_prune_rank{netuid="3"}').map(({ labels, value }) => [
      Number(labels.get('uid')),
      value,
    ]),
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

describe.each([
  [474, [4, 7, 9]],
  [475, [2, 4, 9]],
])('on spec %d', (spec, kept) => {
  test('the owner keeps the neurons that are its own by the map of that spec', async () => {
    const { chain, urls } = await simulate({ spec, subnets: [3], neurons: 14, limit: () => 14 })
    const { keys, ownerColdkey } = chain.truth().subnets.get(3)!
    chain.setSubnet(3, {
      ownerHotkey: keys[4]!,
      registeredAt: keys.map((_, uid) => 1000 + uid),
      immuneOwnerUidsLimit: 3,
      minNonImmuneUids: 0,
    })
    for (const uid of [2, 4, 7, 9]) chain.setOwner(keys[uid]!, ownerColdkey)
    // All but 2 are in its OwnedHotkeys, and all but 7 have it as their Owner.
    chain.leaveOutOfOwned(keys[2]!)
    chain.disown(keys[7]!)
    chain.advance(3)
    const exporter = await testExporter({ urls, keys: keys.map((key, uid) => hotkey(`uid-${uid}`, key)) })
    const ranks = ranksOf(await exporter.until(allSucceed))
    expect(keys.map((_, uid) => uid).filter((uid) => !ranks.has(uid))).toEqual(kept)

    // What the coldkey gets later counts at once, though no score and no last update tells of it.
    chain.setOwner(keys[0]!, ownerColdkey)
    chain.advance(3)
    const later = ranksOf(await exporter.until((text) => !ranksOf(text).has(0)))
    expect(later.size).toBe(11)
  })
})

describe('on root', () => {
  const rooted = async (spec: number) => {
    const { chain, urls } = await simulate({ spec, subnets: [0, 1], neurons: 64 })
    const { keys } = chain.truth().subnets.get(0)!
    // Stakes are few, so that ties are many; the last four are immune.
    chain.setSubnet(0, {
      registeredAt: keys.map((_, uid) => (uid >= 60 ? 158_000 : 1000 + (uid % 5))),
      emission: keys.map((_, uid) => BigInt(uid)),
    })
    for (const [uid, key] of keys.entries()) chain.setStake(0, key, BigInt(10 + (uid % 7)))
    chain.advance(3)
    const exporter = await testExporter({ urls, keys: keys.map((key, uid) => hotkey(`uid-${uid}`, key)) })
    const metrics = await exporter.until(allSucceed)
    const ranks = new Map(
      samplesOf(metrics, 'bittensor_neuron_prune_rank{netuid="0"}').map(({ labels, value }) => [
        value,
        Number(labels.get('uid')),
      ]),
    )
    return { chain, ranks }
  }

  test('the ranks are by stake at spec 473, and the chain replaces validators in that order', async () => {
    const { chain, ranks } = await rooted(473)
    expect([...ranks.keys()].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
    // By hand: with the least stake are 0, 7, 14, 21, …; of these the oldest registrations are 0 and 35, then 21 and 56.
    expect([1, 2, 3, 4].map((rank) => ranks.get(rank))).toEqual([0, 35, 21, 56])
    for (const rank of [1, 2, 3, 4]) {
      const newcomer = {
        hotkey: inventedAddress(`validator ${rank}`),
        coldkey: inventedAddress('its coldkey'),
      }
      chain.registerNeuron(0, newcomer)
      chain.advance()
      const { keys } = chain.truth(chain.height).subnets.get(0)!
      expect(keys.indexOf(newcomer.hotkey)).toBe(ranks.get(rank))
    }
  })

  test('there are none before, where it is not known how root is pruned, or by another rule', async () => {
    for (const spec of [381, 472]) expect((await rooted(spec)).ranks.size).toBe(0)
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
