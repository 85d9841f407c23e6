import { encodeAddress } from '@polkadot/util-crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { ITEMS } from '../../../src/storage/layout.ts'
import { openView, type LayoutCache } from '../../../src/storage/view.ts'
import { rpcClient } from '../../../src/upstream/rpc/client.ts'
import { RuntimeError } from '../../../src/upstream/errors.ts'
import { count } from '../../../src/upstream/decode.ts'
import { metadataWire } from '../../../src/upstream/sidecar/metadata-wire.ts'
import { failureOf } from '../sidecar/server.ts'
import {
  blockAt,
  chainMethods,
  fakeNode,
  hashOf,
  headerAt,
  heightOf,
  NodeError,
  rpcHttp,
  versionOf,
  type ChainOptions,
  type Method,
} from './node.ts'
import { polkadot } from './polkadot.ts'

let signal: AbortSignal
beforeEach(() => {
  signal = new AbortController().signal
})

const metadata = new Map(
  await Promise.all([381, 424].map(async (spec) => [spec, (await polkadot(spec)).metadata] as const)),
)
const metadataOf = (spec: number): string => metadata.get(spec)!

/** A client of a node whose chain has spec 424 in the state of each block, unless told otherwise. */
async function clientOf(options: Partial<ChainOptions> = {}, methods: Readonly<Record<string, Method>> = {}) {
  const chain = chainMethods({ metadata: metadataOf, specAt: () => 424, ...options })
  const node = await fakeNode({ ...chain, ...methods })
  const calls = (method: string) => node.requests.flat().filter((call) => call.method === method)
  return { client: rpcClient(rpcHttp(node.url)), node, calls }
}

describe('what a node tells about itself', () => {
  test('all of it, in few requests', async () => {
    const { client, node } = await clientOf()
    const [version, network, pool, best] = await Promise.all([
      client.nodeVersion(signal),
      client.nodeNetwork(signal),
      client.pendingExtrinsics(signal),
      client.bestHeight(signal),
    ])
    expect(version).toEqual({ chain: 'Bittensor', clientName: 'node-subtensor', clientVersion: '4.0.0-dev' })
    expect(network).toEqual({ roles: ['full'], peers: 12, syncing: false, shouldHavePeers: true })
    expect([pool, best]).toEqual([2, 103])
    // The pool may be large, and is asked for alone.
    expect(node.requests.map(({ length }) => length).toSorted()).toEqual([1, 6])
  })

  test('the finalized head, with the runtime at it', async () => {
    const { client, node } = await clientOf({ finalized: 77 })
    expect(await client.finalizedHead(signal)).toEqual({
      block: { height: 77, hash: hashOf(77) },
      runtime: {
        specName: 'node-subtensor',
        specVersion: 424,
        implVersion: 1,
        authoringVersion: 1,
        transactionVersion: 1,
        chainType: 'live',
        token: { symbol: 'TAO', decimals: 9, ss58Format: 42 },
      },
    })
    expect(node.requests).toHaveLength(2)
  })

  test('lists of tokens, and chains without one', async () => {
    const properties: Method[] = [
      () => ({ ss58Format: 42, tokenDecimals: [9, 12], tokenSymbol: ['TAO', 'X'] }),
      () => ({}),
    ]
    const tokens = []
    for (const system_properties of properties) {
      const { client } = await clientOf({}, { system_properties })
      tokens.push((await client.runtimeAt(hashOf(1), signal)).token)
    }
    expect(tokens).toEqual([{ symbol: 'TAO', decimals: 9, ss58Format: 42 }, undefined])
  })

  test('the chain type of a chain specification of its own is custom; another object is an error', async () => {
    const custom = await clientOf({}, { system_chainType: () => ({ Custom: 'x' }) })
    expect((await custom.client.runtimeAt(hashOf(1), signal)).chainType).toBe('custom')
    const other = await clientOf({}, { system_chainType: () => ({ unexpected: '1' }) })
    expect(await failureOf(other.client.runtimeAt(hashOf(1), signal))).toMatchObject({
      reason: 'shape',
      path: 'system_chainType',
    })
  })

  test.each<[string, Method, string]>([
    ['system_health', () => ({ isSyncing: false, shouldHavePeers: true }), 'peers'],
    ['system_health', () => ({ peers: 3, shouldHavePeers: true }), 'isSyncing'],
    ['system_health', () => ({ peers: -1, isSyncing: false, shouldHavePeers: true }), 'peers'],
    ['system_nodeRoles', () => null, 'the answer'],
  ])('a member that is missing or wrong is an error, never 0: %s', async (method, answer, member) => {
    const { client } = await clientOf({}, { [method]: answer })
    const error = await failureOf(client.nodeNetwork(signal))
    expect([error.reason, error.path]).toEqual(['shape', method])
    expect(error.message).toContain(`${member}: `)
  })

  test('a method that is not offered fails alone', async () => {
    const { client, node } = await clientOf()
    node.methods.delete('author_pendingExtrinsics')
    const [pool, best] = [failureOf(client.pendingExtrinsics(signal)), client.bestHeight(signal)]
    expect([(await pool).reason, await best]).toEqual(['unknown_method', 103])
  })
})

