import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { startExporter, type Exporter } from '../../src/app.ts'
import type { Address } from '../../src/chain/address.ts'
import { COLLECTORS } from '../../src/collectors/index.ts'
import type { ReloadOutcome } from '../../src/config/reload.ts'
import type { Config, KeyConfig, PollConfig } from '../../src/config/config.ts'
import { samplesOf, valueOf } from './parse-exposition.ts'
import type { AtEnd } from './servers.ts'
import { untilText } from './until.ts'

/** One line of the log, parsed. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly msg: string }

export interface TestExporter extends Exporter {
  /** Everything logged so far. */
  readonly log: readonly LogLine[]
  /** The body of GET /metrics. */
  metrics(): Promise<string>
  /** The value of the one sample on /metrics that a selector selects, undefined without one. */
  value(selector: string): Promise<number | undefined>
  /** Reloads, with these parts of its configuration changed. */
  reconfigure(change: Partial<TestConfig>): Promise<ReloadOutcome>
  /** Waits for /metrics to satisfy the condition; rejects with the last exposition after 15 s. */
  until(condition: (metrics: string) => boolean): Promise<string>
}

export interface TestConfig {
  /** Of the nodes, called node-a, node-b and so on; or what is in `nodes`. */
  readonly urls: readonly string[]
  /** Those of `urls` that are nodes read by JSON-RPC; the others are Sidecars. */
  readonly rpcUrls?: readonly string[]
  readonly nodes?: Config['nodes']
  readonly keys?: readonly KeyConfig[]
  readonly subnets?: Config['subnets']
  readonly maxSeries?: number
  readonly allowNetworks?: readonly string[]
  readonly shard?: { readonly index: number; readonly count: number }
  readonly poll?: Partial<PollConfig>
  readonly collectors?: Config['collectors']
  /** A free one when it is not given. */
  readonly port?: number
  /** Takes what stops it; the end of the test does when it is not given. */
  readonly atEnd?: AtEnd
  /** What reading the configuration fails with. */
  readonly error?: Error | undefined
}

export const hotkey = (name: string, address: string): KeyConfig => ({
  name,
  role: 'hotkey',
  address: address as Address,
  expect: undefined,
})

export const coldkey = (name: string, address: string): KeyConfig => ({
  ...hotkey(name, address),
  role: 'coldkey',
})

const configOf = ({
  urls,
  rpcUrls = [],
  nodes = urls.map((url, index) => ({
    name: `node-${'abcdef'[index] ?? index}`,
    api: rpcUrls.includes(url) ? 'rpc' : 'sidecar',
    url,
    headers: {},
  })),
  keys = [],
  subnets = 'watched',
  maxSeries = 2_000_000,
  allowNetworks = [],
  poll,
  collectors = {},
}: TestConfig): Config => ({
  nodes,
  keys,
  subnets,
  limits: { maxSeries },
  discovery: { allowNetworks },
  poll: { intervalMs: 50, timeoutMs: 2000, concurrency: 16, staleAfterMs: 60_000, ...poll },
  collectors,
})

/** An exporter on a free port, polling as fast as a test needs, stopped when the test ends. */
export async function testExporter(config: TestConfig): Promise<TestExporter> {
  let current = config
  const log: LogLine[] = []
  const sink = { write: (line: string) => void log.push(JSON.parse(line) as LogLine) }
  const exporter = await startExporter(configOf(config), {
    listen: { host: '127.0.0.1', port: config.port ?? 0 },
    build: { version: '0.0.0-test', revision: 'test', nodeVersion: 'test' },
    log: pino({ level: 'info', formatters: { level: (level) => ({ level }) } }, sink),
    shard: config.shard,
    load: () =>
      current.error === undefined ? Promise.resolve(configOf(current)) : Promise.reject(current.error),
  })
  const atEnd = config.atEnd ?? onTestFinished
  atEnd(() => exporter.stop(1000))
  const metrics = async () => (await fetch(`${exporter.url}/metrics`)).text()
  return {
    ...exporter,
    log,
    metrics,
    reconfigure(change) {
      current = { ...current, ...change }
      return exporter.reload('the test')
    },
    value: async (selector) => valueOf(await metrics(), selector),
    until: (condition) => untilText(metrics, condition),
  }
}

/** True when every collector, or so many of them, succeeded in its last round. */
export function allSucceed(metrics: string, collectors = COLLECTORS.length): boolean {
  const successes = samplesOf(metrics, 'bittensor_exporter_collector_success')
  return successes.length >= collectors && successes.every(({ value }) => value === 1)
}

/** What is published of chain and nodes: everything but the exporter about itself and its process. */
export const published = (metrics: string): string =>
  metrics
    .split('\n')
    .filter((line) => / ?bittensor_(?!exporter)/.test(line))
    .join('\n')
    .concat('\n')
