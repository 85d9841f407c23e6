import { expect, test } from 'vitest'
import { runsInShard } from '../../src/collectors/define.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { allSucceed, hotkey, published, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { COLLECTORS } from '../../src/collectors/index.ts'

test('a collector of subnets runs in every shard, any other in the first alone', () => {
  const shards = [undefined, { index: 0, count: 3 }, { index: 1, count: 3 }]
  expect(shards.map((shard) => runsInShard({ shard: 'by-subnet' }, shard))).toEqual([true, true, true])
  expect(shards.map((shard) => runsInShard({ shard: 'first' }, shard))).toEqual([true, true, false])
})

test('shards publish each series once, and together what one exporter publishes', async () => {
  const watched = { hotkey: inventedAddress('watched'), coldkey: inventedAddress('its coldkey') }
  const { chain, urls } = await simulate({
    subnets: [1, 3, 11],
    neurons: 4,
    limit: () => 4,
    still: true,
    placed: [{ ...watched, netuids: [1, 3, 11], stake: 5 }],
  })
  chain.setPendingChildren(3, watched.hotkey, { children: [], from: 200_000 })
  chain.setSwap(watched.coldkey, { announcedFor: 200_000 })
  chain.advance(3)
  const seriesIn = async (shard: { readonly index: number; readonly count: number } | undefined) => {
    const exporter = await testExporter({
      urls,
      keys: [hotkey('v', watched.hotkey)],
      subnets: 'all',
      poll: { intervalMs: 60_000 },
      ...(shard === undefined ? {} : { shard }),
    })
    const running = COLLECTORS.filter((collector) => runsInShard(collector, shard)).length
    const text = published(await exporter.until((metrics) => allSucceed(metrics, running)))
    return Array.from(text.matchAll(/^(bittensor_\S+?(\{.*\})?) /gm), ([, series]) => series ?? '')
  }
  const alone = await seriesIn(undefined)
  const shards: string[] = []
  for (const index of [0, 1, 2]) shards.push(...(await seriesIn({ index, count: 3 })))
  expect(shards.toSorted()).toEqual(alone.toSorted())
  expect(new Set(alone).size).toBe(alone.length)
  for (const part of [
    'neuron_info{netuid="11"',
    'immunity_ends_block{netuid="3"',
    'recent_registrations{netuid="1"',
    'coldkey_stake_tao{',
    'swap_announced_block{',
    'pending_children{',
  ])
    expect(alone.filter((series) => series.includes(part))).not.toEqual([])
})
