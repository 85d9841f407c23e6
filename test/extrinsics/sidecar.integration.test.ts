import { expect, onTestFinished, test } from 'vitest'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { client, failureOf, json } from '../upstream/sidecar/server.ts'
import { hotkey, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { account, recordedAnswers } from './blocks.ts'
import { startRelay } from './relay.ts'
import { valueOf } from '../support/parse-exposition.ts'
import { httpServer } from '../support/servers.ts'

const signal = new AbortController().signal

/** What a client makes of one answer. */
async function answering(value: unknown) {
  const asked: string[] = []
  const { url } = await httpServer((request, response) => {
    asked.push(request.url ?? '')
    json(response, value)
  })
  return { asked, sidecar: sidecarClient(client(url)) }
}

test('a block is read without its fees, with nested calls apart', async () => {
  const [, , , , answer] = await recordedAnswers('381')
  const { number } = answer as { readonly number: string }
  const { asked, sidecar } = await answering(answer)
  const body = await sidecar.blockBody(Number(number), signal)
  expect(asked).toEqual([`/blocks/${number}?noFees=true`])
  expect(body.extrinsics.map(({ signer, success }) => [signer, success])).toEqual([
    [undefined, true],
    [account('delegate'), true],
    [account('stranger'), false],
    [account('delegate'), true],
  ])
  const proxied = body.extrinsics[1]?.call
  expect(proxied?.args).toEqual({ real: { id: account('treasury') }, force_proxy_type: null })
  expect(proxied?.calls['call']?.[0]?.calls['calls']?.map(({ method }) => method)).toEqual([
    'forceBatch',
    'addStake',
    'batchAll',
    'transferKeepAlive',
  ])
})

test.each([
  ['a block that is not final', { finalized: false }, 'wrong_block', 'is not finalized on this node'],
  ['another block', { number: '7' }, 'wrong_block', 'got 7'],
  ['a block without its extrinsics', { extrinsics: undefined }, 'shape', 'extrinsics'],
])('%s is refused', async (_, patch, reason, message) => {
  const [answer] = await recordedAnswers('240')
  const { sidecar } = await answering({ ...(answer as object), ...patch })
  const { number } = answer as { readonly number: string }
  const failure = await failureOf(sidecar.blockBody(Number(number), signal))
  expect(failure.reason).toBe(reason)
  expect(failure.message).toContain(message)
})

test('a block whose events were thrown away is gone', async () => {
  const [answer] = await recordedAnswers('103')
  const { number, extrinsics } = answer as { readonly number: string; readonly extrinsics: readonly object[] }
  const success =
    'Unable to fetch Events, cannot confirm extrinsic status. Check pruning settings on the node.'
  const without = extrinsics.map((extrinsic) => ({ ...extrinsic, success, events: [] }))
  const { sidecar } = await answering({ ...(answer as object), extrinsics: without })
  expect((await failureOf(sidecar.blockBody(Number(number), signal))).reason).toBe('block_gone')
})

const BLOCKS = 'bittensor_followed_blocks_total{result="read"}'
const HEIGHT = 'bittensor_followed_block_height'

/** An exporter that watches a hotkey of a stalled chain, through a relay. */
async function watching() {
  const { chain, urls } = await simulate({ still: true, startHeight: 1000, keepBlocks: 2000 })
  const relay = await startRelay(urls[0] ?? '')
  onTestFinished(() => relay.close())
  const key = chain.truth().subnets.get(1)?.neurons[0]?.hotkey
  if (key === undefined) throw new Error('the chain has no neuron')
  const exporter = await testExporter({ urls: [relay.url], keys: [hotkey('validator', key)] })
  const start = chain.finalizedHeight
  await exporter.until((metrics) => valueOf(metrics, HEIGHT) === start)
  const sign = (times: number) => {
    for (let block = 0; block < times; block++) {
      chain.sign(key)
      chain.advance()
    }
    chain.advance(chain.finalityLag)
  }
  const unexplained = `bittensor_account_unexplained_change_tao_total{address="${key}"}`
  return { chain, relay, exporter, key, start, sign, unexplained }
}

test('a running exporter counts what a key signs, across a restart of Sidecar, and says it in both formats', async () => {
  const { chain, relay, exporter, key, start, sign, unexplained } = await watching()
  const weights = `bittensor_key_extrinsics_total{address="${key}",name="validator",pallet="subtensorModule",method="setWeights",result="success"}`
  expect(await exporter.value(weights)).toBe(0)
  sign(3)
  await exporter.until((metrics) => valueOf(metrics, weights) === 3)
  await relay.close()
  sign(4)
  await exporter.until((metrics) => metrics.includes('collector_success{collector="extrinsics"} 0'))
  expect(await exporter.value(weights)).toBe(3)
  await relay.open()
  const metrics = await exporter.until((metrics) => valueOf(metrics, weights) === 7)
  expect(valueOf(metrics, BLOCKS)).toBe(chain.finalizedHeight - start)
  expect(valueOf(metrics, unexplained)).toBe(0)
  expect(exporter.log.filter(({ method }) => method === 'setWeights').length).toBe(7)

  const accept = 'application/openmetrics-text; version=1.0.0'
  const openmetrics = await (await fetch(`${exporter.url}/metrics`, { headers: { accept } })).text()
  expect(openmetrics).toContain('# TYPE bittensor_key_extrinsics counter\n')
  expect(openmetrics).toContain(`${weights} 7\n`)
})

test('a change that the blocks do not tell of is found to the rao', async () => {
  const { chain, relay, exporter, key, sign, unexplained } = await watching()
  relay.hidden = (event) => event.data.includes('21')
  sign(1)
  const { free } = chain.truth(chain.height).account(key)
  chain.setBalance(key, { free: free + 21n })
  chain.advance()
  sign(2)
  await exporter.until((metrics) => valueOf(metrics, HEIGHT) === chain.finalizedHeight)
  expect(await exporter.value(unexplained)).toBe(21e-9)
})

test('1,000 blocks that were made while Sidecar was away are all read', async () => {
  const { chain, relay, exporter, start, sign, unexplained } = await watching()
  await relay.close()
  sign(5)
  chain.advance(990)
  sign(3)
  await relay.open()
  const metrics = await exporter.until((metrics) => valueOf(metrics, HEIGHT) === chain.finalizedHeight)
  expect(chain.finalizedHeight - start).toBeGreaterThanOrEqual(1000)
  expect(valueOf(metrics, BLOCKS)).toBe(chain.finalizedHeight - start)
  expect(valueOf(metrics, 'bittensor_followed_blocks_total{result="skipped"}')).toBe(0)
  expect(valueOf(metrics, unexplained)).toBe(0)
  expect(exporter.log.filter(({ method }) => method === 'setWeights').length).toBe(8)
})

test('blocks whose state is gone when Sidecar comes back are skipped and said, the rest is read', async () => {
  const { chain, urls } = await simulate({ still: true, startHeight: 1000, keepBlocks: 200 })
  const relay = await startRelay(urls[0] ?? '')
  onTestFinished(() => relay.close())
  const key = chain.truth().subnets.get(1)?.neurons[0]?.hotkey ?? ''
  const exporter = await testExporter({ urls: [relay.url], keys: [hotkey('validator', key)] })
  await exporter.until((metrics) => valueOf(metrics, HEIGHT) === chain.finalizedHeight)
  await relay.close()
  const start = chain.finalizedHeight
  chain.advance(300)
  await relay.open()
  const metrics = await exporter.until((metrics) => valueOf(metrics, HEIGHT) === chain.finalizedHeight)
  const skipped = chain.height - 200 - start
  expect(valueOf(metrics, 'bittensor_followed_blocks_total{result="skipped"}')).toBe(skipped)
  expect(valueOf(metrics, BLOCKS)).toBe(300 - skipped)
  expect(metrics).not.toMatch(/^bittensor_account_unexplained_change_tao_total\{/m)
  chain.advance()
  await exporter.until((metrics) => /^bittensor_account_unexplained_change_tao_total\{.* 0$/m.test(metrics))
  const lines = exporter.log.filter(({ blocksSkipped }) => blocksSkipped !== undefined)
  expect(lines.reduce((sum, { blocksSkipped }) => sum + Number(blocksSkipped), 0)).toBe(skipped)
})
