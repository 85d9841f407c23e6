import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { DASHBOARDS } from '../../grafana/dashboards.ts'
import { COLOUR } from '../../grafana/kit/theme.ts'
import { SimulatedChain } from '../../src/demo/chain.ts'
import { startClock } from '../../src/demo/demo.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { startRpcNode } from '../../src/demo/rpc/server.ts'
import { startSimulatedSidecar } from '../../src/demo/sidecar.ts'
import { allSucceed, coldkey, hotkey, testExporter, type TestConfig } from '../support/exporter.ts'
import { dataIn, prometheuses, startPrometheus, type Answer, type Prometheus } from '../support/prometheus.ts'
import { until } from '../support/until.ts'
import { evaluate, statsOf, tablesOf, textsOf, type Evaluated } from './panels.ts'

const MINER = inventedAddress('miner')
const TREASURY = inventedAddress('treasury')
const BLOCK_MS = 500
/** Longer than the states take to be recorded, shorter than the first one takes to come about. */
const WINDOW = '20s'
/** Names that look like numbers must stay names. */
const NAME = '007'

/**
 * Exporters of one simulated chain, by scrape job: a pair with the same configuration that reads every neuron through two nodes; one
 * that reads one subnet through one node; one without keys.
 */
const JOBS = ['pair', 'one', 'bare'] as const
type Job = (typeof JOBS)[number]

/** States of the exporters, with the jobs that are looked at: as they should be, with faults, just stopped, and stopped for a minute. */
const PHASES = {
  calm: JOBS,
  faulty: ['pair'],
  stopped: ['pair'],
  dead: JOBS,
} as const satisfies Readonly<Record<string, readonly Job[]>>
type Phase = keyof typeof PHASES

const programs = await prometheuses()
const closing: (() => Promise<unknown>)[] = []
const recorded = new Map<string, readonly Evaluated[]>()
const keyOf = (release: string, phase: Phase, job: Job): string => `${release}, ${phase}, ${job}`
const evaluated = (release: string, phase: Phase, job: Job): readonly Evaluated[] =>
  recorded.get(keyOf(release, phase, job))!

beforeAll(async () => {
  const chain = new SimulatedChain({
    startTime: Date.now(),
    blockTimeMs: BLOCK_MS,
    subnets: [0, 3, 11],
    neurons: 8,
    // Room, so that no registration replaces the watched neuron.
    limit: () => 64,
    placed: [{ hotkey: MINER, coldkey: TREASURY, netuids: [3, 11], stake: 7 }],
  })
  const stopClock = startClock(chain, { blockMs: BLOCK_MS })
  closing.push(() => {
    stopClock()
    return Promise.resolve()
  })
  const sidecar = await startSimulatedSidecar({ chain })
  const rpcNode = await startRpcNode(chain, {})
  closing.push(() => rpcNode.close())
  const keys = [{ ...hotkey(NAME, MINER), expect: { netuids: [3, 11] } }, coldkey('treasury', TREASURY)]
  const both = { urls: [sidecar.url, rpcNode.url], rpcUrls: [rpcNode.url], keys, subnets: 'all' } as const
  const start = (config: TestConfig) =>
    testExporter({
      ...config,
      poll: { intervalMs: 400 },
      atEnd: (stop) => void closing.unshift(stop),
    })
  const exporters = {
    pair: [await start(both), await start(both)],
    one: [
      await start({ urls: [rpcNode.url], rpcUrls: [rpcNode.url], keys: keys.slice(0, 1), subnets: [11] }),
    ],
    bare: [await start({ urls: [sidecar.url] })],
  }
  for (const exporter of Object.values(exporters).flat())
    await exporter.until((metrics) => allSucceed(metrics, 5))
  for (const exporter of exporters.pair) await exporter.until((metrics) => allSucceed(metrics))

  const folder = await mkdtemp(join(tmpdir(), 'dashboards-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  const [, uid = ''] =
    /bittensor_neuron_info\{netuid="11",uid="(\d+)",[^}]*name="007"/.exec(
      await exporters.pair[0]!.metrics(),
    ) ?? []
  // A validator: only their weights can be late.
  chain.setPermit(11, Number(uid), true)
  chain.setActive(11, Number(uid), true)
  const servers = new Map<string, Prometheus>()
  for (const { release, path } of programs) {
    const config = join(folder, `${release}.yml`)
    await writeFile(
      config,
      stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '2s' },
        rule_files: [resolve('alertmanager/rules/*.yml')],
        scrape_configs: JOBS.map((job) => ({
          job_name: job,
          static_configs: [{ targets: exporters[job].map(({ url }) => new URL(url).host) }],
        })),
      }),
    )
    const server = await startPrometheus(config, join(folder, release), { program: path })
    closing.unshift(() => server.close())
    servers.set(release, server)
  }
  /** Waits until an expression has so many results on every server. */
  const seen = async (expr: string, count: number): Promise<void> => {
    for (const server of servers.values())
      await until(async () => dataIn(await server.query(expr)) === count, {
        timeoutMs: 60_000,
        intervalMs: 250,
      })
  }
  const record = async (phase: Phase, later = 0): Promise<void> => {
    const time = Date.now() / 1000 + later
    for (const [release, server] of servers)
      for (const job of PHASES[phase]) {
        const variables = {
          ...{ job, 'job:regex': job, node: '.*', netuid: '11', uid, watched: '.*', __rate_interval: WINDOW },
          ...(job === 'bare'
            ? { name: '', hotkey: '', hotkey_of_name: '' }
            : { name: `(${NAME}|treasury)`, hotkey: `(${MINER})`, hotkey_of_name: `(${MINER})` }),
        }
        recorded.set(keyOf(release, phase, job), await evaluate(server, variables, time))
      }
  }

  await seen('count_over_time(up[1m]) > 20', 4)
  await record('calm')

  await sidecar.close()
  chain.setSwap(TREASURY, { announcedFor: chain.height + 9000, to: inventedAddress('thief') })
  chain.sign(MINER)
  await seen('bittensor_node_up{job="pair"} == 0', 2)
  await seen('bittensor_coldkey_swap_announced_block{job="pair"}', 2)
  await record('faulty')

  for (const exporter of Object.values(exporters).flat()) await exporter.stop(1000)
  await seen('up == 0', 4)
  await record('stopped')
  // The samples of a minute later would be the same: `up` is 0, and nothing else is left.
  await record('dead', 60)
}, 600_000)
afterAll(async () => {
  for (const close of closing) await close()
}, 60_000)

