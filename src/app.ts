import { setMaxListeners } from 'node:events'
import type { Logger } from 'pino'
import type { Watch } from './chain/watch.ts'
import type { ChainCollector, NodeCollector } from './collectors/define.ts'
import { collectorsFor } from './collectors/index.ts'
import type { Config } from './config/config.ts'
import { DEMO_KEYS, demoChain, startClock } from './demo/demo.ts'
import { startSimulatedSidecar } from './demo/sidecar.ts'
import type { Families } from './metrics/define.ts'
import { Exposition } from './metrics/exposition.ts'
import { SelfMetrics, type BuildInfo } from './metrics/self.ts'
import { Board } from './poll/board.ts'
import { ChainPoll } from './poll/chain.ts'
import { runLoop } from './poll/loop.ts'
import { pollNode } from './poll/node.ts'
import { Sources } from './poll/source.ts'
import { sidecarClient } from './sidecar/client.ts'
import { openSidecarHttp } from './sidecar/http.ts'
import { buildWeb } from './web/server.ts'

export interface ExporterDependencies {
  readonly listen: { readonly host: string; readonly port: number }
  readonly build: BuildInfo
  readonly log: Logger
  /** Which of several exporters this is: see Watch. */
  readonly shard?: Watch['shard']
}

export interface Exporter {
  /** Where it listens, as a base URL. */
  readonly url: string
  /** Never resolves; rejects when polling broke down, which is a fault of the exporter. */
  readonly broken: Promise<never>
  /** Stops polling, finishes responses under way and cuts those off that take longer, closes all connections. */
  stop(withinMs: number): Promise<void>
}

/**
 * Wires everything together and starts it. Rejects when it cannot listen; a Sidecar need not be there yet.
 * @param demo is true when the Sidecars are simulated, which is said on every surface.
 */
export async function startExporter(
  config: Config,
  { listen, build, log, shard }: ExporterDependencies,
  demo = false,
): Promise<Exporter> {
  const watch = watchOf(config, shard)
  const nodes = config.nodes.map(({ name }) => name)
  const self = new SelfMetrics(build, demo, nodes)
  const enabled = collectorsFor(log).filter(
    ({ name, families }) => config.collectors[name] !== false && isOnShard(families, shard),
  )
  const exposition = new Exposition(enabled.map(({ families }) => families))
  const board = new Board(config.poll.staleAfterMs, { exposition, self, log })
  self.configured(true)

  const web = buildWeb(
    {
      exposition,
      self,
      isReady: () => board.fresh,
      version: build.version,
      demo,
      nodes,
      status: () => board.status(),
    },
    log,
  )
  const url = await web.listen(listen)

  const https = config.nodes.map((node) =>
    openSidecarHttp(
      { ...node, ...config.poll },
      ({ node, route, seconds, failure }) => {
        self.requested(node, route, seconds, failure)
      },
      ({ node, circuitOpen, concurrency }) => {
        self.sidecarState(node, circuitOpen, concurrency)
      },
    ),
  )
  const clients = https.map(sidecarClient)
  const deadlineMs = config.poll.staleAfterMs
  const sources = new Sources(nodes, { self, log, genesis: config.genesis })
  const chain = new ChainPoll({
    clients,
    sources,
    collectors: enabled.filter((collector): collector is ChainCollector => collector.scope === 'chain'),
    watch,
    board,
    self,
    deadlineMs,
  })
  const nodeCollectors = enabled.filter((collector): collector is NodeCollector => collector.scope === 'node')
  const nodePoll = { collectors: nodeCollectors, watch, board, self, sources, deadlineMs }

  const stopping = new AbortController()
  const { signal } = stopping
  setMaxListeners(0, signal)
  const loops = [
    runLoop(config.poll.intervalMs, signal, () => chain.poll(signal)),
    ...clients.map((client) =>
      runLoop(config.poll.intervalMs, signal, () => pollNode(client, nodePoll, signal)),
    ),
  ]
  return {
    url,
    broken: Promise.race(loops).then(() => new Promise<never>(() => undefined)),
    async stop(withinMs) {
      stopping.abort(new Error('the exporter is stopping'))
      const cutOff = setTimeout(() => {
        web.server.closeAllConnections()
      }, withinMs)
      await Promise.all([...loops, web.close(), ...https.map((http) => http.close())])
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
  const { validator, miner, treasury } = DEMO_KEYS
  const config: Config = {
    nodes: sidecars.map(({ url }, index) => ({ name: `demo-${'ab'[index] ?? index}`, url, headers: {} })),
    keys: [
      { ...validator, role: 'hotkey', expect: undefined },
      { ...miner, role: 'hotkey', expect: undefined },
      { ...treasury, role: 'coldkey', expect: undefined },
    ],
    subnets: 'all',
    limits: { maxSeries: 2_000_000 },
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

const watchOf = ({ keys, subnets, limits }: Config, shard: Watch['shard']): Watch => ({
  hotkeys: keys.filter(({ role }) => role === 'hotkey'),
  coldkeys: keys.filter(({ role }) => role === 'coldkey'),
  subnets,
  shard,
  maxSeries: limits.maxSeries,
})

/** What is not of a subnet is for shard 0 alone: read by all of them, each series would be there once for each. */
const isOnShard = (families: Families, shard: Watch['shard']): boolean =>
  shard === undefined ||
  shard.index === 0 ||
  Object.values(families).some(({ labels }) => labels.includes('netuid'))
