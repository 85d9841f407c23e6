import type { Logger } from 'pino'
import { networksOf } from './chain/endpoint.ts'
import type { Watch } from './chain/watch.ts'
import { COLLECTORS } from './collectors/index.ts'
import type { Config } from './config/config.ts'
import type { WebConfig } from './config/web-config.ts'
import { DEMO_KEYS, demoChain, startClock } from './demo/demo.ts'
import { startSimulatedSidecar } from './demo/sidecar.ts'
import type { Families } from './metrics/define.ts'
import { Exposition } from './metrics/exposition.ts'
import { SelfMetrics, type BuildInfo } from './metrics/self.ts'
import { Board } from './poll/board.ts'
import { EndpointDirectory } from './poll/endpoints.ts'
import { Polling, type PollPlan } from './poll/polling.ts'
import { NodeProbe } from './poll/probe.ts'
import { connectionsOf } from './web/connections.ts'
import type { DiscoverySettings } from './web/discovery.ts'
import { Renewal } from './web/renewal.ts'
import { WebSecurity } from './web/security.ts'
import { buildWeb } from './web/server.ts'

export interface ExporterDependencies {
  readonly listen: { readonly host: string; readonly port: number }
  readonly build: BuildInfo
  readonly log: Logger
  /** Which of several exporters this is: see Watch. */
  readonly shard?: Watch['shard']
  /** Reads how the web server is protected, now and again later; undefined for plain HTTP for everybody. */
  readonly readWebConfig?: (() => Promise<WebConfig>) | undefined
}

export interface Exporter {
  /** Where it listens, as a base URL. */
  readonly url: string
  /** Never resolves; rejects when polling broke down, which is a fault of the exporter. */
  readonly broken: Promise<never>
  /** Reads the web configuration again, certificates and all. Rejects with its faults; what was there then goes on. */
  reloadWebConfig(): Promise<void>
  /** Stops polling, finishes responses under way and cuts those off that take longer, closes all connections. */
  stop(withinMs: number): Promise<void>
}

/**
 * Wires everything together and starts it. Rejects when it cannot listen; a Sidecar need not be there yet.
 * @param demo is true when the Sidecars are simulated, which is said on every surface.
 */
export async function startExporter(
  config: Config,
  { listen, build, log, shard, readWebConfig }: ExporterDependencies,
  demo = false,
): Promise<Exporter> {
  const self = new SelfMetrics(build, demo, [])
  const exposition = new Exposition(COLLECTORS.map(({ families }) => families))
  const board = new Board(config.poll.staleAfterMs, { exposition, self, log })
  const polling = new Polling({ board, self, log })
  const plan = planOf(config, shard)
  const security = new WebSecurity(await readWebConfig?.())
  const onDemand = () => polling.onDemand
  const endpoints = new EndpointDirectory({ onDemand, log })
  const probe = new NodeProbe(onDemand)
  const web = buildWeb(
    {
      exposition,
      self,
      isReady: () => board.fresh,
      known: () => ({
        version: build.version,
        demo,
        ready: board.fresh,
        nodes: config.nodes.map(({ name }) => name),
        watch: plan.watch,
        latest: board.latest,
        status: board.status(),
      }),
      discovery: {
        endpoints: (netuid) => endpoints.ask(netuid),
        settings: () => discoveryOf(config),
      },
      probe: (name, timeoutMs) => probe.probe(name, timeoutMs),
      security,
    },
    log,
  )
  const connections = connectionsOf(web.server)
  const url = await web.listen(listen)
  const renewal = new Renewal(security, readWebConfig, log)
  await polling.apply(plan)
  self.configured(true)
  return {
    url,
    broken: polling.broken,
    reloadWebConfig: () => renewal.renew(),
    async stop(withinMs) {
      renewal.stop()
      const cutOff = setTimeout(() => {
        connections.destroy()
      }, withinMs)
      await Promise.all([polling.stop(), web.close()])
      clearTimeout(cutOff)
      board.stop()
    },
  }
}

const DEMO_BLOCK_MS = 6000

/** The exporter on a simulated chain behind two simulated Sidecars, all in this process. */
export async function startDemo(dependencies: ExporterDependencies): Promise<Exporter> {
  const chain = demoChain({ blockTimeMs: DEMO_BLOCK_MS })
  const sidecars = await Promise.all([
    startSimulatedSidecar({ chain }),
    startSimulatedSidecar({ chain, health: { peers: 41, lag: 1 } }),
  ])
  const stopClock = startClock(chain, { blockMs: DEMO_BLOCK_MS })
  const config: Config = {
    nodes: sidecars.map(({ url }, index) => ({ name: `demo-${'ab'[index] ?? index}`, url, headers: {} })),
    keys: Object.values(DEMO_KEYS),
    subnets: 'all',
    limits: { maxSeries: 2_000_000 },
    discovery: { allowNetworks: [] },
    poll: { intervalMs: DEMO_BLOCK_MS, timeoutMs: 5000, concurrency: 16, staleAfterMs: 60_000 },
    collectors: {},
  }
  const stopSimulation = async () => {
    stopClock()
    await Promise.all(sidecars.map((sidecar) => sidecar.close()))
  }
  try {
    const exporter = await startExporter(config, dependencies, true)
    return {
      ...exporter,
      async stop(withinMs) {
        await exporter.stop(withinMs)
        await stopSimulation()
      },
    }
  } catch (error) {
    await stopSimulation()
    throw error
  }
}

const discoveryOf = ({ discovery, keys }: Config): DiscoverySettings => ({
  allowed: networksOf(discovery.allowNetworks),
  names: new Map(keys.flatMap(({ role, address, name }) => (role === 'hotkey' ? [[address, name]] : []))),
})

const planOf = (
  { nodes, keys, subnets, limits, poll, collectors }: Config,
  shard: Watch['shard'],
): PollPlan => ({
  nodes: nodes.map((node) => ({ ...node, timeoutMs: poll.timeoutMs, concurrency: poll.concurrency })),
  watch: {
    hotkeys: keys.filter(({ role }) => role === 'hotkey'),
    coldkeys: keys.filter(({ role }) => role === 'coldkey'),
    subnets,
    shard,
    maxSeries: limits.maxSeries,
  },
  collects: ({ name, families }) => collectors[name] !== false && isOnShard(families, shard),
  intervalMs: poll.intervalMs,
  staleAfterMs: poll.staleAfterMs,
})

/** What is not of a subnet is for shard 0 alone: read by all of them, each series would be there once for each. */
const isOnShard = (families: Families, shard: Watch['shard']): boolean =>
  shard === undefined ||
  shard.index === 0 ||
  Object.values(families).some(({ labels }) => labels.includes('netuid'))