const answersOf = (panels: readonly Evaluated[]): ReadonlyMap<string, Answer> =>
  new Map(
    panels.flatMap(({ where, answers }) =>
      [...answers].map(([refId, answer]) => [`${where} ${refId}`, answer] as const),
    ),
  )

const green = (panels: readonly Evaluated[]): readonly string[] => [
  ...[...statsOf(panels)].filter(([, { color }]) => color === COLOUR.good).map(([where]) => where),
  ...[...tablesOf(panels)].flatMap(([where, { rows }]) =>
    rows.flatMap((row) =>
      Object.entries(row)
        .filter(([, { color }]) => color === COLOUR.good)
        .map(([title]) => `${where}, ${title}`),
    ),
  ),
]

describe.each(programs)('Prometheus $release', ({ release }) => {
  test.each(Object.keys(PHASES) as Phase[])('%s: every query runs', (phase) => {
    for (const job of PHASES[phase])
      for (const [where, { status, error }] of answersOf(evaluated(release, phase, job)))
        expect([where, status, error]).toEqual([where, 'success', undefined])
  })

  test('calm: a pair has every value that a dashboard promises, and the health of the exporter is green', () => {
    const promised = DASHBOARDS.flatMap(({ board, panels }) =>
      panels.flatMap(({ title, queries }) =>
        queries.filter(({ calm }) => calm === undefined).map(({ refId }) => `${board}: ${title} ${refId}`),
      ),
    )
    const answers = answersOf(evaluated(release, 'calm', 'pair'))
    expect(promised.filter((where) => dataIn(answers.get(where)!) === 0)).toEqual([])
    for (const job of JOBS)
      expect(green(evaluated(release, 'calm', job))).toEqual(
        expect.arrayContaining([
          'overview: Exporter up A',
          'overview: Collectors failing A',
          'nodes: Nodes, Up',
        ]),
      )
  })

  test('calm: a pair gives each line one name', () => {
    const legends = new Map<string, string | undefined>(
      DASHBOARDS.flatMap(({ board, panels }) =>
        panels.flatMap(({ title, queries }) =>
          queries
            .filter(({ mode }) => mode === 'range')
            .map(({ refId, legend }) => [`${board}: ${title} ${refId}`, legend] as const),
        ),
      ),
    )
    let lines = 0
    for (const [where, { data }] of answersOf(evaluated(release, 'calm', 'pair'))) {
      if (!legends.has(where)) continue
      const names = data!.result.map(
        ({ metric }) =>
          legends.get(where)?.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '') ??
          JSON.stringify(metric),
      )
      expect(new Set(names).size, `${where}: ${names.join(', ')}`).toBe(names.length)
      lines += names.length
    }
    expect(lines).toBeGreaterThan(100)
  })

  test('calm: tables of real scrapes have no row, one row or many, and names are text', () => {
    const [pair, one, bare] = JOBS.map((job) => tablesOf(evaluated(release, 'calm', job)))
    for (const tables of [pair!, one!, bare!])
      for (const [where, { rows, empty }] of tables) {
        for (const row of rows)
          for (const [title, { text }] of Object.entries(row)) {
            expect(['NaN', 'undefined', 'null', '∞'], `${where}, ${title}`).not.toContain(text)
            expect(rows.length === 1 || text !== empty, `${where}, ${title}`).toBe(true)
          }
      }
    expect(pair!.get('subnet: Metagraph')!.rows.length).toBeGreaterThanOrEqual(9)
    expect(pair!.get('nodes: Nodes')!.rows.map((row) => textsOf(row)['Node'])).toEqual(['node-a', 'node-b'])
    expect(pair!.get('overview: Watched neurons')!.rows.map((row) => textsOf(row)['Key'])).toEqual([
      NAME,
      NAME,
    ])
    expect(one!.get('nodes: Nodes')!.rows.map((row) => textsOf(row)['Node'])).toEqual(['node-a'])
    for (const row of [pair!, one!].flatMap((tables) => tables.get('overview: Watched neurons')!.rows))
      expect(textsOf(row)).toMatchObject({ Key: NAME })
    const { rows, empty } = bare!.get('overview: Watched neurons')!
    expect(rows.flatMap((row) => Object.values(textsOf(row))).filter((text) => text !== '')).toEqual([empty])
  })

  test('faulty: what is wrong is red, and a signed call is shown', () => {
    const stats = statsOf(evaluated(release, 'faulty', 'pair'))
    expect(stats.get('overview: Nodes down A')).toEqual({ text: '1', color: COLOUR.bad })
    expect(stats.get('overview: Pending changes of keys A')).toEqual({ text: '1', color: COLOUR.bad })
    const nodes = tablesOf(evaluated(release, 'faulty', 'pair')).get('nodes: Nodes')!.rows
    expect(nodes.map((row) => [row['Node']?.text, row['Up']])).toEqual([
      ['node-a', { text: 'no', color: COLOUR.bad }],
      ['node-b', { text: 'yes', color: COLOUR.good }],
    ])
    const signed = answersOf(evaluated(release, 'faulty', 'pair')).get('keys: What the chosen keys signed A')
    const own = signed!.data!.result.filter(({ metric }) => metric['name'] === NAME)
    expect(own.map(({ metric }) => metric['result'])).toContain('success')
    for (const { value } of own) expect(Number(value[1])).toBeGreaterThanOrEqual(1)
  })

  test.each(['stopped', 'dead'] as const)('%s: nothing is green', (phase) => {
    for (const job of PHASES[phase]) expect(green(evaluated(release, phase, job))).toEqual([])
  })

  test('dead for a minute: no line goes on but those of scrapes', () => {
    const ranges = new Set<string>(
      DASHBOARDS.flatMap(({ board, panels }) =>
        panels.flatMap(({ title, queries }) =>
          queries.filter(({ mode }) => mode === 'range').map(({ refId }) => `${board}: ${title} ${refId}`),
        ),
      ),
    )
    for (const job of JOBS)
      for (const [where, answer] of answersOf(evaluated(release, 'dead', job)))
        if (ranges.has(where) && where !== 'exporter: Scrapes A')
          expect([where, dataIn(answer)]).toEqual([where, 0])
    expect(statsOf(evaluated(release, 'dead', 'pair')).get('overview: Exporter up A')).toEqual({
      text: '0%',
      color: COLOUR.bad,
    })
  })
})

test('two releases of Prometheus have answers to the same queries', () => {
  // Alerts depend on when the rules were evaluated, and short windows on when the exporters were scraped.
  const dependOnTime = new Set<string>(
    DASHBOARDS.flatMap(({ board, panels }) =>
      panels.flatMap(({ title, queries }) =>
        queries
          .filter(({ expr }) => /ALERTS|__rate_interval/.test(expr))
          .map(({ refId }) => `${board}: ${title} ${refId}`),
      ),
    ),
  )
  const [first, ...others] = programs.map(({ release }) => release)
  for (const other of others)
    for (const phase of Object.keys(PHASES) as Phase[])
      for (const job of PHASES[phase]) {
        const withData = (release: string) =>
          [...answersOf(evaluated(release, phase, job))]
            .filter(([where, answer]) => !dependOnTime.has(where) && dataIn(answer) > 0)
            .map(([where]) => where)
        expect(withData(other)).toEqual(withData(first!))
      }
  expect(recorded.size).toBe(programs.length * Object.values(PHASES).flat().length)
})
