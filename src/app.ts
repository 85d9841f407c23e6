import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { parseNetworks } from './scope/networks.ts'
import type { Scope } from './scope/scope.ts'
import { metricsOnce, type MetricsOnce, type ReadOnceDependencies } from './check/read-once.ts'
import { readStorage, type StoragePlace, type StorageReading } from './check/read-storage.ts'
import { checkEverything, type CheckReport } from './check/report.ts'
import { runsInShard } from './collectors/define.ts'
import { COLLECTORS } from './collectors/index.ts'
import type { Config } from './config/config.ts'
import { Reloader, type Reloadable, type ReloadOutcome } from './config/reload.ts'
import type { TrackedFiles } from './config/file/tracked-files.ts'
import type { WebConfig } from './config/web/web-config.ts'
import { DEMO_KEYS, demoChain, startClock } from './demo/demo.ts'
import { startRpcNode } from './demo/rpc/server.ts'
import { startSimulatedSidecar } from './demo/sidecar.ts'
import { boundedFields } from './log-fields.ts'
import { Exposition } from './metrics/exposition.ts'
import { SelfMetrics, type BuildInfo } from './metrics/self.ts'
import { CollectorResults } from './poll/results.ts'
import { EndpointDirectory } from './on-demand/endpoints.ts'
import { runLoop } from './poll/loop.ts'
import { Polling, type PollPlan } from './poll/polling.ts'
import { NodeProbe } from './on-demand/probe.ts'
import { pauseWithin } from './upstream/http/breaker.ts'
import { scrubberOf } from './upstream/secrets.ts'
import { secretsOf } from './upstream/target.ts'
import { connectionsOf } from './web/connections.ts'
import type { DiscoverySettings } from './web/routes/discovery.ts'
import { readRunbooks } from './web/routes/runbooks.ts'
import { WebConfigReloader } from './web/security/web-config-reloader.ts'
import { WebSecurity } from './web/security/web-security.ts'
import { buildWeb } from './web/server.ts'

export interface ExporterDependencies {
  readonly listen: { readonly host: string; readonly port: number }
  readonly build: BuildInfo
  readonly log: Logger
  /** Folder of the runbooks, which are served at /runbooks; undefined for none. */
  readonly runbooks?: URL
  /** Which of several exporters this is: see Scope. */
  readonly shard?: Scope['shard']
  /** Reads the configuration again; undefined if it cannot change. */
  readonly load?: () => Promise<Config>
  /** The files of the configuration. */
  readonly files?: TrackedFiles
  /** Whether a change of a file triggers a reload. */
  readonly watch?: boolean
  /** Whether POST /-/reload triggers a reload. */
  readonly lifecycle?: boolean
  /** Of an account in a block explorer, with `{address}` for its address; undefined for no links. */
  readonly explorerUrl?: string | undefined
  /** Host names that requests may be for, in lower case; undefined for every name. */
  readonly allowedHosts?: readonly string[] | undefined
  /** Sets the listener that is called for every lost log line. */
  readonly onLogLost?: (listener: () => void) => void
  /** Reads the web configuration, at startup and on reload; undefined for plain HTTP without authentication. */
  readonly readWebConfig?: (() => Promise<WebConfig>) | undefined
}

export interface Exporter {
  /** Base URL of the web server. */
  readonly url: string
  /** Never resolves; rejects when polling ends because of a fault of the exporter. */
  readonly broken: Promise<never>
  /** Reloads the configuration; the trigger is logged. Never rejects. */
  reload(trigger: string): Promise<ReloadOutcome>
  /** Stops polling, waits for responses in flight, and closes all connections. Responses that take longer than `withinMs` are cut off. */
  stop(withinMs: number): Promise<void>
}

/**
 * Starts an exporter. Rejects if it cannot listen; the nodes need not be reachable yet.
 * @param demo is true if the nodes are simulated, which every surface shows.
 */
