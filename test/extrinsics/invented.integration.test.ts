import { expect, test } from 'vitest'
import type { SimulatedChain } from '../../src/demo/chain.ts'
import { coldkey, testExporter } from '../support/exporter.ts'
import { samplesOf, valueOf } from '../support/parse-exposition.ts'
import { simulate } from '../support/simulation.ts'
import { account } from './blocks.ts'

const TREASURY = account('treasury')
const HEIGHT = 'bittensor_followed_block_height'
const OPERATIONS = 'bittensor_key_extrinsics_total'

/** A block as a node that lies has it: calls that the key did not sign, of methods that no runtime has. */
function inventedBlock(chain: SimulatedChain, height: number, methods: readonly string[]): string {
  const event = { method: { pallet: 'system', method: 'ExtrinsicSuccess' }, data: [] }
  return JSON.stringify({
    number: String(height),
    hash: chain.hashAt(height),
    parentHash: chain.hashAt(height - 1),
    onInitialize: { events: [] },
    extrinsics: methods.map((method) => ({
      method: { pallet: 'invented', method },
      signature: { signature: '0x00', signer: { id: TREASURY } },
      args: {},
      hash: chain.hashAt(height),
      events: [event],
      success: true,
    })),
    onFinalize: { events: [] },
    finalized: true,
  })
}

test('10,000 invented methods in ten blocks lead to 64 series and 100 log lines a block; the others are counted', async () => {
  const { chain, sidecars, urls } = await simulate({ startHeight: 1000, keepBlocks: 200 })
  const exporter = await testExporter({ urls, keys: [coldkey('treasury', TREASURY)] })
  const start = chain.finalizedHeight
  const before = await exporter.until((metrics) => valueOf(metrics, HEIGHT) === start)
  const fromZero = samplesOf(before, OPERATIONS).length

  chain.advance(11)
  for (let block = 0; block < 10; block++) {
    const height = start + 1 + block
    const methods = Array.from({ length: 1000 }, (_, index) => `method${1000 * block + index}`)
    sidecars[0]?.fault(`/blocks/${height}?`, { body: inventedBlock(chain, height, methods) })
  }
  const invalid = ['', '1st', 'a b', 'x'.repeat(65), 'é', 'a\nb', 'a"b']
  const body = inventedBlock(chain, start + 11, invalid)
  sidecars[0]?.fault(`/blocks/${start + 11}?`, { body })
  const metrics = await exporter.until((text) => valueOf(text, HEIGHT) === start + 11)

  expect(samplesOf(metrics, OPERATIONS).length).toBe(fromZero + 64)
  expect(valueOf(metrics, 'bittensor_key_extrinsics_dropped_total{reason="too_many_methods"}')).toBe(9936)
  expect(valueOf(metrics, 'bittensor_key_extrinsics_dropped_total{reason="invalid_name"}')).toBe(7)
  expect(valueOf(metrics, 'bittensor_key_log_lines_dropped_total{level="info"}')).toBe(9000)
  expect(valueOf(metrics, 'bittensor_followed_blocks_total{result="skipped"}')).toBe(0)
  const lines = exporter.log.filter(({ msg }) => msg === 'operation of a watched key')
  expect(lines.length).toBe(1007)
  const omitted = exporter.log.filter(({ msg }) => msg.includes('were omitted'))
  expect(omitted.map(({ level, block, omitted }) => [level, block, omitted])).toEqual(
    Array.from({ length: 10 }, (_, block) => ['info', start + 1 + block, 900]),
  )
})