describe('storage', () => {
  test('values are decoded, absent ones are the default or null', async () => {
    const storage = (key: string) => (key.endsWith('0100') ? '0x6901' : null)
    const { client } = await clientOf({ storage })
    const read = (item: (typeof ITEMS)[keyof typeof ITEMS], ...keys: (number | string)[]) =>
      client.storage(item, keys, blockAt(9), signal)
    expect(await read(ITEMS.tempo, 1)).toBe('361')
    expect(await read(ITEMS.tempo, 2)).toBe('360')
    expect(await read(ITEMS.subnetOwner, 2)).toBe('5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM')
    expect(await read(ITEMS.totalNetworks)).toBe('0')
    expect(await read(ITEMS.subnetIdentitiesV3, 2)).toBeNull()
  })

  test.each<[string, string]>([
    ['longer', '0x680100'],
    ['shorter', '0x68'],
    ['no hex', '0xzz'],
    ['half a byte', '0x680'],
  ])('a value that is %s than its type has reason shape, and names its place', async (_, value) => {
    const { client } = await clientOf({ storage: () => value })
    const error = await failureOf(client.storage(ITEMS.tempo, [1], blockAt(9), signal))
    expect(error.reason).toBe('shape')
    expect(error.path).toContain('/pallets/SubtensorModule/storage/Tempo?keys%5B%5D=1&')
  })

  test('items, pallets and keys that the runtime does not have', async () => {
    const { client } = await clientOf()
    const fail = (pallet: string, item: string, keys: (number | string)[]) =>
      failureOf(client.storage({ pallet, item }, keys, blockAt(9), signal))
    expect((await fail('SubtensorModule', 'Nothing', [])).reason).toBe('no_item')
    expect((await fail('Nothing', 'Nothing', [])).reason).toBe('unknown_pallet')
    for (const keys of [[], [1, 2], [70_000], ['x']])
      expect((await fail('SubtensorModule', 'Tempo', keys)).reason).toBe('bad_key')
  })

  test('reads at once go together, after the header, the runtime and its metadata', async () => {
    const { client, node, calls } = await clientOf()
    const netuids = Array.from({ length: 100 }, (_, netuid) => netuid)
    const reads = netuids.flatMap((netuid) =>
      [ITEMS.tempo, ITEMS.burn].map((item) => client.storage(item, [netuid], blockAt(9), signal)),
    )
    expect(await Promise.all(reads)).toHaveLength(200)
    expect(node.requests).toHaveLength(4)
    await client.storage(ITEMS.tempo, [1], blockAt(10), signal)
    expect(calls('state_getMetadata')).toHaveLength(1)
  })

  test('a column has the values of its entries, and errors name the entry', async () => {
    const owners = new Map([
      ['0500', 'aa'.repeat(32)],
      ['0700', 'bb'.repeat(32)],
    ])
    const storage = (key: string) => {
      const owner = owners.get(key.slice(-4))
      return owner === undefined ? null : `0x${owner}`
    }
    const { client, calls } = await clientOf({ storage })
    const column = (item: (typeof ITEMS)[keyof typeof ITEMS], entries: (number | string)[][]) =>
      client.storageColumn(item, entries, blockAt(9), signal)
    // By hand: the addresses of the accounts of 32 bytes 0xaa, of 32 bytes 0xbb, and of 32 zeros.
    const [a, b, zero] = ['aa', 'bb', '00'].map((byte) => encodeAddress(`0x${byte.repeat(32)}`, 42))
    expect(await column(ITEMS.subnetOwner, [[7], [5], [6], [7]])).toEqual([b, a, zero, b])
    // The accounts are known now, and are not decoded from hex again.
    expect(await column(ITEMS.subnetOwner, [[5], [7]])).toEqual([a, b])
    expect(calls('state_queryStorageAt')).toHaveLength(2)
    const bad = await failureOf(column(ITEMS.subnetOwner, [[5], [70_000], [7]]))
    expect([bad.reason, bad.path]).toEqual(['bad_key', expect.stringContaining('keys%5B%5D=70000&')])
    owners.set('0800', 'cc')
    const short = await failureOf(column(ITEMS.subnetOwner, [[5], [8], [7]]))
    expect([short.reason, short.path]).toEqual(['shape', expect.stringContaining('keys%5B%5D=8&')])
  })

  test('what every poll reads first goes with the first read at a block, once', async () => {
    const { client, calls } = await clientOf({ storage: (key) => (key.length === 66 ? '0x0300' : null) })
    const total = () => client.storage(ITEMS.totalNetworks, [], blockAt(9), new AbortController().signal)
    expect(await client.storage(ITEMS.tempo, [1], blockAt(9), signal)).toBe('360')
    expect(await total()).toBe('3')
    expect(await client.storage(ITEMS.tempo, [2], blockAt(9), new AbortController().signal)).toBe('360')
    const keys = calls('state_queryStorageAt').map(({ params }) => (params[0] as string[]).length)
    expect(keys).toEqual([3, 1])
    // Another block has a state of its own.
    await client.storage(ITEMS.totalNetworks, [], blockAt(10), signal)
    expect(calls('state_queryStorageAt')).toHaveLength(3)
  })

  test('a discarded block has reason block_gone', async () => {
    const discarded: Method = ([, hash]) => {
      throw new NodeError(4003, `Client error: UnknownBlock: State already discarded for ${String(hash)}`)
    }
    const { client } = await clientOf({}, { state_queryStorageAt: discarded })
    expect((await failureOf(client.storage(ITEMS.tempo, [1], blockAt(9), signal))).reason).toBe('block_gone')
  })

  test('a block that the node does not have has reason block_gone; later reads try again', async () => {
    const { client, node } = await clientOf({}, { chain_getHeader: () => null })
    expect((await failureOf(client.storage(ITEMS.tempo, [1], blockAt(9), signal))).reason).toBe('block_gone')
    node.methods.set('chain_getHeader', ([hash]) => headerAt(heightOf(hash)))
    expect(await client.storage(ITEMS.tempo, [1], blockAt(9), signal)).toBe('360')
  })

  test('the header of another height has reason wrong_block', async () => {
    const { client } = await clientOf({}, { chain_getHeader: () => headerAt(8) })
    expect((await failureOf(client.storage(ITEMS.tempo, [1], blockAt(9), signal))).reason).toBe('wrong_block')
  })

  test.each<[string, string, Method]>([
    ['of another runtime', 'wrong_runtime', () => metadataOf(381)],
    ['that is no hex', 'shape', () => 'metadata'],
    ['that is cut off', 'shape', () => metadataOf(424).slice(0, 5000)],
    ['of a version that is not supported', 'shape', () => '0x6d6574610d00'],
  ])('metadata %s', async (_, reason, state_getMetadata) => {
    const { client } = await clientOf({}, { state_getMetadata })
    const error = await failureOf(client.storage(ITEMS.tempo, [1], blockAt(9), signal))
    expect([error.reason, error.path]).toEqual([reason, 'state_getMetadata'])
  })
})

