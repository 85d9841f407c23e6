import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse, stringify } from 'yaml'
import type { SimulatedChain } from '../../src/demo/chain.ts'
import { startSimulatedSidecar, type SimulatedSidecar } from '../../src/demo/sidecar.ts'
import { CONFIG, NOBODY, TEMPLATES, type Config } from '../alertmanager/config.ts'
import { RULES, ruleFiles } from '../alertmanager/rules.ts'
import { sink, type Told } from '../alertmanager/sinks.ts'
import { startAlertmanager } from '../support/alertmanager.ts'
import { allSucceed, testExporter } from '../support/exporter.ts'
import { startPrometheus, type Prometheus } from '../support/prometheus.ts'
import { servers } from './servers.ts'
import { SLACK } from './notices.ts'
import { shortened, shortFile, shortMs } from './shortened.ts'
import { BLOCK_MS, calmChain, KEYS } from './world.ts'
import { freePort } from '../support/servers.ts'

/** As testExporter names them. */
export const NODES = ['node-a', 'node-b', 'node-c', 'node-d', 'node-e'] as const

/** Everything from the chain to the receiver. */
export interface Stack {
  readonly chain: SimulatedChain
  readonly sidecars: Readonly<Record<(typeof NODES)[number], SimulatedSidecar>>
  readonly prometheus: Prometheus
  readonly alertmanager: string
  /** What receivers were told. */
  readonly told: readonly Told[]
  /** Makes no blocks until what it returns is called; those missed are made at once then. */
  readonly stopClock: () => () => void
  readonly stopExporter: () => Promise<void>
  /** Again, at the same address. */
  readonly startExporter: () => Promise<void>
  close(): Promise<void>
}

/**
 * A simulated chain behind five Sidecars, the exporter, Prometheus with the shipped configuration and rules, Alertmanager
 * with the shipped routing and templates, and a receiver. Times are shortened, and addresses are those of this machine.
 */
export async function startStack(): Promise<Stack> {
  const ends: (() => Promise<void>)[] = []
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    const folder = await mkdtemp(join(tmpdir(), 'paging-'))
    ends.push(() => rm(folder, { recursive: true, force: true }))
    const chain = calmChain()
    const clock = startClock(chain)
    ends.push(clock.end)
    const started = await Promise.all(
      NODES.map(() => startSimulatedSidecar({ chain, health: { peers: 280 } })),
    )
    for (const sidecar of started) ends.push(() => sidecar.close())
    const exporter = await restartable(started.map(({ url }) => url))
    ends.push(exporter.stop)
    const { url, told } = await sink((end) => ends.push(end))
    const programs = await servers()
    const alertmanager = await startAlertmanager(
      await alertmanagerFile(folder, url),
      folder,
      programs.alertmanager,
    )
    ends.push(() => alertmanager.close())
    const addresses = { 'exporter:9645': exporter.url, 'alertmanager:9093': alertmanager.url }
    const prometheus = await startShipped(folder, addresses, programs.prometheus)
    ends.push(() => prometheus.close())
    const sidecars = Object.fromEntries(NODES.map((name, index) => [name, started[index]!]))
    return {
      chain,
      sidecars: sidecars as Stack['sidecars'],
      prometheus,
      alertmanager: alertmanager.url,
      told,
      stopClock: clock.stop,
      stopExporter: exporter.stop,
      startExporter: exporter.start,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Keeps the chain's time with the wall's. */
function startClock(chain: SimulatedChain) {
  let running = true
  const tick = () => {
    while (running && chain.truth(chain.height).timestamp + BLOCK_MS <= Date.now()) chain.advance()
  }
  const timer = setInterval(tick, BLOCK_MS / 4)
  return {
    stop: () => {
      running = false
      return () => {
        running = true
      }
    },
    end: () => {
      clearInterval(timer)
      return Promise.resolve()
    },
  }
}

async function restartable(urls: readonly string[]) {
  let stop: () => Promise<void> = () => Promise.resolve()
  const launch = async (port: number) => {
    const exporter = await testExporter({
      urls,
      keys: KEYS,
      subnets: 'all',
      poll: {
        intervalMs: shortMs('30s'),
        timeoutMs: shortMs('2m'),
        staleAfterMs: shortMs('2m'),
      },
      port,
      atEnd: (end) => (stop = end),
    })
    await exporter.until(allSucceed)
    return exporter.url
  }
  const url = await launch(0)
  return {
    url,
    stop: async () => {
      await stop()
      stop = () => Promise.resolve()
    },
    start: async () => {
      await launch(Number(new URL(url).port))
    },
  }
}

/** The shipped routing; webhooks go to the receiver, and the shipped Slack receiver stands beside each that people read. */
async function alertmanagerFile(folder: string, receiver: string): Promise<string> {
  const slackUrl = join(folder, 'slack-url')
  await writeFile(slackUrl, receiver + SLACK)
  const snippet = parse(await readFile('alertmanager/receivers/slack.yml', 'utf8')) as Config
  const config = shortFile(await readFile(CONFIG, 'utf8')) as Config
  const [slack] = snippet.receivers[0]!['slack_configs'] as readonly object[]
  const beside = { slack_configs: [{ ...slack, api_url_file: slackUrl }] }
  const file = join(folder, 'alertmanager.yml')
  const text = stringify({
    ...config,
    receivers: config.receivers.map((each) => ({
      ...each,
      ...(['page', 'custody', 'ticket'].includes(each.name) ? beside : {}),
    })),
    templates: [resolve(TEMPLATES)],
  })
  await writeFile(file, text.replaceAll(NOBODY, receiver))
  return file
}

/** Prometheus as it is shipped: prometheus.yml, and the rules in the folder beside it. */
async function startShipped(
  folder: string,
  addresses: Readonly<Record<string, string>>,
  program: string,
): Promise<Prometheus> {
  await mkdir(join(folder, 'rules'))
  for (const name of await ruleFiles()) {
    const rules = shortFile(await readFile(`${RULES}/${name}`, 'utf8'))
    await writeFile(join(folder, 'rules', name), stringify(rules))
  }
  const port = await freePort()
  let text = stringify(shortFile(await readFile('deploy/prometheus/prometheus.yml', 'utf8')))
  for (const [shipped, here] of Object.entries({
    ...addresses,
    '127.0.0.1:9090': `http://127.0.0.1:${port}`,
  }))
    text = text.replaceAll(shipped, new URL(here).host)
  const file = join(folder, 'prometheus.yml')
  await writeFile(file, text)
  // The defaults of these, shortened.
  return startPrometheus(file, folder, {
    port,
    program,
    flags: [`--rules.alert.resend-delay=${shortened('1m')}`, `--query.lookback-delta=${shortened('5m')}`],
  })
}
