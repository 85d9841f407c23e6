import { expect, onTestFinished, test } from 'vitest'
import { SimulatedChain } from '../../src/demo/chain.ts'
import { startSimulatedSidecar } from '../../src/demo/sidecar.ts'
import { allSucceed, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { failuresOf, linesOf } from './log.ts'
import { samplesOf, valueOf } from '../support/parse-exposition.ts'

const circuit = (metrics: string, node = 'node-a') =>
  valueOf(metrics, `bittensor_exporter_upstream_circuit_open{node="${node}"}`)

test('a Sidecar that goes away opens its circuit, and hardly anything is sent until it is back', async () => {
  const chain = new SimulatedChain({ neurons: 8, still: true })
  const sidecar = await startSimulatedSidecar({ chain })
  const port = Number(new URL(sidecar.url).port)
  const exporter = await testExporter({ urls: [sidecar.url], subnets: [3], poll: { intervalMs: 250 } })
  expect(circuit(await exporter.until(allSucceed))).toBe(0)
  await sidecar.close()
  await exporter.until((text) => circuit(text) === 1)
  const requests = (text: string) =>
    samplesOf(text, 'bittensor_exporter_upstream_requests_total').reduce((sum, { value }) => sum + value, 0)
  const before = requests(await exporter.metrics())
  expect(failuresOf(exporter).length).toBeLessThanOrEqual(4)
  const back = await startSimulatedSidecar({ chain, port })
  onTestFinished(() => back.close())
  const recovered = await exporter.until((text) => circuit(text) === 0)
  expect(requests(recovered) - before).toBeLessThan(60)
  await exporter.until(allSucceed)
})

test('a source that hangs in the middle of rounds is left for one that answers', async () => {
  const { chain, sidecars, urls } = await simulate({}, {}, {})
  const exporter = await testExporter({ urls, subnets: 'all', poll: { timeoutMs: 400 } })
  await exporter.until(allSucceed)
  sidecars[0]?.fault(/SubtensorModule\/storage\/\w+\?keys/, { delayMs: 600_000 })
  chain.advance(1)
  await exporter.until(() => linesOf(exporter, 'switched source').some(({ to }) => to === 'node-b'))
  chain.advance(1)
  const metrics = await exporter.until(
    (text) => valueOf(text, 'bittensor_chain_block_height') === chain.finalizedHeight && allSucceed(text),
  )
  expect(metrics).toContain('bittensor_chain_source_info{node="node-b"} 1')
  expect(circuit(metrics, 'node-b')).toBe(0)
})