/** Block 50 sets the code of spec 424: it is in the state of block 50, and executes from block 51 on. */
const upgraded: Pick<ChainOptions, 'specAt'> = { specAt: (height) => (height >= 50 ? 424 : 381) }

describe('an upgrade at block 50', () => {
  /** What the runtime that wrote the state of a block has noted: its spec version, compact, and its name. */
  const noted = (height: number): string => {
    const spec = height > 50 ? 424 : 381
    const bytes = Buffer.concat([
      Buffer.of(((spec & 63) << 2) | 1, spec >> 6, 14 << 2),
      Buffer.from('node-subtensor'),
    ])
    return `0x${bytes.toString('hex')}`
  }
  const LAST_UPGRADE = '0x26aa394eea5630e07c48ae0c9558cef7f9cce9c888469bb1a0dceaa129672ef8'
  const storage = (key: string, height: number) => (key === LAST_UPGRADE ? noted(height) : null)

  const viewAt = async (
    height: number,
    options: Partial<ChainOptions> = {},
    layouts: LayoutCache = new Map<string, never>(),
  ) => {
    const { client, calls } = await clientOf({ ...upgraded, storage, ...options })
    const head = { block: blockAt(height), runtime: await client.runtimeAt(hashOf(height), signal) }
    return { view: await openView(client, head, layouts, new AbortController()), client, calls }
  }

  test.each([
    [49, 381, 381],
    [50, 424, 381],
    [51, 424, 424],
  ])('block %i reports spec %i, and is decoded by spec %i', async (height, reported, decoding) => {
    const { client } = await clientOf(upgraded)
    expect((await client.runtimeAt(hashOf(height), signal)).specVersion).toBe(reported)
    expect(await client.decodingSpec(blockAt(height), signal)).toBe(decoding)
    expect(await client.metadataAt(hashOf(height), signal)).toEqual(
      metadataWire.parse((await polkadot(reported)).json),
    )
    // Rank went away between the two specs, and AlphaV2 came.
    const [rank, alpha] = await Promise.all(
      [ITEMS.rank, ITEMS.alphaV2].map((item) =>
        client
          .storage(item, item === ITEMS.rank ? [1] : [ACCOUNT, ACCOUNT, 1], blockAt(height), signal)
          .catch((error: unknown) => (error as { reason: string }).reason),
      ),
    )
    expect([rank, alpha]).toEqual(
      decoding === 381 ? [[], 'no_item'] : ['no_item', { mantissa: '0', exponent: '0' }],
    )
  })

  test('layouts of a node that names ever new runtimes are dropped, the oldest first', async () => {
    const { view } = await viewAt(49)
    const layout = Promise.resolve(view.layout)
    const layouts: LayoutCache = new Map([1, 2, 3, 4].map((spec) => [`invented ${spec}`, layout]))
    await viewAt(51, {}, layouts)
    expect([...layouts.keys()]).toEqual(['invented 2', 'invented 3', 'invented 4', 'node-subtensor 424'])
  })

  test.each([
    [49, 381],
    [50, 381],
    [51, 424],
  ])('a view at block %i has the layout of spec %i, and stays valid', async (height, spec) => {
    const { view, calls } = await viewAt(height)
    expect(view.layout.specVersion).toBe(spec)
    expect(await view.read(ITEMS.totalNetworks, [], count)).toBe(0)
    const rank = view.read(ITEMS.rank, [1], (value) => value)
    if (spec === 381) expect(await rank).toEqual([])
    else await expect(rank).rejects.toThrow(RuntimeError)
    await view.confirm()
    expect(calls('state_getMetadata')).toHaveLength(1)
  })

  test('state that another runtime wrote than the node says is not read', async () => {
    const error = await failureOf(viewAt(50, { storage: (key) => storage(key, 51) }))
    expect(error.reason).toBe('wrong_runtime')
  })

  test('each metadata is asked for once, in whatever order blocks are read', async () => {
    const { client, calls } = await clientOf(upgraded)
    for (const height of [49, 51, 50, 52, 51, 49])
      await client.storage(ITEMS.totalNetworks, [], blockAt(height), signal)
    expect(calls('state_getMetadata')).toHaveLength(2)
    expect(calls('state_getRuntimeVersion').map(({ params }) => params[0])).toEqual(
      [48, 50, 49, 51].map((height) => hashOf(height)),
    )
  })

  test('the first block is decoded by its own runtime', async () => {
    const { client } = await clientOf({ specAt: () => 381 })
    expect(await client.decodingSpec(blockAt(0), signal)).toBe(381)
  })
})