export async function startExporter(
  config: Config,
  dependencies: ExporterDependencies,
  demo = false,
): Promise<Exporter> {
  const { listen, build, shard, load, readWebConfig, files, watch, lifecycle } = dependencies
  let scrub = scrubberOf(config.nodes.flatMap(secretsOf))
  const log = dependencies.log.child(
    {},
    { formatters: { log: (fields) => boundedFields(fields, (text) => scrub(text)) } },
  )
  const self = new SelfMetrics(build, demo, [])
  dependencies.onLogLost?.(() => {
    self.logLost()
  })
  const exposition = new Exposition(COLLECTORS.flatMap(({ families }) => families))
  const results = new CollectorResults(config.poll.staleAfterMs, { exposition, self, log })
  const polling = new Polling({ results, self, log, table: exposition.table })
  let current = config
  /** Counts changes of what the page and the API show of the configuration. */
  let configRevision = 0
  let plan = planOf(config, shard)
  const pollingReloadable: Reloadable = async () => {
    const next = (await load?.()) ?? current
    return async () => {
      const changed = sectionsChanged(current, next)
      if (changed.some((section) => section !== 'discovery')) {
        plan = planOf(next, shard)
        configRevision += 1
        await polling.apply(plan)
      }
      current = next
      configRevision += 1
      scrub = scrubberOf(next.nodes.flatMap(secretsOf))
      return changed
    }
  }
  const security = new WebSecurity(await readWebConfig?.())
  const onDemand = () => polling.onDemand
  const endpoints = new EndpointDirectory({ onDemand, log })
  const probe = new NodeProbe(onDemand)
  const webConfigReloader = new WebConfigReloader(security, readWebConfig, log)
  const reloader = new Reloader({
    reloadables: [
      ...(load === undefined ? [] : [pollingReloadable]),
      ...(readWebConfig === undefined ? [] : [webReloadable(webConfigReloader)]),
    ],
    files,
    log,
    configured: (successful) => {
      self.configured(successful)
    },
  })
  const runbooks = dependencies.runbooks === undefined ? undefined : await readRunbooks(dependencies.runbooks)
  if (runbooks?.size === 0) log.warn('no runbooks are installed; /runbooks is empty')
  const web = buildWeb(
    {
      exposition,
      self,
      isReady: () => results.fresh,
      state: () => ({
        revision: results.revision + configRevision,
        version: build.version,
        demo,
        ready: results.fresh,
        nodes: current.nodes.map(({ name }) => name),
        scope: plan.scope,
        latest: results.latest,
        lastKnown: results.latest.lastKnown,
        status: results.status(),
        pollIntervalSeconds: plan.intervalMs / 1000,
        isConfigured: self.isConfigured,
        decodes: self.decodes,
        // A simulated account is in no explorer.
        explorerUrl: demo ? undefined : dependencies.explorerUrl,
      }),
      discovery: {
        endpoints: (netuid) => endpoints.ask(netuid),
        settings: () => discoveryOf(current),
      },
      probe: (name, timeoutMs) => probe.probe(name, timeoutMs),
      reload: lifecycle === true ? () => reloader.reload('POST /-/reload') : undefined,
      security,
      allowedHosts: dependencies.allowedHosts,
      ...(runbooks === undefined ? {} : { runbooks }),
    },
    log,
  )
  const connections = connectionsOf(web.server)
  const url = await web.listen({ ...listen, backlog: LISTEN_BACKLOG })
  try {
    await polling.apply(plan)
  } catch (error) {
    await web.close()
    throw error
  }
  self.configured(true)

  const stopping = new AbortController()
  const watching =
    files === undefined || watch !== true
      ? undefined
      : runLoop(WATCH_MS, stopping.signal, async () => {
          if (await files.changed()) await reloader.reload('a changed file')
        })
  return {
    url,
    broken: polling.broken,
    reload: (trigger) => reloader.reload(trigger),
    async stop(withinMs) {
      stopping.abort()
      webConfigReloader.stop()
      const cutOff = setTimeout(() => {
        connections.destroy()
      }, withinMs)
      await Promise.all([watching, polling.stop(), web.close()])
      clearTimeout(cutOff)
      results.stop()
    },
  }
}

