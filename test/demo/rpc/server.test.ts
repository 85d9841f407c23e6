import { describe, expect, test } from 'vitest'
import { SimulatedChain } from '../../../src/demo/chain.ts'
import * as faults from '../../../src/demo/rpc/fault.ts'
import { small } from '../small.ts'
import { rpcNode, type CallAnswer } from './node.ts'
import { PolkadotRuntime } from './polkadot.ts'

const UNKNOWN = `0x${'ab'.repeat(32)}`

/** A storage key of no item. */
const NO_ITEM = `0x${'5a'.repeat(32)}`

const request = (id: unknown, method: string, ...params: readonly unknown[]) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
})

describe('error answers', () => {
  const chain = small({ keepBlocks: 20 })
  chain.advance(40)
  const discarded = chain.hashAt(chain.oldestHeight - 1)
  test.each<[string, string, readonly unknown[], number, string, string?]>([
    ['a method that does not exist', 'system_nothing', [], -32601, 'Method not found'],
    ['a name of a property of objects', 'toString', [], -32601, 'Method not found'],
    ['an unsafe method', 'system_peers', [], -32601, 'RPC call is unsafe to be called externally'],
    [
      'state that is discarded',
      'state_getStorage',
      ['0x', discarded],
      4003,
      `Client error: UnknownBlock: State already discarded for ${discarded}`,
    ],
    [
      'values of a state that is discarded',
      'state_queryStorageAt',
      [['0x'], discarded],
      4003,
      `Client error: UnknownBlock: State already discarded for ${discarded}`,
    ],
    [
      'metadata of a state that is discarded',
      'state_getMetadata',
      [discarded],
      4003,
      `Client error: Api called for an unknown Block: State already discarded for ${discarded}`,
    ],
    [
      'an unknown block',
      'state_getRuntimeVersion',
      [UNKNOWN],
      4003,
      `Client error: UnknownBlock: Header was not found in the database: ${UNKNOWN}`,
    ],
    [
      'values of an unknown block',
      'state_queryStorageAt',
      [['0x'], UNKNOWN],
      4001,
      `Cannot resolve a block range ['"${UNKNOWN}"' ... '"Some(${UNKNOWN})"]. UnknownBlock: Header was not found in the database: ${UNKNOWN}`,
    ],
    [
      'more keys than a page may have',
      'state_getKeysPaged',
      ['0x', 1001],
      4002,
      'count exceeds maximum value. value: 1001, max: 1000',
    ],
    [
      'a key that is not hex',
      'state_getStorage',
      ['0xzz'],
      -32602,
      'Invalid params',
      'expected a storage key in hex',
    ],
    [
      'keys that are no list',
      'state_queryStorageAt',
      ['0x'],
      -32602,
      'Invalid params',
      'expected a list of storage keys',
    ],
    ['a hash that is too short', 'chain_getHeader', ['0x00'], -32602, 'Invalid params', 'expected 32 bytes'],
    [
      'a block number that is none',
      'chain_getBlockHash',
      ['ten'],
      -32602,
      'Invalid params',
      'expected a block number',
    ],
  ])('%s', async (_, method, params, code, message, data) => {
    const { ask } = await rpcNode(chain)
    const error = data === undefined ? { code, message } : { code, message, data }
    expect(await ask(method, ...params)).toEqual({ jsonrpc: '2.0', id: 7, error })
  })

  test('what is no JSON-RPC', async () => {
    const { post } = await rpcNode(chain)
    const text = async (body: string) => (await post(body)).text
    expect(await text('{')).toBe(
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}',
    )
    const invalid = { code: -32600, message: 'Invalid request' }
    for (const body of ['[]', '7', 'null', '{}', '{"jsonrpc":"1.0","method":"system_chain"}'])
      expect(JSON.parse(await text(body))).toEqual({ jsonrpc: '2.0', id: null, error: invalid })
    expect(JSON.parse(await text('{"id":3,"method":"system_chain"}'))).toMatchObject({
      id: 3,
      error: invalid,
    })
    expect(await text('{"jsonrpc":"2.0","method":"system_chain"}')).toBe('')
  })

  test('blocks that are unknown, or whose bodies are discarded, are null', async () => {
    const { call } = await rpcNode(chain)
    expect(await call('chain_getHeader', UNKNOWN)).toBeNull()
    expect(await call('chain_getBlock', UNKNOWN)).toBeNull()
    expect(await call('chain_getBlockHash', chain.height + 1)).toBeNull()
    expect(await call('chain_getBlock', discarded)).toBeNull()
    expect(await call('chain_getHeader', discarded)).toMatchObject({
      number: `0x${(chain.oldestHeight - 1).toString(16)}`,
    })
    const oldest = chain.hashAt(chain.oldestHeight)
    expect(await call('chain_getBlock', oldest)).toBeNull()
  })
})

