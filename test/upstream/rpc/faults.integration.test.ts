import { describe, expect, test } from 'vitest'
import * as faults from '../../../src/demo/rpc/fault.ts'
import type { RpcFault } from '../../../src/demo/rpc/fault.ts'
import { RpcError } from '../../../src/demo/rpc/error.ts'
import { KEYS } from '../../soak/doings.ts'
import { allSucceed, published, testExporter, type LogLine } from '../../support/exporter.ts'
import { scaleMetadata } from '../../support/metadata.ts'
import { valueOf } from '../../support/parse-exposition.ts'
import { simulate } from '../../support/simulation.ts'
import { until } from '../../support/until.ts'

const error = (code: number, message: string): RpcFault => ({
  result: () => {
    throw new RpcError(code, message)
  },
})

const DISCARDED = 'Client error: UnknownBlock: State already discarded for 0xab'
const UNKNOWN = 'Client error: UnknownBlock: Header was not found in the database: 0xab'
const OTHER_METADATA = `0x${Buffer.from(scaleMetadata(424)).toString('hex')}`

interface Case {
  readonly name: string
  readonly fault: RpcFault
  /** Methods of the requests that meet it; default all. */
  readonly method?: RegExp
  /** In the error that is logged. */
  readonly logged: RegExp
}

/** Faults of real nodes and of what stands in front of them. */
const CASES: readonly Case[] = [
  {
    name: 'discarded state',
    fault: error(4003, DISCARDED),
    method: /queryStorageAt/,
    logged: /State already discarded/,
  },
  {
    name: 'an unknown block',
    fault: error(4001, UNKNOWN),
    method: /queryStorageAt/,
    logged: /Header was not found/,
  },
  {
    name: 'a method that is missing',
    fault: error(-32601, 'Method not found'),
    method: /queryStorageAt/,
    logged: /Method not found/,
  },
  {
    name: 'a response that is too large for the node',
    fault: error(-32008, 'Response is too big'),
    method: /queryStorageAt/,
    logged: /too big/,
  },
  {
    name: 'a rate limit as an error',
    fault: error(-32999, 'Too many requests'),
    logged: /Too many requests/,
  },
  { name: 'a connection that is reset', fault: faults.dead, logged: /connection|closed|reset|socket/i },
  { name: 'half of a body', fault: faults.halfBody, logged: /connection|closed|ended|incomplete|socket/i },
  { name: 'half of a JSON', fault: faults.truncatedJson, logged: /JSON/ },
  {
    name: 'wrong ids',
    fault: faults.wrongIds,
    logged: /answered (with the id of another call|\d+ of \d+ calls)/,
  },
  {
    name: 'missing answers of an array',
    fault: faults.missingAnswer,
    logged: /answered \d+ of \d+ calls|JSON-RPC/,
  },
  { name: 'missing results', fault: faults.missingResults, logged: /expected a result or an error/ },
  {
    name: 'missing values',
    fault: faults.missingChange,
    method: /queryStorageAt/,
    logged: /answered with \d+ of \d+ keys/,
  },
  {
    name: 'repeated values',
    fault: faults.repeatedChange,
    method: /queryStorageAt/,
    logged: /the same key twice/,
  },
  {
    name: 'values longer than their types',
    fault: faults.longerValues,
    method: /queryStorageAt/,
    logged: /byte|longer|left/i,
  },
  {
    name: 'values shorter than their types',
    fault: faults.shorterValues,
    method: /queryStorageAt/,
    logged: /byte|short|end/i,
  },
  {
    name: 'the state of another block',
    fault: faults.otherBlock(`0x${'5'.repeat(64)}`),
    method: /queryStorageAt/,
    logged: /got another one/,
  },
  {
    name: 'a body of 65 MB',
    fault: faults.tooLarge(65 * 1024 ** 2),
    method: /queryStorageAt/,
    logged: /larger than/,
  },
  { name: '429', fault: faults.tooManyRequests(), logged: /429/ },
  { name: 'a redirect', fault: faults.redirect('http://127.0.0.1:1/'), logged: /307/ },
  { name: 'HTML', fault: faults.html(200), logged: /JSON/ },
  { name: 'HTML with status 502', fault: faults.html(502), logged: /502/ },
]