interface OnceDependencies extends ReadOnceDependencies {
  readonly shard?: Scope['shard']
}

/** Polls once and renders the metrics: `--once`. */
export const readMetricsOnce = (config: Config, dependencies: OnceDependencies): Promise<MetricsOnce> =>
  metricsOnce(planOf(config, dependencies.shard), dependencies)

/** Polls once and reports on nodes and keys: `bittensor-exporter check`. */
export const checkConfig = (config: Config, dependencies: OnceDependencies): Promise<CheckReport> =>
  checkEverything(planOf(config, dependencies.shard), dependencies)

/** Reads one storage value from the first node that can tell: `bittensor-exporter storage`. */
export const readStorageOnce = (config: Config, place: StoragePlace): Promise<StorageReading> =>
  readStorage(planOf(config, undefined).nodes, place)

/** Reloads the web configuration together with the rest of the configuration. */
const webReloadable =
  (reloader: WebConfigReloader): Reloadable =>
  async () => {
    const apply = await reloader.prepare()
    return () => apply().map((part) => `web ${part}`)
  }

/** How often the files are checked for changes. A change is taken at the second check that sees it. */
const WATCH_MS = 1000

/**
 * Connections that the kernel accepts on behalf of the exporter while it is busy; Linux lowers it to net.core.somaxconn. Node's 511 are
 * fewer than one burst of connections: the others' first packet is then lost, and they try again after a second.
 */
const LISTEN_BACKLOG = 4096

/** The sections in which two configurations differ. */
const sectionsChanged = (before: Config, after: Config): readonly (keyof Config)[] =>
  (Object.keys({ ...before, ...after }) as (keyof Config)[]).filter(
    (section) => !isDeepStrictEqual(before[section], after[section]),
  )

const DEMO_BLOCK_MS = 6000

/** Starts an exporter on a simulated chain, read through a simulated Sidecar and from a node directly, all in this process. */
export async function startDemo(dependencies: ExporterDependencies): Promise<Exporter> {
  const chain = demoChain({ blockTimeMs: DEMO_BLOCK_MS })
  const [sidecar, node] = await Promise.all([
    startSimulatedSidecar({ chain }),
    startRpcNode(chain, { health: { peers: 41, lag: 1 } }),
  ])
  const stopClock = startClock(chain, { blockMs: DEMO_BLOCK_MS })
  const config: Config = {
    nodes: [
      { name: 'demo-a', api: 'sidecar', url: sidecar.url, headers: {} },
      { name: 'demo-b', api: 'rpc', url: node.url, headers: {} },
    ],
    keys: Object.values(DEMO_KEYS),
    subnets: 'all',
    limits: { maxSeries: 2_000_000 },
    discovery: { allowNetworks: [] },
    poll: { intervalMs: DEMO_BLOCK_MS, timeoutMs: 5000, concurrency: 16, staleAfterMs: 60_000 },
    collectors: {},
  }
  const stopSimulation = async () => {
    stopClock()
    await Promise.all([sidecar.close(), node.close()])
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
  allowed: parseNetworks(discovery.allowNetworks),
  names: new Map(keys.flatMap(({ role, address, name }) => (role === 'hotkey' ? [[address, name]] : []))),
})

const planOf = (
  { nodes, genesis, keys, subnets, limits, poll, collectors }: Config,
  shard: Scope['shard'],
): PollPlan => ({
  ...(genesis === undefined ? {} : { genesis }),
  nodes: nodes.map((node) => ({
    ...node,
    timeoutMs: poll.timeoutMs,
    concurrency: poll.concurrency,
    pause: pauseWithin(poll.intervalMs),
  })),
  scope: {
    hotkeys: keys.filter(({ role }) => role === 'hotkey'),
    coldkeys: keys.filter(({ role }) => role === 'coldkey'),
    subnets,
    shard,
    maxSeries: limits.maxSeries,
  },
  collects: (collector) => collectors[collector.name] !== false && runsInShard(collector, shard),
  intervalMs: poll.intervalMs,
  staleAfterMs: poll.staleAfterMs,
})