describe('requests', () => {
  test('an array of calls is answered in its order, one error among results', async () => {
    const chain = small()
    const { post } = await rpcNode(chain)
    const body = JSON.stringify([
      request('a', 'chain_getFinalizedHead'),
      { jsonrpc: '2.0', method: 'system_chain' },
      request(2, 'no_such'),
      5,
    ])
    expect(JSON.parse((await post(body)).text)).toEqual([
      { jsonrpc: '2.0', id: 'a', result: chain.hashAt(chain.height - 2) },
      { jsonrpc: '2.0', id: 2, error: { code: -32601, message: 'Method not found' } },
      { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid request' } },
    ])
  })

  test('a node without batches, and limits of requests and responses', async () => {
    const { node, post, ask } = await rpcNode(small())
    const array = JSON.stringify([request(1, 'state_getMetadata'), request(2, 'system_chain')])
    node.limits.batches = false
    expect(JSON.parse((await post(array)).text)).toMatchObject({ error: { code: -32005 } })
    node.limits.batches = true
    node.limits.responseBytes = 1000
    const big = { code: -32008, message: 'Response is too big', data: 'Exceeded max limit of 1000' }
    expect((await ask('state_getMetadata')).error).toEqual(big)
    expect(JSON.parse((await post(array)).text)).toMatchObject([
      { id: 1, error: big },
      { id: 2, result: 'Bittensor' },
    ])
    node.limits.responseBytes = 140
    expect(JSON.parse((await post(array)).text)).toMatchObject({ error: { code: -32011 } })
    node.limits.requestBytes = 10
    const answer = await post(array)
    expect(answer.status).toBe(413)
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: -32007, message: 'Request is too big' } })
  })

  test('what the HTTP server refuses', async () => {
    const { node, post } = await rpcNode(small())
    const get = await fetch(node.url)
    expect([get.status, await get.text()]).toEqual([
      405,
      'Used HTTP Method is not allowed. POST is required\n',
    ])
    const text = await post('{}', { 'Content-Type': 'text/plain' })
    expect(text.status).toBe(415)
    node.limits.hosts = ['node.example']
    const answer = await post('{}')
    expect([answer.status, answer.text]).toEqual([403, 'Provided Host header is not whitelisted.\n'])
    node.limits.hosts = ['127.0.0.1']
    expect((await post('{}')).status).toBe(200)
  })

  test.each([true, false])(
    'requests over the rate limit get 429, with Retry-After: %s',
    async (retryAfter) => {
      const { node, post } = await rpcNode(small(), { limits: { perSecond: 0, retryAfter } })
      const body = JSON.stringify(request(1, 'system_chain'))
      const answer = await post(body)
      expect([answer.status, answer.text]).toEqual([429, 'Too Many Requests'])
      expect(answer.headers.get('retry-after')).toBe(retryAfter ? '1' : null)
      node.limits.perSecond = Infinity
      expect((await post(body)).status).toBe(200)
      expect(node.requests).toEqual({ total: 2, limited: 1 })
    },
  )

  test('one request a second', async () => {
    const { post } = await rpcNode(small(), { limits: { perSecond: 1 } })
    const body = JSON.stringify(request(1, 'system_chain'))
    const statuses = await Promise.all(Array.from({ length: 5 }, async () => (await post(body)).status))
    // Five requests at once may straddle the end of a second.
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(2)
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(3)
  })
})