const ACCOUNT = '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM'

describe('blocks', () => {
  /** `timestamp.set` of 0, and the event that it succeeded: extrinsic 0, system.ExtrinsicSuccess, no weight, mandatory, pays. */
  const extrinsic = '0x1004020000'
  const events = '0x04000000000000000000020000'
  const chain_getBlock: Method = ([hash]) => ({
    block: { header: headerAt(heightOf(hash)), extrinsics: [extrinsic] },
    justifications: null,
  })
  const body = async (
    height: number,
    options: Partial<ChainOptions> = {},
    methods: Record<string, Method> = {},
  ) => {
    const made = await clientOf({ storage: () => events, ...options }, { chain_getBlock, ...methods })
    return { ...made, body: made.client.blockBody(height, signal) }
  }

  test('a final block, by its height', async () => {
    const { body: reading } = await body(100)
    expect(await reading).toMatchObject({
      height: 100,
      hash: hashOf(100),
      parentHash: hashOf(99),
      eventsBefore: [],
      extrinsics: [
        {
          signer: undefined,
          call: { pallet: 'timestamp', method: 'set', args: { now: '0' } },
          success: true,
          events: [{ pallet: 'system', name: 'ExtrinsicSuccess' }],
        },
      ],
      eventsAfter: [],
    })
  })

  test('the events are requested with the state, if the state of the block is being read', async () => {
    const { client, calls } = await clientOf({ storage: () => events }, { chain_getBlock })
    await client.storage(ITEMS.totalNetworks, [], blockAt(100), signal).catch(() => undefined)
    const read = await client.blockBody(100, signal)
    expect(read.extrinsics[0]?.events).toMatchObject([{ pallet: 'system', name: 'ExtrinsicSuccess' }])
    expect(calls('state_getStorage')).toEqual([])
    expect(calls('state_queryStorageAt').map(({ params }) => params[1])).toEqual([hashOf(100), hashOf(100)])
  })

  test('the finalized head is read by its hash, which the node has named', async () => {
    const { client, calls } = await clientOf({ storage: () => events, finalized: 100 }, { chain_getBlock })
    await client.finalizedHead(signal)
    expect(await client.blockBody(100, signal)).toMatchObject({ height: 100, hash: hashOf(100) })
    expect(calls('chain_getBlockHash')).toEqual([])
    expect(await client.blockBody(99, signal)).toMatchObject({ height: 99, hash: hashOf(99) })
    expect(calls('chain_getBlockHash')).toHaveLength(1)
  })

  test('a block that is not final has reason wrong_block, until it is', async () => {
    const { client, node, body: reading } = await body(101)
    expect(await failureOf(reading)).toMatchObject({ reason: 'wrong_block' })
    node.methods.set('chain_getFinalizedHead', () => hashOf(101))
    expect((await client.blockBody(101, signal)).height).toBe(101)
  })

  test.each<[string, string, Partial<ChainOptions>, Record<string, Method>]>([
    ['that the node does not know by its height', 'block_gone', {}, { chain_getBlockHash: () => null }],
    ['whose body is pruned', 'block_gone', {}, { chain_getBlock: () => null }],
    ['whose events are gone', 'block_gone', { storage: () => null }, {}],
    [
      'whose state is discarded',
      'block_gone',
      {},
      {
        state_getStorage: () => {
          throw new NodeError(4003, 'Client error: UnknownBlock: State already discarded for 0x00')
        },
      },
    ],
    ['whose events cannot be decoded', 'undecodable', { storage: () => '0x04ff' }, {}],
    [
      'that has another height',
      'wrong_block',
      {},
      { chain_getBlock: () => ({ block: { header: headerAt(3), extrinsics: [] } }) },
    ],
    ['whose answer is something else', 'shape', {}, { chain_getBlock: () => ({ header: {} }) }],
  ])('a block %s', async (_, reason, options, methods) => {
    const { body: reading } = await body(90, options, methods)
    expect((await failureOf(reading)).reason).toBe(reason)
  })

  test('the block that sets new code is decoded by the runtime before', async () => {
    const { calls, body: reading } = await body(50, upgraded)
    expect((await reading).extrinsics[0]?.call.method).toBe('set')
    expect(calls('state_getMetadata').map(({ params }) => params[0])).toEqual([hashOf(49)])
  })

  test('blocks that cannot be decoded are told of', async () => {
    const { client, body: reading } = await body(90, { storage: () => '0x04ff' })
    await failureOf(reading)
    expect(client.decoding.verdict).toBe(false)
  })
})

test('versions without a member are not taken', async () => {
  const { client } = await clientOf(
    {},
    { state_getRuntimeVersion: () => ({ ...versionOf(424), specVersion: undefined }) },
  )
  expect((await failureOf(client.finalizedHead(signal))).message).toContain('specVersion: ')
})
