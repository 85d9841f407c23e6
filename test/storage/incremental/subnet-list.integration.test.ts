import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SimulatedChain } from '../../../src/demo/chain.ts'
import { inventedAddress } from '../../../src/demo/names.ts'
import { readSubnetList, type SubnetList } from '../../../src/storage/incremental/subnet-list.ts'
import { readNetuids } from '../../../src/storage/subnet.ts'
import type { View } from '../../../src/storage/view.ts'
import { reader } from '../../support/views.ts'
import { LAYOUT_SPECS } from '../../support/specs.ts'

const read = async (view: View, previous?: SubnetList) =>
  readSubnetList(view, await readNetuids(view), previous)

const NETUIDS = [1, 3, 11]

/** Something that may happen to a subnet in the next block. */
const doings: readonly ((chain: SimulatedChain, netuid: number, random: number) => void)[] = [
  () => undefined,
  (chain, netuid, random) => {
    chain.setSettings(netuid, { tempo: 50 + random })
  },
  (chain, netuid, random) => {
    chain.setSettings(netuid, { immunityPeriod: random, activityCutoff: 1000 + random })
  },
  (chain, netuid, random) => {
    chain.setSettings(netuid, { maxAllowedUids: 64 + random, activityCutoffFactorMilli: 10_000 + random })
  },
  (chain, netuid, random) => {
    chain.setSettings(netuid, { name: `Renamed ${random}`, symbol: `s${random}` })
  },
  (chain, netuid, random) => {
    chain.setSettings(netuid, {
      ownerColdkey: inventedAddress(`coldkey-${random}`),
      ownerHotkey: inventedAddress(`hotkey-${random}`),
    })
  },
  (chain, netuid, random) => {
    chain.setSubnet(netuid, { burn: BigInt(random) })
  },
  (chain, netuid) => {
    // Gone, and in the same netuid another one with settings of its own, between two readings.
    chain.removeSubnet(netuid)
    chain.addSubnet(netuid, 6)
    chain.setSettings(netuid, { name: 'another' })
  },
]

test('subnets that are read on are those that are read whole, at every block, whatever happens', async () => {
  const runs = fc.record({
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    spec: fc.constantFrom(...LAYOUT_SPECS),
    steps: fc.array(
      fc.record({
        blocks: fc.integer({ min: 1, max: 4 }),
        doing: fc.nat(doings.length - 1),
        netuid: fc.constantFrom(...NETUIDS),
        random: fc.nat(100),
      }),
      { minLength: 12, maxLength: 20 },
    ),
  })
  await fc.assert(
    fc.asyncProperty(runs, async ({ seed, spec, steps }) => {
      const options = { seed, spec, subnets: [0, ...NETUIDS], neurons: 6, still: false, finalityLag: 0 }
      const { chain, view, close } = await reader(options)
      try {
        let previous: SubnetList | undefined
        for (const { blocks, doing, netuid, random } of steps) {
          doings[doing]?.(chain, netuid, random)
          chain.advance(blocks)
          previous = await read(await view(), previous)
          expect(previous.subnets).toEqual((await read(await view())).subnets)
        }
      } finally {
        await close()
      }
    }),
    { numRuns: 25 },
  )
}, 120_000)

/** The subnets whose settings were read again. */
const readAgain = (before: SubnetList, after: SubnetList): readonly number[] =>
  Array.from(after.settings.keys())
    .filter((netuid) => after.settings.get(netuid) !== before.settings.get(netuid))
    .toSorted((a, b) => a - b)

