import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SimulatedChain } from '../../src/demo/chain.ts'
import type { NodeHealth } from '../../src/demo/node.ts'
import { startSimulatedSidecar, type SimulatedSidecar } from '../../src/demo/sidecar.ts'
import { valueOf } from '../support/parse-exposition.ts'
import { allSucceed, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { linesOf } from '../poll/log.ts'
import { roundsOf, type Rounds } from '../poll/rounds.ts'

const switches = (rounds: Rounds) => linesOf(rounds, 'switched source')

/** Makes blocks that the stalled node does not see. */
function stall(chain: SimulatedChain, stalled: SimulatedSidecar, blocks = 1): void {
  chain.advance(blocks)
  stalled.node.lag += blocks
}

describe('the source', () => {
  test('is the first configured node that is fit, and stays while it is fit', async () => {
    const { chain, urls } = await simulate({}, {}, {}, {})
    const rounds = roundsOf(urls)
    for (let round = 0; round < 4; round++) {
      await rounds.round()
      expect([await rounds.source(), await rounds.height()]).toEqual(['node-a', chain.finalizedHeight])
      chain.advance(1)
    }
    expect(rounds.log).toMatchObject([
      {
        level: 'info',
        msg: 'selected source',
        node: 'node-a',
        chain: { name: 'Bittensor', genesis: chain.hashAt(0) },
      },
    ])
  })

  test.each<[string, Partial<NodeHealth>]>([
    ['syncing', { syncing: true }],
    ['far behind', { lag: 20 }],
    ['down', { down: true }],
  ])('is not one that is %s at the start', async (_, health) => {
    const { chain, urls } = await simulate({}, { health }, {}, {})
    chain.advance(30)
    const rounds = roundsOf(urls)
    await rounds.round()
    expect([await rounds.source(), await rounds.height()]).toEqual(['node-b', chain.finalizedHeight])
  })

  test('is the best node if none is fit', async () => {
    const health = { syncing: true }
    const { chain, urls } = await simulate(
      {},
      { health: { ...health, lag: 40 } },
      { health: { ...health, lag: 9 } },
    )
    chain.advance(50)
    const rounds = roundsOf(urls)
    await rounds.round()
    expect([await rounds.source(), await rounds.height()]).toEqual(['node-b', chain.finalizedHeight - 9])
  })

  test('that fails is left in the same poll, and its return is no reason to switch back', async () => {
    const { chain, sidecars, urls } = await simulate({}, {}, {}, {})
    const rounds = roundsOf(urls)
    await rounds.round()
    sidecars[0]!.node.down = true
    chain.advance(1)
    await rounds.round()
    expect([await rounds.source(), await rounds.height()]).toEqual(['node-b', chain.finalizedHeight])
    sidecars[0]!.node.down = false
    for (let round = 0; round < 6; round++) {
      chain.advance(1)
      await rounds.round()
      expect([await rounds.source(), await rounds.height()]).toEqual(['node-b', chain.finalizedHeight])
    }
    expect(switches(rounds)).toMatchObject([
      {
        level: 'info',
        from: 'node-a',
        to: 'node-b',
        reason: expect.stringMatching(/^node-a: GET .*: answered 500: -32000: the node is down$/) as string,
      },
    ])
  })

  test('that answers and is not syncing, but is stalled, is left after one poll without a new block', async () => {
    const { chain, sidecars, urls } = await simulate({}, {}, {})
    const rounds = roundsOf(urls)
    await rounds.round()
    const height = chain.finalizedHeight
    stall(chain, sidecars[0]!)
    await rounds.round()
    expect([await rounds.source(), await rounds.height()]).toEqual(['node-a', height])
    stall(chain, sidecars[0]!)
    await rounds.round()
    expect([await rounds.source(), await rounds.height()]).toEqual(['node-b', height + 2])
    expect(switches(rounds)).toMatchObject([
      {
        from: 'node-a',
        to: 'node-b',
        reason: `it is stalled at block ${height} while node-b is at ${height + 2}`,
      },
    ])
  })

  test('stays if all nodes are stalled', async () => {
    const { chain, urls } = await simulate({}, {}, {})
    const rounds = roundsOf(urls)
    for (let round = 0; round < 5; round++) await rounds.round()
    expect([await rounds.source(), await rounds.height()]).toEqual(['node-a', chain.finalizedHeight])
  })

  test('stays if another node has heard of a block sooner', async () => {
    const { chain, sidecars, urls } = await simulate({}, {}, {})
    const rounds = roundsOf(urls)
    await rounds.round()
    for (let round = 0; round < 4; round++) {
      stall(chain, sidecars[0]!)
      await rounds.round()
      sidecars[0]!.node.lag = 0
      await rounds.round()
    }
    expect(await rounds.source()).toBe('node-a')
  })

  test('that advances but falls behind is left in the second poll, and so is one that begins to sync', async () => {
    const { chain, sidecars, urls } = await simulate({}, {}, {})
    const rounds = roundsOf(urls)
    chain.advance(20)
    await rounds.round()
    // The chain makes two blocks for each that the node sees.
    for (let round = 0; round < 9 && (await rounds.source()) === 'node-a'; round++) {
      chain.advance(2)
      sidecars[0]!.node.lag++
      await rounds.round()
    }
    expect([await rounds.source(), await rounds.height()]).toEqual(['node-b', chain.finalizedHeight])
    expect(switches(rounds).at(-1)?.['reason']).toMatch(/^it is [678] blocks behind$/)

    sidecars[0]!.node.lag = 0
    await rounds.round()
    sidecars[1]!.node.syncing = true
    for (let round = 0; round < 3; round++) {
      chain.advance(1)
      await rounds.round()
    }
    expect([await rounds.source(), await rounds.height()]).toEqual(['node-a', chain.finalizedHeight])
    expect(switches(rounds).at(-1)).toMatchObject({ from: 'node-b', to: 'node-a', reason: 'it is syncing' })
  })

  test('on which a collector fails is left in the third poll; a failure on all nodes causes no further switches', async () => {
    const { chain, sidecars, urls } = await simulate({}, {}, {})
    const rounds = roundsOf(urls)
    await rounds.round()
    const fault = { status: 500, body: '{"code":500,"message":"the database is broken"}' }
    sidecars[0]?.fault('Burn', fault)
    for (const source of ['node-a', 'node-a', 'node-b']) {
      chain.advance(1)
      await rounds.round()
      expect([await rounds.source(), await rounds.height()]).toEqual([source, chain.finalizedHeight])
    }
    expect(switches(rounds)).toMatchObject([{ from: 'node-a', reason: 'collectors failed in two polls' }])
    sidecars[1]?.fault('Burn', fault)
    for (let round = 0; round < 10; round++) {
      chain.advance(1)
      await rounds.round()
    }
    expect(await rounds.height()).toBe(chain.finalizedHeight)
    expect(switches(rounds).length).toBeLessThanOrEqual(2)
  })
})

describe('a node of another chain', () => {
  const other = async (seed = 2, port = 0) => {
    const sidecar = await startSimulatedSidecar({
      chain: new SimulatedChain({ neurons: 8, still: true, seed, startHeight: 900_000 }),
      port,
      health: { chainName: 'Elsewhere' },
    })
    onTestFinished(() => sidecar.close().catch(() => undefined))
    return sidecar
  }

  test('is refused, logged and counted if most nodes agree on a chain, even if it is configured first', async () => {
    const { chain, urls } = await simulate({}, {}, {})
    const stranger = await other()
    const rounds = roundsOf([stranger.url, ...urls])
    for (let round = 0; round < 3; round++) {
      await rounds.round()
      expect([await rounds.source(), await rounds.height()]).toEqual(['node-b', chain.finalizedHeight])
      chain.advance(1)
    }
    expect(await rounds.refused('node-a')).toBeGreaterThanOrEqual(2)
    expect(await rounds.refused('node-b')).toBe(0)
    expect(linesOf(rounds, 'node refused')).toMatchObject([
      {
        level: 'warn',
        node: 'node-a',
        reason: 'it is on another chain',
        chain: { name: 'Elsewhere', genesis: new SimulatedChain({ seed: 2 }).hashAt(0) },
        expected: { name: 'Bittensor', genesis: chain.hashAt(0) },
      },
    ])
  })

  test('of two nodes that differ the first configured one decides, unless a genesis is configured', async () => {
    const { chain, urls } = await simulate()
    const stranger = await other()
    const first = roundsOf([stranger.url, ...urls])
    await first.round()
    expect([await first.source(), await first.refused('node-b')]).toEqual(['node-a', 1])
    const told = roundsOf([stranger.url, ...urls], chain.hashAt(0))
    await told.round()
    expect([await told.source(), await told.refused('node-a')]).toEqual(['node-b', 1])
  })

  test('the published chain stays, regardless of how many nodes are on another one later', async () => {
    const { chain, sidecars, urls } = await simulate()
    const strangers = [await other(), await other()]
    for (const stranger of strangers) stranger.node.down = true
    const rounds = roundsOf([...strangers.map(({ url }) => url), ...urls])
    await rounds.round()
    expect(await rounds.source()).toBe('node-c')
    for (const stranger of strangers) stranger.node.down = false
    sidecars[0]!.node.down = true
    const height = await rounds.height()
    for (let round = 0; round < 4; round++) {
      chain.advance(1)
      await rounds.round()
    }
    expect([await rounds.source(), await rounds.height()]).toEqual(['node-c', height])
    expect(await rounds.refused('node-a')).toBeGreaterThan(0)
    sidecars[0]!.node.down = false
    await rounds.round()
    expect(await rounds.height()).toBe(chain.finalizedHeight)
  })

  test('is refused when it changes chains at runtime, alone or as one of several, and accepted when it returns', async () => {
    const { chain, urls } = await simulate({}, {}, {})
    for (const [alone, source] of [
      [true, 'node-a'],
      [false, 'node-b'],
    ] as const) {
      const home = await startSimulatedSidecar({ chain })
      const port = Number(new URL(home.url).port)
      const rounds = roundsOf(alone ? [home.url] : [home.url, urls[1]!])
      await rounds.round()
      expect(await rounds.source()).toBe('node-a')
      const height = chain.finalizedHeight
      await home.close()
      const away = await other(3, port)
      chain.advance(1)
      for (let round = 0; round < 3; round++) await rounds.round()
      expect([await rounds.source(), await rounds.height()]).toEqual([source, alone ? height : height + 1])
      expect(await rounds.refused('node-a')).toBe(3)
      expect(linesOf(rounds, 'node refused')[0]).toMatchObject({
        node: 'node-a',
        reason: 'it is on another chain',
      })
      await away.close()
      const returned = await startSimulatedSidecar({ chain, port })
      onTestFinished(() => returned.close())
      for (let round = 0; round < 2; round++) await rounds.round()
      expect(await rounds.height()).toBe(height + 1)
      expect(linesOf(rounds, 'node accepted')).toMatchObject([{ level: 'info', node: 'node-a' }])
    }
  })

  test('is counted in the metrics of a whole exporter, and its node metrics continue', async () => {
    const { urls } = await simulate({}, {}, {})
    const stranger = await other()
    const exporter = await testExporter({ urls: [...urls, stranger.url], subnets: [3] })
    const refusals = 'bittensor_exporter_refused_views_total{node="node-c",reason="chain"}'
    const metrics = await exporter.until(
      (text) => allSucceed(text, 13) && (valueOf(text, refusals) ?? 0) >= 2,
    )
    expect(metrics).toContain('bittensor_chain_source_info{node="node-a"} 1\n')
    expect(metrics).toContain('bittensor_node_up{node="node-c"} 1\n')
    expect(metrics).toMatch(/^bittensor_node_info\{node="node-c",chain="Elsewhere",/m)
  })

  test('that differs by name alone is refused, until no node that answers uses the old name', async () => {
    const { chain, sidecars, urls } = await simulate({}, {}, {})
    const rounds = roundsOf(urls)
    await rounds.round()
    sidecars[0]!.node.chainName = 'Elsewhere'
    for (let round = 0; round < 2; round++) {
      chain.advance(1)
      await rounds.round()
    }
    expect([await rounds.source(), await rounds.height()]).toEqual(['node-b', chain.finalizedHeight])
    expect(linesOf(rounds, 'node refused')[0]).toMatchObject({
      node: 'node-a',
      chain: { name: 'Elsewhere' },
      expected: { name: 'Bittensor' },
    })
    sidecars[1]!.node.chainName = 'Elsewhere'
    for (let round = 0; round < 2; round++) {
      chain.advance(1)
      await rounds.round()
    }
    expect([await rounds.source(), await rounds.height()]).toEqual(['node-b', chain.finalizedHeight])
    expect(linesOf(rounds, 'chain renamed by its nodes')).toMatchObject([
      { level: 'warn', genesis: chain.hashAt(0), from: 'Bittensor', to: 'Elsewhere' },
    ])
  })
})

test('when the source fails, nodes with newer blocks are tried before nodes without', async () => {
  const { chain, sidecars, urls } = await simulate({}, {}, {}, {})
  chain.advance(20)
  const rounds = roundsOf(urls)
  await rounds.round()
  const height = await rounds.height()
  chain.advance(2)
  sidecars[0]!.node.down = true
  sidecars[1]!.node.lag += 2
  await rounds.round()
  expect([await rounds.source(), await rounds.height()]).toEqual(['node-c', (height ?? 0) + 2])
})

/** How a node behaves for some rounds. */
const CONDITIONS = ['good', 'down', 'syncing', 'stalled', 'behind', 'slow'] as const
type Condition = (typeof CONDITIONS)[number]

test('as long as one node is good, heights advance within two polls and never go back', async () => {
  const condition = fc.constantFrom(...CONDITIONS)
  const spell = fc.record({
    rounds: fc.integer({ min: 3, max: 6 }),
    good: fc.integer({ min: 0, max: 2 }),
    conditions: fc.tuple(condition, condition, condition),
  })
  const property = fc.asyncProperty(fc.array(spell, { minLength: 2, maxLength: 6 }), async (spells) => {
    const chain = new SimulatedChain({ neurons: 2, subnets: [0], still: true })
    chain.advance(60)
    const sidecars = await Promise.all([1, 2, 3].map(() => startSimulatedSidecar({ chain })))
    try {
      const rounds = roundsOf(sidecars.map(({ url }) => url))
      const heights: number[] = []
      for (const { rounds: length, good, conditions } of spells)
        for (let round = 0; round < length; round++) {
          chain.advance(1)
          for (const [index, sidecar] of sidecars.entries())
            apply(index === good ? 'good' : (conditions[index] ?? 'good'), sidecar.node, round)
          await rounds.round()
          heights.push((await rounds.height()) ?? 0)
        }
      for (const [index, height] of heights.entries()) {
        expect(height).toBeGreaterThanOrEqual(heights[index - 1] ?? 1)
        if (index >= 3) expect(height).toBeGreaterThan(heights[index - 3] ?? Infinity)
      }
    } finally {
      await Promise.all(sidecars.map((sidecar) => sidecar.close()))
    }
  })
  await fc.assert(property, { numRuns: 8 })

  function apply(condition: Condition, node: NodeHealth, round: number): void {
    node.down = condition === 'down'
    node.syncing = condition === 'syncing'
    if (condition === 'stalled') node.lag += 1
    else if (condition === 'slow') node.lag += round % 2
    else node.lag = condition === 'behind' ? 12 : 0
  }
}, 60_000)
