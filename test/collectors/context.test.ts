import { expect, test } from 'vitest'
import type { Scope } from '../../src/scope/scope.ts'
import { isFirst, isOurs, cacheFor } from '../../src/collectors/lib/context.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { hotkey, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { valueOf } from '../support/parse-exposition.ts'

const watchOf = (shard?: Scope['shard']): Scope => ({
  hotkeys: [],
  coldkeys: [],
  subnets: 'watched',
  maxSeries: 1000,
  shard,
})

const contextOf = (scope: Scope, previous: unknown) => ({
  scope,
  previous,
  signal: new AbortController().signal,
  warn: () => undefined,
})

test('a memory is its exporter’s own, and begins anew when nothing was read before', () => {
  const cacheOf = cacheFor<number>(10)
  const [a, b] = [watchOf(), watchOf()]
  const first = cacheOf(contextOf(a, undefined))
  expect(cacheOf(contextOf(a, []))).toBe(first)
  expect(cacheOf(contextOf(b, []))).not.toBe(first)
  expect(cacheOf(contextOf(a, undefined))).not.toBe(first)
})

test('of several exporters each has its subnets, and the first what is of none', () => {
  const all = watchOf()
  const second = watchOf({ index: 1, count: 3 })
  expect([isFirst(all), isFirst(watchOf({ index: 0, count: 3 })), isFirst(second)]).toEqual([
    true,
    true,
    false,
  ])
  expect([0, 1, 2, 3, 4].map((netuid) => isOurs(all, netuid))).toEqual([true, true, true, true, true])
  expect([0, 1, 2, 3, 4].map((netuid) => isOurs(second, netuid))).toEqual([false, true, false, false, true])
})

test('shards say each series once', async () => {
  const watched = { hotkey: inventedAddress('watched'), coldkey: inventedAddress('its coldkey') }
  const { chain, urls } = await simulate({
    neurons: 8,
    limit: () => 8,
    placed: [{ ...watched, netuids: [1, 3, 11], stake: 5 }],
  })
  chain.setPendingChildren(3, watched.hotkey, { children: [], from: 200_000 })
  chain.setSwap(watched.coldkey, { announcedFor: 200_000 })
  chain.advance(3)
  const said: string[] = []
  for (const index of [0, 1]) {
    const shard = { index, count: 2 }
    const exporter = await testExporter({ urls, keys: [hotkey('v', watched.hotkey)], shard })
    const metrics = await exporter.until(
      (text) => valueOf(text, 'bittensor_exporter_collector_success{collector="value"}') === 1,
    )
    const pattern = /^bittensor_(neuron_immunity|subnet_recent|coldkey_|hotkey_pending)\S+ /gm
    said.push(...Array.from(metrics.matchAll(pattern), ([series]) => series))
  }
  expect(new Set(said).size).toBe(said.length)
  for (const part of [
    'immunity_ends_block{netuid="3"',
    'recent_registrations{netuid="11"',
    'coldkey_stake_tao{',
    'swap_announced_block{',
    'pending_children{',
  ])
    expect(said.filter((series) => series.includes(part))).toHaveLength(1)
})