describe('what a node says of itself', () => {
  test('identity, health, token and methods', async () => {
    const chain = small({ symbol: 'TTAO', decimals: 6, spec: 424 })
    const { node, call } = await rpcNode(chain, { health: { peers: 5, pendingExtrinsics: 3 } })
    node.node.syncing = true
    expect(await call('system_health')).toEqual({ peers: 5, isSyncing: true, shouldHavePeers: true })
    expect(await call('system_nodeRoles')).toEqual(['Full'])
    expect(await call('system_version')).toBe('4.0.0-dev-c88a37247b9')
    expect(await call('system_chain')).toBe('Bittensor')
    expect(await call('system_chainType')).toBe('Live')
    expect(await call('system_name')).toBe('Subtensor Node')
    expect(await call('system_properties')).toMatchObject({
      ss58Format: 42,
      tokenDecimals: 6,
      tokenSymbol: 'TTAO',
    })
    expect(await call('author_pendingExtrinsics')).toHaveLength(3)
    expect(await call('state_getRuntimeVersion')).toMatchObject({
      specName: 'node-subtensor',
      implName: 'node-subtensor',
      specVersion: 424,
      transactionVersion: 1,
    })
    const { methods } = (await call('rpc_methods')) as { readonly methods: readonly string[] }
    expect(methods).toEqual(methods.toSorted())
    expect(methods).toContain('state_queryStorageAt')
    expect(methods).toContain('system_peers')
  })

  test('a node that is behind does not know newer blocks, and a height can go back', async () => {
    const chain = small()
    chain.advance(10)
    const { node, call, ask } = await rpcNode(chain)
    const best = await call('chain_getBlockHash')
    node.node.lag = 3
    expect(await call('chain_getBlockHash')).toBe(chain.hashAt(chain.height - 3))
    expect(await call('chain_getFinalizedHead')).toBe(chain.hashAt(chain.height - 5))
    expect(await call('chain_getHeader', best)).toBeNull()
    expect((await ask('state_getStorage', '0x', best)).error?.code).toBe(4003)
    expect(await call('chain_getBlockHash', [1, '0x2', chain.height])).toEqual([
      chain.hashAt(1),
      chain.hashAt(2),
      null,
    ])
  })
})

describe('storage', () => {
  test('state_queryStorageAt: in the order of the keys, each once, null where there is nothing', async () => {
    const chain = small()
    const { call } = await rpcNode(chain)
    const runtime = new PolkadotRuntime((await call('state_getMetadata')) as string)
    const [tempo, absent, owner] = [
      runtime.key('SubtensorModule', 'Tempo', [1]),
      runtime.key('SubtensorModule', 'Tempo', [2]),
      runtime.key('SubtensorModule', 'SubnetOwner', [1]),
    ]
    const hash = chain.hashAt(chain.finalizedHeight)
    const [set] = (await call(
      'state_queryStorageAt',
      [owner, tempo, absent, tempo, NO_ITEM, owner],
      hash,
    )) as {
      readonly block: string
      readonly changes: readonly (readonly [string, string | null])[]
    }[]
    expect(set?.block).toBe(hash)
    expect(set?.changes.map(([key]) => key)).toEqual([owner, tempo, absent, NO_ITEM])
    // Tempo is 99 on subnet 1; there is no subnet 2.
    expect(set?.changes.slice(1).map(([, value]) => value)).toEqual(['0x6300', null, null])
    expect(await call('state_queryStorageAt', [], hash)).toEqual([])
  })

  test('a key with a wrong hash, too short or too long, has no value', async () => {
    const chain = small()
    const { call } = await rpcNode(chain)
    const runtime = new PolkadotRuntime((await call('state_getMetadata')) as string)
    const { hotkey } = chain.truth().subnets.get(1)!.neurons[1]!
    const key = runtime.key('SubtensorModule', 'Owner', [hotkey])
    const wrong = key.slice(0, 70) + (key[70] === '0' ? '1' : '0') + key.slice(71)
    expect(await call('state_getStorage', key)).toMatch(/^0x[0-9a-f]{64}$/)
    expect(await call('state_getStorage', key.toUpperCase().replace('0X', '0x'))).toMatch(/^0x[0-9a-f]{64}$/)
    for (const other of [wrong, key.slice(0, -2), `${key}00`])
      expect(await call('state_getStorage', other)).toBeNull()
  })

  test('state_getKeysPaged: pages in order, all of them once', async () => {
    const chain = small({ spec: 475 })
    const { call } = await rpcNode(chain)
    const runtime = new PolkadotRuntime((await call('state_getMetadata')) as string)
    const prefix = runtime.prefix('SubtensorModule', 'Keys')
    const pages: string[] = []
    for (let page: readonly string[] = [], rounds = 0; rounds < 20; rounds++) {
      page = (await call('state_getKeysPaged', prefix, 10, page.at(-1) ?? null)) as readonly string[]
      pages.push(...page)
      if (page.length < 10) break
    }
    const expected = [0, 1, 3, 11].flatMap((netuid) =>
      Array.from({ length: 24 }, (_, uid) => runtime.key('SubtensorModule', 'Keys', [netuid, uid])),
    )
    expect(pages).toEqual(expected.toSorted())
    const one = runtime.key('SubtensorModule', 'Keys', [3, 0]).slice(0, -4)
    expect(await call('state_getKeysPaged', one, 1000)).toHaveLength(24)
  })

  test('the share of each coldkey is listed under its hotkey', async () => {
    const chain = small({ spec: 475 })
    const { call } = await rpcNode(chain)
    const runtime = new PolkadotRuntime((await call('state_getMetadata')) as string)
    const { hotkey, coldkey } = chain.truth().subnets.get(1)!.neurons[1]!
    const key = runtime.key('SubtensorModule', 'AlphaV2', [hotkey, coldkey, 1])
    const listed = (await call('state_getKeysPaged', key.slice(0, 2 + 64 + 96), 1000)) as readonly string[]
    // This hotkey validates on all four subnets.
    expect(listed.map((each) => runtime.keyParts('SubtensorModule', 'AlphaV2', each))).toEqual(
      expect.arrayContaining([0, 1, 3, 11].map((netuid) => [hotkey, coldkey, String(netuid)])),
    )
    expect(listed).toHaveLength(4)
  })

  test('the number of a block and the hash of its parent are in its state', async () => {
    const chain = small()
    const { call } = await rpcNode(chain)
    const runtime = new PolkadotRuntime((await call('state_getMetadata')) as string)
    const read = async (item: string) =>
      runtime.value(
        'System',
        item,
        (await call('state_getStorage', runtime.prefix('System', item))) as string,
      )
    expect(await read('Number')).toBe(String(chain.height))
    expect(await read('ParentHash')).toBe(chain.hashAt(chain.height - 1))
  })
})