test('settings are not asked for while nothing tells that they changed', async () => {
  const { chain, view, requests, close } = await reader({ spec: 475, neurons: 6, still: true })
  try {
    let list = await read(await view())
    const next = async () => {
      const now = await view()
      const [before, asked] = [list, requests()]
      list = await read(now, before)
      return { asked: requests() - asked, netuids: readAgain(before, list) }
    }
    chain.advance()
    const quiet = await next()
    expect(quiet.netuids).toEqual([])
    chain.setSettings(3, { tempo: 77 })
    chain.advance(3)
    const told = await next()
    expect(told.netuids).toEqual([3])
    expect(told.asked).toBeGreaterThan(quiet.asked)
    expect(list.subnets.find(({ netuid }) => netuid === 3)?.tempo).toBe(77)
    // More blocks than are caught up with.
    chain.advance(40)
    expect((await next()).netuids).toEqual([0, 1, 3, 11])
    chain.setSpec(476)
    // At the block that sets the new code nothing is another runtime's yet.
    chain.advance(3)
    expect((await next()).netuids).toEqual([])
    chain.advance(1)
    expect((await next()).netuids).toEqual([0, 1, 3, 11])
  } finally {
    await close()
  }
})

test('settings are read if the blocks with the events are unavailable', async () => {
  const { chain, sidecars, view, close } = await reader({ spec: 475, neurons: 6, still: true })
  try {
    const list = await read(await view())
    chain.setSettings(3, { tempo: 77 })
    chain.advance(3)
    const undo = sidecars[0]?.fault(/^\/blocks\/\d/, { destroy: true })
    const later = await read(await view(), list)
    expect(readAgain(list, later)).toEqual([0, 1, 3, 11])
    expect(later.subnets.find(({ netuid }) => netuid === 3)?.tempo).toBe(77)
    undo?.()
  } finally {
    await close()
  }
})

test('without events every subnet has its turn within half an hour', async () => {
  const { chain, view, close } = await reader({ spec: 475, neurons: 6, still: true })
  try {
    let list = await read(await view())
    const turns: number[] = []
    for (let block = 0; block < 150; block += 10) {
      chain.advance(10)
      const before = list
      list = await read(await view(), list)
      turns.push(...readAgain(before, list))
    }
    expect(turns.toSorted((a, b) => a - b)).toEqual([0, 1, 3, 11])
  } finally {
    await close()
  }
})

describe.each([103, 424, 475])('the last epoch at spec %d', (spec) => {
  test('is counted from the block it ran in, however long ago', async () => {
    const { chain, view, close } = await reader({ spec, neurons: 6, still: true })
    try {
      const week = 50_400
      chain.setStuck(3, true)
      chain.setSubnet(3, { lastEpoch: chain.height + 1 - week })
      chain.setSubnet(11, { lastEpoch: 0 })
      chain.advance()
      const [before, ran] = [chain.height, chain.truth(chain.height).subnets.get(1)!.lastEpoch]
      chain.advance(2)
      const { subnets } = await read(await view())
      expect(subnets.map(({ netuid, sinceEpoch }) => [netuid, sinceEpoch])).toEqual([
        [0, expect.any(Number)],
        [1, before - ran],
        [3, week],
        [11, undefined],
      ])
    } finally {
      await close()
    }
  })
})

test('consensus and the share of collateral are settings', async () => {
  const { chain, view, close } = await reader({ spec: 475, neurons: 6, still: true })
  try {
    const list = await read(await view())
    const of = ({ subnets }: SubnetList) =>
      subnets.map(({ netuid, consensus, collateralLock }) => [netuid, consensus, collateralLock])
    expect(of(list)).toEqual([
      [0, 'Yuma', 0],
      [1, 'Yuma', 16_384 / 65_535],
      [3, 'Yuma', 16_384 / 65_535],
      [11, 'Yuma', 16_384 / 65_535],
    ])
    chain.setSettings(3, { epochConsensus: 'Null', collateralLockShare: 65_535 })
    chain.advance(3)
    const later = await read(await view(), list)
    expect(readAgain(list, later)).toEqual([3])
    expect(of(later)[2]).toEqual([3, 'Null', 1])
    chain.setSpec(424)
    chain.advance(4)
    expect(of(await read(await view()))[2]).toEqual([3, undefined, undefined])
  } finally {
    await close()
  }
})
