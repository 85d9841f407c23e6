import { describe, expect, onTestFinished, test } from 'vitest'
import type { UpstreamClient } from '../../src/upstream/client.ts'
import { rpcClient } from '../../src/upstream/rpc/client.ts'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { openSidecarHttp } from '../../src/upstream/sidecar/http.ts'
import { KEYS } from '../soak/doings.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { chainPollsOf } from '../support/chain-polls.ts'
import { samplesOf, seriesOf, valueOf } from '../support/parse-exposition.ts'
import { simulate } from '../support/simulation.ts'
import { expectedOf } from '../support/truth.ts'
import { until } from '../support/until.ts'
import { rpcHttp } from '../upstream/rpc/node.ts'

const VALIDATOR = { hotkey: inventedAddress('soak/validator'), coldkey: inventedAddress('soak/treasury') }
const WATCHED_FAMILIES = [
  'bittensor_account_free_tao',
  'bittensor_hotkey_registrations',
  'bittensor_coldkey_stake_tao',
  'bittensor_neuron_immunity_ends_block',
  'bittensor_subnet_tempo_blocks',
]

/** A node that keeps requests for one vector of the neuron table waiting until it is released. */
function slowTable(client: UpstreamClient): { readonly client: UpstreamClient; slow: () => () => void } {
  let gate = Promise.resolve()
  return {
    client: {
      ...client,
      async storage(item, keys, block, signal) {
        if (item.item === 'Consensus') await gate
        return client.storage(item, keys, block, signal)
      },
    },
    slow: () => {
      let release = (): void => undefined
      gate = new Promise((resolve) => (release = resolve))
      return () => {
        release()
      }
    },
  }
}

async function started(rpc: boolean, tableWaitMs: number) {
  const placed = [{ ...VALIDATOR, netuids: [0, 1], stake: 25_000 }]
  const { chain, urls } = await simulate({ placed, still: false, keepBlocks: 500 }, rpc ? { rpc } : {})
  const url = urls[0] ?? ''
  const http = openSidecarHttp({ name: 'a', url, headers: {}, timeoutMs: 5000, concurrency: 16 })
  onTestFinished(() => http.close())
  const { client, slow } = slowTable(rpc ? rpcClient(rpcHttp(url)) : sidecarClient(http))
  const scope = {
    hotkeys: KEYS.filter(({ name }) => name === 'validator'),
    coldkeys: KEYS.filter(({ name }) => name === 'treasury'),
    subnets: 'all',
    maxSeries: 1_000_000,
  } as const
  const polls = chainPollsOf(client, { scope, tableWaitMs })
  /** Whether all that is published is true at these heights: that of the table, and that of the others. */
  const expectTrue = (tableHeight: number, height: number) => {
    const published = seriesOf(polls.text())
    const isOfTable = (series: string) => /^bittensor_neuron_(?!prune|immunity)/.test(series)
    for (const [at, ofTable] of [
      [tableHeight, true],
      [height, false],
    ] as const) {
      const expected = [...expectedOf(chain.truth(at), 9)].filter(([series]) => isOfTable(series) === ofTable)
      expect(expected.length).toBeGreaterThan(10)
      for (const [series, value] of expected)
        expect([at, series, published.get(series)]).toEqual([at, series, value])
    }
  }
  const success = async (collector: string) =>
    valueOf(await polls.ownMetrics(), `bittensor_exporter_collector_success{collector="${collector}"}`)
  return { chain, polls, slow, expectTrue, success }
}

describe.each([
  ['Sidecar', false],
  ['JSON-RPC', true],
])('through %s', (_, rpc) => {
  test('watched keys are published before the first neuron table, and the table at the same block', async () => {
    const { chain, polls, slow, expectTrue, success } = await started(rpc, 60_000)
    const release = slow()
    const height = chain.finalizedHeight
    const polled = polls.poll()
    await until(() => polls.text().includes('bittensor_account_free_tao'))
    const early = polls.text()
    for (const family of WATCHED_FAMILIES)
      expect([family, samplesOf(early, family)]).not.toEqual([family, []])
    expect(early).not.toMatch(/^bittensor_neuron_active/m)
    expect([await success('accounts'), await success('neurons')]).toEqual([1, undefined])
    const duration = async () =>
      valueOf(await polls.ownMetrics(), 'bittensor_exporter_collector_duration_seconds{collector="accounts"}')
    const seconds = await duration()
    chain.advance(3)
    release()
    await polled
    expect([await success('accounts'), await success('neurons')]).toEqual([1, 1])
    expectTrue(height, height)
    // Recorded once, when they were published.
    expect(seconds).toBeGreaterThan(0)
    expect(await duration()).toBe(seconds)
  })

  test('a table that takes long does not hold up the rest, and stays as it was until it is complete', async () => {
    const { chain, polls, slow, expectTrue, success } = await started(rpc, 20)
    await polls.poll()
    const before = chain.finalizedHeight
    expectTrue(before, before)
    chain.advance(400)
    const release = slow()
    const height = chain.finalizedHeight
    const polled = polls.poll()
    await until(() => valueOf(polls.text(), 'bittensor_chain_block_height') === height)
    expectTrue(before, height)
    expect(await success('neurons')).toBe(1)
    release()
    await polled
    expectTrue(height, height)
  })

  test('a table that is quick is published together with the rest', async () => {
    const { chain, polls } = await started(rpc, 60_000)
    await polls.poll()
    chain.advance(2)
    const texts = new Set<string>()
    const watching = setInterval(() => texts.add(polls.text()), 1)
    await polls.poll()
    clearInterval(watching)
    expect([...texts.add(polls.text())].length).toBeLessThanOrEqual(2)
  })
})
