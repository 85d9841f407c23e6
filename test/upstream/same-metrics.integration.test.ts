import { describe, expect, onTestFinished, test } from 'vitest'
import { Random } from '../../src/demo/random.ts'
import type { SimulatedChain } from '../../src/demo/chain.ts'
import type { Scope } from '../../src/scope/scope.ts'
import { rpcClient } from '../../src/upstream/rpc/client.ts'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { openSidecarHttp } from '../../src/upstream/sidecar/http.ts'
import { startSimulatedSidecar } from '../../src/demo/sidecar.ts'
import { rpcNode } from '../demo/rpc/node.ts'
import { doSomething, KEYS, soakChain } from '../soak/doings.ts'
import { chainPollsOf, type ChainPolls } from '../support/chain-polls.ts'
import { valueOf } from '../support/parse-exposition.ts'
import { RECORDED_SPECS } from '../support/specs.ts'
import { rpcHttp } from './rpc/node.ts'

const SCOPE: Scope = {
  hotkeys: KEYS.filter(({ role }) => role === 'hotkey'),
  coldkeys: KEYS.filter(({ role }) => role === 'coldkey'),
  subnets: 'all',
  maxSeries: 1_000_000,
}

/** Two exporters that read the same chain: one through a Sidecar, whose JSON needs no SCALE, and one through JSON-RPC. */
async function bothWays(chain: SimulatedChain): Promise<readonly [sidecar: ChainPolls, rpc: ChainPolls]> {
  const sidecar = await startSimulatedSidecar({ chain })
  onTestFinished(() => sidecar.close())
  const http = openSidecarHttp({
    name: 'a',
    url: sidecar.url,
    headers: {},
    timeoutMs: 5000,
    concurrency: 32,
  })
  onTestFinished(() => http.close())
  const { node } = await rpcNode(chain)
  return [
    chainPollsOf(sidecarClient(http), { scope: SCOPE }),
    chainPollsOf(rpcClient(rpcHttp(node.url)), { scope: SCOPE }),
  ]
}

/** One poll of each at the same height: neither fails, and the text is the same. */
async function expectSame([sidecar, rpc]: readonly [ChainPolls, ChainPolls], height: number): Promise<void> {
  await Promise.all([sidecar.poll(), rpc.poll()])
  for (const { log } of [sidecar, rpc])
    expect(log.filter(({ level, msg }) => level === 'error' || msg === 'collectors failing')).toEqual([])
  const text = sidecar.text()
  expect(valueOf(text, 'bittensor_chain_block_height')).toBe(height)
  expect(text.split('\n').length).toBeGreaterThan(300)
  expect(rpc.text()).toBe(text)
}

const later = (spec: number): number => RECORDED_SPECS[RECORDED_SPECS.indexOf(spec as 103) + 1] ?? spec

describe.each(RECORDED_SPECS)('a living chain of spec %d, with an upgrade in it', (spec) => {
  test('has the same metrics through Sidecar and through JSON-RPC, at each of its blocks', async () => {
    const chain = soakChain(spec, spec, 158_796)
    const random = new Random(spec)
    const exporters = await bothWays(chain)
    await expectSame(exporters, chain.finalizedHeight)
    const upgradeAt = 5
    for (let block = 1; block <= 16; block++) {
      if (block === upgradeAt) chain.setSpec(later(spec))
      doSomething(chain, random)
      // Now and then the exporters miss blocks; they do not miss the one with the upgrade.
      chain.advance(block > upgradeAt + 4 && block % 5 === 0 ? 4 : 1)
      await expectSame(exporters, chain.finalizedHeight)
    }
    const published = valueOf(exporters[1].text(), 'bittensor_chain_state_spec_version')
    expect(published).toBe(later(spec))
  })
})