test('at the block that sets new code the version is the new one and the state is still the old one', async () => {
  const chain = new SimulatedChain({ spec: 424, subnets: [0, 1], neurons: 8 })
  chain.setSpec(475)
  chain.advance(2)
  const { call } = await rpcNode(chain)
  const runtimeAt = async (hash: string) =>
    new PolkadotRuntime((await call('state_getMetadata', hash)) as string)
  const newest = await runtimeAt(chain.hashAt(chain.height))
  // An item of spec 475.
  const consensus = newest.prefix('SubtensorModule', 'SubnetEpochConsensus')
  const seen: unknown[] = []
  for (const height of [chain.height - 2, chain.height - 1, chain.height]) {
    const hash = chain.hashAt(height)
    const runtime = await runtimeAt(hash)
    const { specVersion } = (await call('state_getRuntimeVersion', hash)) as { readonly specVersion: number }
    const key = runtime.prefix('System', 'LastRuntimeUpgrade')
    const value = (await call('state_getStorage', key, hash)) as string
    const writer = runtime.value('System', 'LastRuntimeUpgrade', value)
    const entries = (await call('state_getKeysPaged', consensus, 10, null, hash)) as readonly string[]
    seen.push([specVersion, writer, entries.length])
  }
  const writer = (specVersion: number) => ({ specVersion: String(specVersion), specName: 'node-subtensor' })
  expect(seen).toEqual([
    [424, writer(424), 0],
    [475, writer(424), 0],
    [475, writer(475), 2],
  ])
})

test('changed types are in the metadata and in the values', async () => {
  const chain = new SimulatedChain({
    spec: 475,
    subnets: [0, 1],
    neurons: 4,
    changedTypes: { from: 475, types: { 'SubtensorModule.Tempo': 'u32' } },
  })
  const { call } = await rpcNode(chain)
  const runtime = new PolkadotRuntime((await call('state_getMetadata')) as string)
  const key = runtime.key('SubtensorModule', 'Tempo', [1])
  expect(await call('state_getStorage', key)).toBe('0x63000000')
  expect(runtime.value('SubtensorModule', 'Tempo', '0x63000000')).toBe('99')
})