const failingChain = ({ msg, node }: LogLine): boolean => msg === 'collectors failing' && node === undefined

/** An exporter on a node of spec 475 that has published everything. */
async function running() {
  const { chain, rpcNodes, urls, rpcUrls } = await simulate({ spec: 475, keepBlocks: 500 }, { rpc: true })
  const exporter = await testExporter({
    urls,
    rpcUrls,
    keys: KEYS,
    subnets: [1],
    poll: { timeoutMs: 10_000, intervalMs: 100 },
  })
  await exporter.until(allSucceed)
  return { chain, node: rpcNodes[0]!, exporter }
}

/** What is published of the chain, without what depends on the clock. */
const chainText = (metrics: string): string =>
  published(metrics)
    .split('\n')
    .filter((line) => !/^(# |bittensor_(node|runtime)_)/.test(line))
    .join('\n')

describe('a node that answers with', () => {
  test.each(CASES)('$name: one clear log line, nothing false, and all is well afterwards', async (each) => {
    const { chain, node, exporter } = await running()
    const before = await exporter.metrics()
    const undo = node.fault(each.method ?? /./, each.fault)
    chain.advance(1)
    const failing = await until(() => exporter.log.find(failingChain), { timeoutMs: 12_000 })
    const polls = (text: string) => valueOf(text, 'bittensor_exporter_chain_polls_total') ?? 0
    const during = await exporter.until((text) => polls(text) >= polls(before) + 3)
    // What was published of the chain stays as it was, in all collectors.
    expect(chainText(during)).toBe(chainText(before))
    expect(failing.level).toBe('warn')
    expect(failing['error']).toMatch(each.logged)
    expect(String(failing['error'])).not.toContain('\n')
    expect(exporter.log.filter(failingChain)).toHaveLength(1)
    undo()
    await exporter.until(
      (text) => allSucceed(text) && valueOf(text, 'bittensor_chain_block_height') === chain.finalizedHeight,
    )
    expect(exporter.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
  })

  test('answers in another order: everything is published, and nothing is logged', async () => {
    const { chain, node, exporter } = await running()
    node.fault(/./, faults.otherOrder)
    chain.advance(1)
    await exporter.until((text) => valueOf(text, 'bittensor_chain_block_height') === chain.finalizedHeight)
    expect(
      exporter.log.filter(({ msg, level }) => msg === 'collectors failing' || level === 'error'),
    ).toEqual([])
  })

  test('metadata of another runtime: nothing of the chain is published, and the log names both', async () => {
    const { rpcNodes, urls, rpcUrls } = await simulate({ spec: 475 }, { rpc: true })
    rpcNodes[0]!.fault('state_getMetadata', faults.otherMetadata(OTHER_METADATA))
    const exporter = await testExporter({ urls, rpcUrls, keys: KEYS, subnets: [1] })
    const failing = await until(() => exporter.log.find(({ msg }) => msg === 'collectors failing'))
    expect(failing['error']).toMatch(
      /answered with the metadata of node-subtensor 424, and the runtime is node-subtensor 475/,
    )
    expect(chainText(await exporter.metrics())).not.toMatch(/^bittensor_(chain|account|subnet|neuron)_/m)
  })

  test('a height that goes back: the published height stays', async () => {
    const { chain, node, exporter } = await running()
    const height = chain.finalizedHeight
    chain.advance(20)
    await exporter.until((text) => valueOf(text, 'bittensor_chain_block_height') === height + 20)
    node.node.lag = 10
    const failing = await until(() => exporter.log.find(failingChain))
    expect(failing['error']).toMatch(/behind the published block/)
    expect(valueOf(await exporter.metrics(), 'bittensor_chain_block_height')).toBe(height + 20)
  })

  test('syncing: its state is on /metrics', async () => {
    const { node, exporter } = await running()
    node.node.syncing = true
    await exporter.until((text) => text.includes('bittensor_node_syncing{node="node-a"} 1'))
    expect(exporter.log.filter(({ level }) => level === 'error')).toEqual([])
  })
})
