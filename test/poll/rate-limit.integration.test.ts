import { describe, expect, onTestFinished, test } from 'vitest'
import { simulate } from '../support/simulation.ts'
import { allSucceed, testExporter } from '../support/exporter.ts'
import { valueOf } from '../support/parse-exposition.ts'
import { until } from '../support/until.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { KEYS } from '../soak/doings.ts'

const PLACED = [
  {
    hotkey: inventedAddress('soak/validator'),
    coldkey: inventedAddress('soak/treasury'),
    netuids: [0, 1],
    stake: 25_000,
  },
  {
    hotkey: inventedAddress('soak/miner'),
    coldkey: inventedAddress('soak/owner'),
    netuids: [1],
    stake: 4000,
  },
]

/** Families of watched keys, of four collectors. */
const WATCHED = [
  /^bittensor_account_free_tao\{.*name="treasury"/m,
  /^bittensor_hotkey_registrations\{.*name="validator"/m,
  /^bittensor_coldkey_stake_tao\{.*name="treasury"/m,
  /^bittensor_neuron_stake_alpha\{netuid="1",.*\} /m,
]

/** An exporter that reads a node which answers one request a second, on a chain with a block every 12 s. */
async function limited(configured: boolean, retryAfter: boolean) {
  const { chain, rpcNodes, urls } = await simulate(
    { placed: PLACED, keepBlocks: 500 },
    { rpc: true, limits: { perSecond: 1, retryAfter } },
  )
  const blocks = setInterval(() => {
    chain.advance(1)
  }, 12_000)
  onTestFinished(() => {
    clearInterval(blocks)
  })
  const node = { name: 'a', api: 'rpc', url: urls[0] ?? '', headers: {} } as const
  const exporter = await testExporter({
    urls,
    nodes: [configured ? { ...node, requestsPerSecond: 1 } : node],
    keys: KEYS,
    poll: { intervalMs: 12_000, timeoutMs: 10_000, staleAfterMs: 60_000 },
  })
  return { chain, requests: rpcNodes[0]!.requests, exporter }
}

const complete = (metrics: string): boolean => WATCHED.every((each) => each.test(metrics))

describe('a node that answers one request a second', () => {
  test('with rate_limit, watched keys are published after at most 15 answers and stay fresh', async () => {
    const { chain, requests, exporter } = await limited(true, true)
    await until(
      async () => {
        const answers = requests.total - requests.limited
        if (complete(await exporter.metrics())) return true
        expect(answers).toBeLessThan(15)
        return false
      },
      { timeoutMs: 30_000 },
    )
    // A poll takes about an interval: what is published is the block before, or the one before that.
    const end = performance.now() + 26_000
    await until(
      async () => {
        const height = valueOf(await exporter.metrics(), 'bittensor_chain_block_height') ?? 0
        expect(chain.finalizedHeight - height).toBeLessThanOrEqual(3)
        return performance.now() > end
      },
      { timeoutMs: 40_000, intervalMs: 200 },
    )
    const metrics = await exporter.metrics()
    expect(allSucceed(metrics)).toBe(true)
    expect(valueOf(metrics, 'bittensor_exporter_rate_limit_wait_seconds_total{node="a"}')).toBeGreaterThan(15)
    expect(metrics).not.toMatch(/^bittensor_exporter_\w+_request_failures_total\{/m)
  }, 90_000)

  test('without rate_limit, answers 429 with and without Retry-After delay everything, and lose nothing', async () => {
    const both = await Promise.all([limited(false, true), limited(false, false)])
    for (const { requests, exporter } of both) {
      const metrics = await until(
        async () => {
          const text = await exporter.metrics()
          return complete(text) && text
        },
        { timeoutMs: 60_000 },
      )
      expect(requests.limited).toBeGreaterThan(0)
      expect(metrics).toContain('circuit_open{node="a"} 0')
    }
  }, 90_000)
})