describe('faults', () => {
  const body = JSON.stringify([
    request(1, 'system_chain'),
    request(2, 'system_name'),
    request(3, 'system_version'),
  ])
  const ids = (text: string) => (JSON.parse(text) as readonly CallAnswer[]).map(({ id }) => id)
  const values = async (fault: faults.RpcFault) => {
    const chain = small()
    const { node, call } = await rpcNode(chain)
    const runtime = new PolkadotRuntime((await call('state_getMetadata')) as string)
    const keys = [0, 1, 3].map((netuid) => runtime.key('SubtensorModule', 'Tempo', [netuid]))
    node.fault('state_queryStorageAt', fault)
    const [set] = (await call('state_queryStorageAt', keys)) as {
      readonly block: string
      readonly changes: readonly (readonly [string, string | null])[]
    }[]
    return set?.changes.map(([key, value]) => [keys.indexOf(key), value])
  }

  test('ids, order and missing answers', async () => {
    const { node, post } = await rpcNode(small())
    const seen = async (fault: faults.RpcFault) => {
      const undo = node.fault(/^system_/, fault)
      const { text } = await post(body)
      undo()
      return text
    }
    expect(ids(await seen({}))).toEqual([1, 2, 3])
    expect(ids(await seen(faults.otherOrder))).toEqual([3, 2, 1])
    expect(ids(await seen(faults.wrongIds))).toEqual(['1-wrong', '2-wrong', '3-wrong'])
    expect(ids(await seen(faults.sameIds))).toEqual([1, 1, 1])
    expect(ids(await seen(faults.missingAnswer))).toEqual([1, 2])
    expect(JSON.parse(await seen(faults.missingResults))).toEqual(
      [1, 2, 3].map((id) => ({ jsonrpc: '2.0', id })),
    )
    expect(ids((await post(body)).text)).toEqual([1, 2, 3])
  })

  test('values: longer, shorter, missing, repeated, of another key', async () => {
    // Tempos at spec 475: 360, 99, 360 in two bytes.
    const right = [
      [0, '0x6801'],
      [1, '0x6300'],
      [2, '0x6801'],
    ]
    expect(await values({})).toEqual(right)
    expect(await values(faults.longerValues)).toEqual(
      right.map(([key, value]) => [key, `${String(value)}00`]),
    )
    expect(await values(faults.shorterValues)).toEqual(
      right.map(([key, value]) => [key, String(value).slice(0, 4)]),
    )
    expect(await values(faults.missingChange)).toEqual(right.slice(0, 2))
    expect(await values(faults.repeatedChange)).toEqual([right[0], ...right])
    expect(await values(faults.shiftedValues)).toEqual([
      [0, '0x6801'],
      [1, '0x6801'],
      [2, '0x6300'],
    ])
  })

  test('answers that are no JSON-RPC, and connections that end', async () => {
    const { node, post } = await rpcNode(small())
    const seen = async (fault: faults.RpcFault) => {
      node.fault('system_chain', { ...fault, times: 1 })
      return post(body).catch((error: unknown) => error)
    }
    expect(await seen(faults.html())).toMatchObject({
      status: 502,
      text: expect.stringMatching(/^<html>/) as string,
    })
    expect(await seen(faults.tooManyRequests(9))).toMatchObject({ status: 429, text: 'Too Many Requests' })
    const moved = await seen(faults.redirect('http://127.0.0.1:1/'))
    expect(moved).toMatchObject({ status: 307 })
    expect(await seen(faults.truncatedJson)).toMatchObject({ status: 200 })
    expect(await seen(faults.halfBody)).toBeInstanceOf(TypeError)
    expect(await seen(faults.dead)).toBeInstanceOf(TypeError)
    const large = await seen(faults.tooLarge(3_000_000))
    expect((large as { readonly text: string }).text).toHaveLength(3_000_000)
    const start = performance.now()
    expect(await seen(faults.slow(120))).toMatchObject({ status: 200 })
    expect(performance.now() - start).toBeGreaterThan(100)
    expect(await post(body)).toMatchObject({ status: 200 })
  })

  test('a node that is down, and metadata and blocks of others', async () => {
    const chain = small()
    const { node, call, post } = await rpcNode(chain)
    const other = node.fault('state_getMetadata', faults.otherMetadata('0x6d65'))
    expect(await call('state_getMetadata')).toBe('0x6d65')
    other()
    node.fault('state_queryStorageAt', faults.otherBlock(UNKNOWN))
    expect(await call('state_queryStorageAt', ['0x00'])).toEqual([
      { block: UNKNOWN, changes: [['0x00', null]] },
    ])
    node.node.down = true
    await expect(post(body)).rejects.toThrow()
  })
})
