import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Address } from '../../../src/chain/address.ts'
import { NeuronReadings } from '../../../src/collectors/lib/neuron-reading.ts'
import { neurons } from '../../../src/collectors/neurons.ts'
import type { SimulatedChain } from '../../../src/demo/chain.ts'
import { inventedAddress } from '../../../src/demo/names.ts'
import type { UidSelection } from '../../../src/storage/incremental/neuron-reading.ts'
import { readNeuronTable, type NeuronTable } from '../../../src/storage/incremental/neuron-table.ts'
import type { View } from '../../../src/storage/view.ts'
import { started } from '../../support/collectors.ts'
import { renderedText } from '../../support/exposition.ts'
import { reader } from '../../support/views.ts'
import { LAYOUT_SPECS } from '../../support/specs.ts'

/** A table as the lines that are published of it. */
const published = (table: NeuronTable): Promise<string> =>
  renderedText(started(neurons), new NeuronReadings().derive(table, []), 9)

/** The rows an operator may have asked for, at a view's block. */
function selection(
  chain: SimulatedChain,
  view: View,
  watched: Address | undefined,
): ReadonlyMap<number, UidSelection> {
  const { subnets } = chain.truth(view.block.height)
  if (watched === undefined) return new Map(Array.from(subnets.keys(), (netuid) => [netuid, 'all']))
  const rows = new Map<number, UidSelection>()
  for (const { netuid, keys } of subnets.values()) {
    const uid = keys.indexOf(watched)
    if (uid >= 0) rows.set(netuid, new Map([[uid, watched]]))
  }
  return rows
}

/** Something an operator's neighbours might do in the next block. */
const doings: readonly ((chain: SimulatedChain, random: number) => void)[] = [
  () => undefined,
  () => undefined,
  (chain, random) => {
    chain.registerNeuron(random % 2 === 0 ? 1 : 3, {
      hotkey: inventedAddress(`new-${random}-${chain.height}`),
      coldkey: inventedAddress(`cold-${random}`),
    })
  },
  (chain, random) => {
    chain.replaceNeuron(3, random % 6, {
      hotkey: inventedAddress(`other-${random}-${chain.height}`),
      coldkey: inventedAddress('cold'),
    })
  },
  (chain, random) => {
    chain.setStake(
      3,
      chain.truth().subnets.get(3)?.keys[random % 6] ?? inventedAddress('x'),
      BigInt(random) * 1_000_000n,
    )
  },
  (chain, random) => {
    chain.setOwner(
      chain.truth().subnets.get(11)?.keys[random % 6] ?? inventedAddress('x'),
      inventedAddress(`owner-${random}`),
    )
  },
  (chain, random) => {
    chain.setWeights(11, random % 6, random % 2)
  },
  (chain, random) => {
    chain.setPermit(1, random % 6, random % 2 === 0)
  },
  (chain, random) => {
    chain.setSettings(random % 2 === 0 ? 1 : 11, { immunityPeriod: random * 100 })
  },
]

const watchedHotkey = inventedAddress('watched')

