import { expect, test } from 'vitest'
import { BUNDLE } from '../deploy/files.ts'
import { allSucceed, hotkey, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { valueOf } from '../support/parse-exposition.ts'

const DECODES = (node: string) => `bittensor_node_decodes_extrinsics{node="${node}"}`
const OPERATIONS = /^bittensor_key_extrinsics_total\{/m
const SKIPPED = 'bittensor_followed_blocks_total{result="skipped"}'

/** An exporter that watches a hotkey through Sidecars, of which those that are false have no types bundle. */
async function watching(...bundles: readonly boolean[]) {
  const health = bundles.map((typesBundle) => ({ health: { typesBundle } }))
  const { chain, sidecars, urls } = await simulate({}, ...health)
  const key = chain.truth().subnets.get(1)?.neurons[0]?.hotkey
  if (key === undefined) throw new Error('the chain has no neuron')
  const exporter = await testExporter({ urls, keys: [hotkey('validator', key)], subnets: [1] })
  await exporter.until(allSucceed)
  const sign = (times: number, cost?: bigint) => {
    for (let block = 0; block < times; block++) {
      chain.sign(key, cost)
      chain.advance()
    }
    chain.advance(chain.finalityLag)
  }
  const weights = `bittensor_key_extrinsics_total{address="${key}",name="validator",pallet="subtensorModule",method="setWeights",result="success"}`
  const misreading = () => exporter.log.filter(({ msg }) => msg.startsWith('Sidecar does not decode'))
  return { chain, sidecars, exporter, sign, weights, misreading }
}

test('a Sidecar with the bundle counts as decoding once a block proves it', async () => {
  const { exporter, sign, misreading } = await watching(true)
  expect(await exporter.value(DECODES('node-a'))).toBeUndefined()
  sign(1)
  await exporter.until((metrics) => valueOf(metrics, DECODES('node-a')) === 1)
  expect(misreading()).toEqual([])
})

test.each([
  ['weights that come as remarks', undefined, { extrinsic: { readAs: 'system.remarkWithEvent' } }],
  ['a payment for which the whole block fails', 10n ** 9n, { error: /createType\(SignedBlock\)/ }],
])(
  'without the bundle no operation is published, and the log has the reason and the remedy: %s',
  async (_, cost, evidence) => {
    const { chain, sidecars, exporter, sign, weights, misreading } = await watching(false)
    const first = chain.finalizedHeight + 1
    sign(3, cost)
    const height = chain.finalizedHeight
    const metrics = await exporter.until(
      (metrics) =>
        valueOf(metrics, DECODES('node-a')) === 0 &&
        valueOf(metrics, 'bittensor_followed_block_height') === height,
    )
    expect(metrics).not.toMatch(OPERATIONS)
    expect(metrics).not.toMatch(/^bittensor_account_unexplained_change_tao_total\{/m)
    expect(valueOf(metrics, SKIPPED)).toBeGreaterThanOrEqual(3)
    expect(allSucceed(metrics)).toBe(true)
    const [line, ...more] = misreading()
    expect(more).toEqual([])
    expect(line).toMatchObject({ level: 'warn', node: 'node-a', block: first + chain.finalityLag })
    for (const [field, expected] of Object.entries(evidence))
      if (expected instanceof RegExp) expect(line?.[field]).toMatch(expected)
      else expect(line?.[field]).toMatchObject(expected)
    expect(line?.['remedy']).toContain('SAS_SUBSTRATE_TYPES_BUNDLE')
    expect(line?.['remedy']).toContain(BUNDLE)
    expect(exporter.log.filter(({ method }) => method === 'remarkWithEvent')).toEqual([])

    // It was restarted with the bundle.
    Object.assign(sidecars[0]!.node, { typesBundle: true })
    sign(2)
    const after = await exporter.until((metrics) => valueOf(metrics, weights) === 2)
    expect(valueOf(after, DECODES('node-a'))).toBe(1)
    const again = exporter.log.filter(({ msg }) => msg === 'Sidecar decodes signed extrinsics again')
    expect(again).toMatchObject([{ level: 'info', node: 'node-a' }])
    chain.advance()
    await exporter.until((metrics) => /^bittensor_account_unexplained_change_tao_total\{.* 0$/m.test(metrics))
  },
)

test('a node that misread is judged again though chain state is read from another', async () => {
  const { chain, sidecars, exporter, sign, weights } = await watching(false, true)
  sign(1)
  await exporter.until((metrics) => valueOf(metrics, DECODES('node-a')) === 0)
  sidecars[0]!.node.syncing = true
  await exporter.until((metrics) => {
    chain.advance()
    return metrics.includes('bittensor_chain_source_info{node="node-b"} 1')
  })
  sign(1)
  await exporter.until(
    (metrics) => valueOf(metrics, weights) === 1 && valueOf(metrics, DECODES('node-b')) === 1,
  )
  expect(await exporter.value(DECODES('node-a'))).toBe(0)
  Object.assign(sidecars[0]!.node, { typesBundle: true })
  await exporter.until((metrics) => {
    sign(1)
    return valueOf(metrics, DECODES('node-a')) === 1
  })
})
