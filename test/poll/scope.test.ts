import { expect, test } from 'vitest'
import { inventedAddress } from '../../src/demo/names.ts'
import { hotkey, testExporter, allSucceed } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { linesOf } from './log.ts'
import { valueOf } from '../support/parse-exposition.ts'

const netuidsOf = (metrics: string, family: string): number[] =>
  [
    ...new Set(
      [...metrics.matchAll(new RegExp(`^${family}\\{netuid="(\\d+)"`, 'gm'))].map(([, netuid]) =>
        Number(netuid),
      ),
    ),
  ].toSorted((a, b) => a - b)

const quiet = (metrics: string) =>
  !/^bittensor_exporter_collector_success\{.*\} 0$/m.test(metrics) &&
  metrics.includes('bittensor_neuron_active{')

test('shards share the subnets between them, and shard 0 has what is not of a subnet', async () => {
  const { urls } = await simulate({ subnets: [0, 1, 2, 3, 5, 8] })
  const shards = await Promise.all(
    [0, 1, 2].map(async (index) => {
      const exporter = await testExporter({ urls, subnets: 'all', shard: { index, count: 3 } })
      return exporter.until(quiet)
    }),
  )
  expect(shards.map((metrics) => netuidsOf(metrics, 'bittensor_neuron_active'))).toEqual([
    [0, 3],
    [1],
    [2, 5, 8],
  ])
  expect(shards.map((metrics) => netuidsOf(metrics, 'bittensor_subnet_neurons'))).toEqual([
    [0, 3],
    [1],
    [2, 5, 8],
  ])
  expect(shards.map((metrics) => metrics.includes('bittensor_chain_block_height '))).toEqual([
    true,
    false,
    false,
  ])
  expect(shards.map((metrics) => metrics.includes('bittensor_node_peers{'))).toEqual([true, false, false])
})

test('beyond limits.max_series the highest subnets are left out, said once in the log and in a metric', async () => {
  const watched = inventedAddress('watched')
  const placed = [{ hotkey: watched, coldkey: inventedAddress('cold'), netuids: [11], stake: 5 }]
  const { urls } = await simulate({ subnets: [0, 1, 3, 11], neurons: 8, placed })
  const exporter = await testExporter({
    urls,
    subnets: 'all',
    keys: [hotkey('miner', watched)],
    maxSeries: 2 * 8 * 17,
  })
  const metrics = await exporter.until(allSucceed)
  expect(netuidsOf(metrics, 'bittensor_neuron_active')).toEqual([0, 1, 11])
  expect(metrics.match(/^bittensor_neuron_active\{netuid="11"/gm)).toHaveLength(1)
  expect(netuidsOf(metrics, 'bittensor_subnet_neurons')).toEqual([0, 1, 3, 11])
  expect(netuidsOf(metrics, 'bittensor_exporter_subnet_left_out')).toEqual([3, 11])
  expect(valueOf(metrics, 'bittensor_exporter_series{collector="neurons"}')).toBeLessThanOrEqual(
    2 * 8 * 17 + 17,
  )
  expect(linesOf(exporter, 'collector warning')).toMatchObject([
    {
      level: 'warn',
      collector: 'subnets',
      warning: expect.stringMatching(/subnets 3, 11 are left out.*limits\.max_series/) as string,
    },
  ])
})