describe('reading on from the last table', () => {
  test('gives the same samples as reading all, at every block, whatever happens', async () => {
    const runs = fc.record({
      seed: fc.integer({ min: 1, max: 1_000_000 }),
      spec: fc.constantFrom(...LAYOUT_SPECS),
      all: fc.boolean(),
      steps: fc.array(
        fc.record({
          blocks: fc.integer({ min: 1, max: 4 }),
          doing: fc.nat(doings.length - 1),
          random: fc.nat(1000),
        }),
        { minLength: 12, maxLength: 20 },
      ),
    })
    await fc.assert(
      fc.asyncProperty(runs, async ({ seed, spec, all, steps }) => {
        const placed = [
          { hotkey: watchedHotkey, coldkey: inventedAddress('owner'), netuids: [0, 3, 11], stake: 5 },
        ]
        const { chain, view, close } = await reader({
          seed,
          spec,
          neurons: 6,
          still: false,
          placed,
          finalityLag: 0,
        })
        try {
          let previous: NeuronTable | undefined
          for (const { blocks, doing, random } of steps) {
            doings[doing]?.(chain, random)
            chain.advance(blocks)
            const now = await view()
            const rows = selection(chain, now, all ? undefined : watchedHotkey)
            previous = await readNeuronTable(now, rows, previous)
            const whole = await readNeuronTable(await view(), rows, undefined)
            expect(await published(previous)).toBe(await published(whole))
          }
        } finally {
          await close()
        }
      }),
      { numRuns: 25 },
    )
  }, 120_000)

  test('asks for little while little happens', async () => {
    const { chain, view, requests, close } = await reader({ subnets: 8, neurons: 64, still: false, seed: 3 })
    try {
      let before = requests()
      let table = await readNeuronTable(await view(), selection(chain, await view(), undefined), undefined)
      const whole = requests() - before
      before = requests()
      for (let block = 0; block < 10; block++) {
        chain.advance()
        const now = await view()
        table = await readNeuronTable(now, selection(chain, now, undefined), table)
      }
      expect((requests() - before) / 10).toBeLessThan(whole * 0.15)
    } finally {
      await close()
    }
  })

  test('reads everything again when blocks are missing between, and when the runtime changes', async () => {
    const { chain, view, requests, close } = await reader({ neurons: 6, spec: 381, still: true })
    try {
      const first = await view()
      const rows = selection(chain, first, undefined)
      let before = requests()
      let table = await readNeuronTable(first, rows, undefined)
      const whole = requests() - before
      const next = async () => {
        const now = await view()
        before = requests()
        table = await readNeuronTable(now, rows, table)
        return requests() - before
      }
      chain.advance(1)
      expect(await next()).toBeLessThan(whole / 3)
      chain.advance(40)
      expect(await next()).toBeGreaterThanOrEqual(whole)
      chain.setSpec(475)
      // At the block that sets the new code nothing is another runtime's yet.
      chain.advance(3)
      expect(await next()).toBeLessThan(whole / 3)
      chain.advance(1)
      expect(await next()).toBeGreaterThan(whole / 2)
    } finally {
      await close()
    }
  })

  test('asks for little of a subnet whose epochs do not run, and sees the one that does', async () => {
    const { chain, view, requests, close } = await reader({ spec: 475, neurons: 6, still: true })
    try {
      // Its tempo is 99 blocks: the chain's own counter of blocks is capped from the 100th on.
      chain.setSubnet(1, { lastEpoch: chain.height - 5000 })
      chain.setStuck(1, true)
      chain.advance(3)
      const first = await view()
      const rows = selection(chain, first, undefined)
      let before = requests()
      let table = await readNeuronTable(first, rows, undefined)
      const whole = requests() - before
      for (let block = 0; block < 5; block++) {
        chain.advance()
        const now = await view()
        before = requests()
        table = await readNeuronTable(now, rows, table)
        expect(requests() - before).toBeLessThan(whole / 3)
      }
      // The lever says that the block was an epoch.
      chain.setSubnet(1, { dividends: [1, 2, 3, 4, 5, 6] })
      chain.advance(3)
      table = await readNeuronTable(await view(), rows, table)
      const scores = table.subnets.find(({ netuid }) => netuid === 1)?.scores
      expect(Array.from(scores?.dividends ?? [])).toEqual([1, 2, 3, 4, 5, 6])
    } finally {
      await close()
    }
  })

  test('what did not change stays the same object, so that it is not rendered again', async () => {
    const { chain, view, close } = await reader({ neurons: 6, still: true, finalityLag: 0 })
    try {
      const first = await view()
      const rows = selection(chain, first, undefined)
      const table = await readNeuronTable(first, rows, undefined)
      chain.setWeights(3, 2)
      chain.advance()
      const later = await readNeuronTable(await view(), rows, table)
      for (const [index, subnet] of later.subnets.entries()) {
        const before = table.subnets[index]
        for (const column of [
          'hotkeys',
          'coldkeys',
          'incentive',
          'validatorPermit',
          'active',
          'registeredAt',
        ] as const)
          expect(subnet[column]).toBe(before?.[column])
        expect(subnet.stake?.amounts).toBe(before?.stake?.amounts)
        expect(subnet.lastUpdate === before?.lastUpdate).toBe(subnet.netuid !== 3)
      }
    } finally {
      await close()
    }
  })
})
