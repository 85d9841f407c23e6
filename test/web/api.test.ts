import { describe, expect, test } from 'vitest'
import type { Nodes, Keys, Neuron, Neurons, Problem, Status, Subnets } from '../../src/web/api/schema.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { allSucceed, coldkey, hotkey, testExporter, type TestExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { expectPromised, isResolved, referencesIn, type OpenApi } from './openapi.ts'
import { valueOf } from '../support/parse-exposition.ts'
import { build } from '../support/build.ts'

const HOT = inventedAddress('api/hot')
const COLD = inventedAddress('api/cold')
const UNKNOWN_HOT = inventedAddress('api/unknown')
const placed = [{ hotkey: HOT, coldkey: COLD, netuids: [0, 1, 3], stake: 1234.5 }]

const fetchFrom = (exporter: TestExporter, path: string) => fetch(`${exporter.url}/api/v1${path}`)

const get = async <Body>(exporter: TestExporter, path: string): Promise<Body> =>
  (await (await fetchFrom(exporter, path)).json()) as Body

const openApiOf = (exporter: TestExporter) => get<OpenApi>(exporter, '/openapi.json')

const NOT_THERE = 'not registered there'

/** A stalled chain that is read completely. */
async function started(spec = 475): Promise<TestExporter> {
  const { urls } = await simulate({ spec, placed })
  const expectations = { coldkey: COLD, netuids: [1, 11], maxUpdatedBlocks: 100_000 }
  const exporter = await testExporter({
    urls,
    subnets: [0, 1, 11],
    keys: [
      { ...hotkey('watched', HOT), expect: expectations },
      hotkey('unknown', UNKNOWN_HOT),
      { ...coldkey('treasury', inventedAddress('api/treasury')), expect: { minFreeTao: '10' } },
    ],
  })
  await exporter.until(allSucceed)
  return exporter
}

describe('openapi.json', () => {
  test('has no dangling references and unique operation ids', async () => {
    const { urls } = await simulate()
    const document = await openApiOf(await testExporter({ urls }))
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(referencesIn(document).length).toBeGreaterThan(20)
    expect(referencesIn(document).filter((reference) => !isResolved(document, reference))).toEqual([])
    const operations = Object.values(document.paths).map((path) => path.get)
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    for (const [path, { get }] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(get.parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(inPath)
    }
  })

  test.each([103, 240, 424, 475])('every answer is what it promises, at spec %d', async (spec) => {
    const exporter = await started(spec)
    const document = await openApiOf(exporter)
    for (const [path, { get }] of Object.entries(document.paths)) {
      const url = path.replace('{netuid}', '1')
      await expectPromised(document, path, await fetchFrom(exporter, url))
      await expectPromised(document, path, await fetchFrom(exporter, `${url}?nonsense=1`))
      if (path.includes('{netuid}')) {
        await expectPromised(document, path, await fetchFrom(exporter, path.replace('{netuid}', '77')))
        await expectPromised(document, path, await fetchFrom(exporter, path.replace('{netuid}', '-1')))
      }
      for (const { name, in: place, schema } of get.parameters)
        if (place === 'query' && 'default' in schema)
          await expectPromised(
            document,
            path,
            await fetchFrom(exporter, `${url}?${name}=${String(schema['default'])}`),
          )
    }
  })

  test('before anything is read as well', async () => {
    const { urls, sidecars } = await simulate()
    sidecars[0]!.node.down = true
    const exporter = await testExporter({ urls, keys: [hotkey('watched', HOT)] })
    const document = await openApiOf(exporter)
    for (const path of Object.keys(document.paths)) {
      const response = await fetchFrom(exporter, path.replace('{netuid}', '1'))
      expect([path, response.status]).toEqual([path, path.includes('{') ? 503 : 200])
      await expectPromised(document, path, response)
    }
  })
})

/** Asserts that the API and the metrics agree: the same number, or absent in both. */
function expectAsMetrics(
  metrics: string,
  prefix: string,
  labels: string,
  record: object,
  fields: readonly string[],
) {
  for (const field of fields) {
    const said = (record as Readonly<Record<string, unknown>>)[field]
    const value = valueOf(metrics, `${prefix}_${field}{${labels}}`)
    expect([field, labels, said === null ? undefined : Number(said)]).toEqual([field, labels, value])
  }
}

describe('agrees with /metrics', () => {
  const NEURON = [
    'stake_tao',
    'stake_alpha',
    'rank_ratio',
    'trust_ratio',
    'validator_trust_ratio',
    'consensus_ratio',
    'incentive_ratio',
    'dividends_ratio',
    'emission_tao',
    'emission_alpha',
    'last_update_block',
    'updated_blocks',
    'validator_permit',
    'active',
    'registered_block',
    'immune',
  ]
  const SUBNET = [
    'neurons',
    'neurons_limit',
    'tempo_blocks',
    'blocks_since_epoch',
    'immunity_period_blocks',
    'activity_cutoff_blocks',
    'registration_cost_tao',
    'collateral_lock_ratio',
    'alpha_price_tao',
    'alpha_price_moving_tao',
    'pool_tao',
    'pool_alpha',
    'outstanding_alpha',
    'staked_alpha',
  ]
  const NODE = [
    'peers',
    'syncing',
    'should_have_peers',
    'best_block_height',
    'finalized_block_height',
    'block_timestamp_seconds',
    'pending_extrinsics',
  ]

  test.each([103, 240, 424, 475])('at spec %d', async (spec) => {
    const exporter = await started(spec)
    const metrics = await exporter.metrics()

    const status = await get<Status>(exporter, '/status')
    expect(status).toMatchObject({
      demo: false,
      ready: true,
      source: 'node-a',
      expectations: { met: 3, broken: 3, unknown: 0 },
    })
    expect(valueOf(metrics, 'bittensor_chain_block_height')).toBe(status.block?.height)
    expect(valueOf(metrics, 'bittensor_chain_total_stake_tao')).toBe(Number(status.total_stake_tao))

    const { subnets } = await get<Subnets>(exporter, '/subnets')
    expect(subnets?.map(({ netuid, neurons_read }) => [netuid, neurons_read])).toEqual([
      [0, 'all'],
      [1, 'all'],
      [3, 'watched'],
      [11, 'all'],
    ])
    for (const subnet of subnets ?? []) {
      expectAsMetrics(metrics, 'bittensor_subnet', `netuid="${subnet.netuid}"`, subnet, SUBNET)
      const { neurons, total } = await get<Neurons>(exporter, `/subnets/${subnet.netuid}/neurons`)
      expect(neurons).toHaveLength(total)
      expect(total).toBe(subnet.neurons_read === 'all' ? 8 : 1)
      for (const neuron of neurons) {
        const { netuid, uid, hotkey } = neuron
        expectAsMetrics(
          metrics,
          'bittensor_neuron',
          `netuid="${netuid}",uid="${uid}",hotkey="${hotkey}"`,
          neuron,
          NEURON,
        )
        expect([neuron.watched, neuron.name]).toEqual(hotkey === HOT ? [true, 'watched'] : [false, null])
      }
    }

    const { nodes } = await get<Nodes>(exporter, '/nodes')
    expect(nodes).toMatchObject([{ name: 'node-a', up: true, source: true, chain: 'Bittensor' }])
    for (const node of nodes) expectAsMetrics(metrics, 'bittensor_node', `node="${node.name}"`, node, NODE)
  })

  test('of keys', async () => {
    const exporter = await started()
    const metrics = await exporter.metrics()
    const { hotkeys, coldkeys } = await get<Keys>(exporter, '/keys')
    expect(hotkeys.map(({ name, coldkey }) => [name, coldkey])).toEqual([
      ['watched', COLD],
      ['unknown', null],
    ])
    expect(coldkeys.map(({ name, address }) => [name, address])).toEqual([
      ['treasury', inventedAddress('api/treasury')],
      ['watched/coldkey', COLD],
    ])
    const [watched, unknown] = hotkeys
    expectAsMetrics(metrics, 'bittensor_hotkey', `hotkey="${HOT}",name="watched"`, watched!, [
      'stake_tao',
      'take_ratio',
    ])
    expect(unknown).toMatchObject({ stake_tao: null, take_ratio: null, neurons: [] })
    expect(watched!.neurons?.map(({ netuid }) => netuid)).toEqual([0, 1, 3])
    for (const { netuid, uid, prune_rank, immunity_ends_block } of watched!.neurons ?? [])
      expectAsMetrics(
        metrics,
        'bittensor_neuron',
        `netuid="${netuid}",uid="${uid}",hotkey="${HOT}"`,
        { prune_rank, immunity_ends_block },
        ['prune_rank', 'immunity_ends_block'],
      )
    expect(watched!.expectations).toEqual([
      { expectation: 'coldkey', netuid: null, expected: COLD, actual: COLD, met: true },
      { expectation: 'netuids', netuid: 1, expected: 'registered', actual: 'registered', met: true },
      { expectation: 'netuids', netuid: 11, expected: 'registered', actual: NOT_THERE, met: false },
      {
        expectation: 'max_updated_blocks',
        netuid: 1,
        expected: 100_000,
        actual: watched!.neurons?.find(({ netuid }) => netuid === 1)?.updated_blocks,
        met: true,
      },
      { expectation: 'max_updated_blocks', netuid: 11, expected: 100_000, actual: NOT_THERE, met: false },
    ])
    for (const { name, address, account, stake_tao } of coldkeys) {
      const labels = `address="${address}",name="${name}"`
      expectAsMetrics(metrics, 'bittensor_account', labels, account!, [
        'free_tao',
        'reserved_tao',
        'frozen_tao',
        'nonce',
      ])
      expectAsMetrics(metrics, 'bittensor_coldkey', `coldkey="${address}",name="${name}"`, { stake_tao }, [
        'stake_tao',
      ])
    }
    expect(coldkeys[1]!.positions?.map(({ hotkey, netuid }) => [hotkey, netuid])).toEqual([
      [HOT, 0],
      [HOT, 1],
      [HOT, 3],
    ])
  })
})

describe('the leaderboard', () => {
  const FIELD: Readonly<Record<string, (neuron: Neuron) => unknown>> = {
    incentive: (neuron) => neuron.incentive_ratio,
    dividends: (neuron) => neuron.dividends_ratio,
    emission: (neuron) => neuron.emission_tao ?? neuron.emission_alpha,
    stake: (neuron) => neuron.stake_alpha ?? neuron.stake_tao,
    consensus: (neuron) => neuron.consensus_ratio,
    validator_trust: (neuron) => neuron.validator_trust_ratio,
    updated: (neuron) => neuron.updated_blocks,
    prune_rank: (neuron) => neuron.prune_rank,
    permit: (neuron) => neuron.validator_permit,
    uid: (neuron) => neuron.uid,
  }

  /** Unknown values last in both orders; ties by UID. */
  const sorted = (neurons: readonly Neuron[], sort: string, order: string) =>
    neurons.toSorted((a, b) => {
      const [x, y] = [FIELD[sort]!(a), FIELD[sort]!(b)]
      if (x === null || y === null) return Number(x === null) - Number(y === null) || a.uid - b.uid
      return (order === 'asc' ? 1 : -1) * (Number(x) - Number(y)) || a.uid - b.uid
    })

  test.each([103, 475])('is sorted by each of its columns, both ways, at spec %d', async (spec) => {
    const exporter = await started(spec)
    const document = await openApiOf(exporter)
    const parameters = document.paths['/subnets/{netuid}/neurons']!.get.parameters
    const sorts = parameters.find(({ name }) => name === 'sort')!.schema['enum'] as string[]
    expect(sorts.toSorted()).toEqual(Object.keys(FIELD).toSorted())
    for (const sort of sorts)
      for (const order of ['asc', 'desc']) {
        const { neurons } = await get<Neurons>(exporter, `/subnets/1/neurons?sort=${sort}&order=${order}`)
        expect(neurons).toHaveLength(8)
        expect([sort, order, neurons.map(({ uid }) => uid)]).toEqual([
          sort,
          order,
          sorted(neurons, sort, order).map(({ uid }) => uid),
        ])
      }
  })

  test('lists the watched neurons alone when asked', async () => {
    const exporter = await started()
    const answer = await get<Neurons>(exporter, '/subnets/1/neurons?watched=true')
    expect(answer.neurons.map(({ name }) => name)).toEqual(['watched'])
    expect(answer.total).toBe(1)
    expect((await get<Neurons>(exporter, '/subnets/1/neurons?watched=false')).total).toBe(8)
  })

  test('in pages', async () => {
    const exporter = await started()
    const uids = async (query: string) =>
      (await get<Neurons>(exporter, `/subnets/1/neurons?sort=stake&${query}`)).neurons.map(({ uid }) => uid)
    const all = await uids('')
    expect([
      ...(await uids('limit=3')),
      ...(await uids('limit=3&offset=3')),
      ...(await uids('offset=6')),
    ]).toEqual(all)
    expect(await uids('offset=8')).toEqual([])
  })

  test.each([
    ['sort=size', 'sort', /^expected one of stake, .*, uid, got "size"$/],
    ['order=up', 'order', /^expected one of asc, desc, got "up"$/],
    ['limit=0', 'limit', /^expected a whole number from 1 to 65536, got "0"$/],
    ['limit=1e3', 'limit', /got "1e3"$/],
    ['limit=', 'limit', /got ""$/],
    ['offset=-1', 'offset', /^expected a whole number from 0 to 65535, got "-1"$/],
    ['sort=uid&sort=uid', 'sort', /got several values$/],
    ['sorted=uid', 'sorted', /^unknown parameter: expected one of sort, order, watched, offset, limit$/],
    ['__proto__=1', '__proto__', /^unknown parameter/],
  ])('refuses ?%s and says what would be right', async (query, parameter, detail) => {
    const { urls } = await simulate()
    const exporter = await testExporter({ urls })
    const response = await fetchFrom(exporter, `/subnets/1/neurons?${query}`)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect((await response.json()) as Problem).toMatchObject({
      title: 'Bad Request',
      status: 400,
      errors: [{ parameter, detail: expect.stringMatching(detail) as string }],
    })
  })
})

test('what is older than stale_after is gone from the API as from /metrics', async () => {
  const { sidecars, exporter } = await build({
    chain: { placed },
    keys: [hotkey('watched', HOT)],
    poll: { staleAfterMs: 400 },
  })
  expect((await get<Status>(exporter, '/status')).block).not.toBeNull()
  sidecars[0]!.node.down = true
  await exporter.until(
    (metrics) =>
      !metrics.includes('\nbittensor_chain_') &&
      !metrics.includes('\nbittensor_neuron_') &&
      !metrics.includes('\nbittensor_node_peers') &&
      !metrics.includes('\nbittensor_hotkey_') &&
      !metrics.includes('\nbittensor_subnet_'),
  )
  expect(await get<Status>(exporter, '/status')).toMatchObject({
    source: null,
    total_stake_tao: null,
    subnets: null,
  })
  expect((await get<Subnets>(exporter, '/subnets')).subnets).toBeNull()
  expect((await get<Keys>(exporter, '/keys')).hotkeys).toMatchObject([{ stake_tao: null, neurons: null }])
  expect((await get<Nodes>(exporter, '/nodes')).nodes).toMatchObject([
    { up: false, source: false, peers: null },
  ])
  expect((await fetchFrom(exporter, '/subnets/1/neurons')).status).toBe(503)
})

test('no endpoint and no page makes a request to a Sidecar', async () => {
  const { urls, sidecars } = await simulate({ placed })
  const exporter = await testExporter({
    urls,
    subnets: 'all',
    poll: { intervalMs: 3_600_000, staleAfterMs: 3_600_000 },
  })
  await exporter.until(allSucceed)
  const requests = () => Array.from(sidecars[0]!.requests.values()).reduce((sum, count) => sum + count, 0)
  const before = requests()
  const { paths } = await openApiOf(exporter)
  const pages = [
    '/',
    '/subnets',
    '/subnets/1',
    ...Object.keys(paths).map((path) => `/api/v1${path.replace('{netuid}', '1')}`),
  ]
  for (const page of pages) expect([page, (await fetch(exporter.url + page)).status]).toEqual([page, 200])
  expect(requests()).toBe(before)
})
