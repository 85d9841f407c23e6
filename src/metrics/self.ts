import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { NEWEST_KNOWN_SPEC } from '../chain/runtime.ts'
import { registryText } from './registry-text.ts'
import type { Format } from './text.ts'

/** Labels of a collector. Chain state has no node, because its source may change. */
export interface CollectorLabels {
  readonly collector: string
  readonly node?: string
}

/** Why a view was rejected or abandoned before it was published. */
const REFUSALS = ['behind', 'block_gone', 'chain', 'wrong_block', 'wrong_runtime'] as const
export type Refusal = (typeof REFUSALS)[number]

export interface BuildInfo {
  readonly version: string
  readonly revision: string
  readonly nodeVersion: string
}

/** One of the exporter's own families. */
export interface SelfDefinition {
  readonly name: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly labels: readonly string[]
  readonly help: string
}

/**
 * Default metrics of prom-client that are left out: gauges with the ending of a counter, which promtool and the
 * OpenMetrics rules object to. The same numbers stay, by type, in nodejs_active_handles and its siblings.
 */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

const PREFIX = 'bittensor_exporter_'
const COLLECTOR = ['collector', 'node'] as const

/** The exporter's own metrics: prom-client metrics in a separate registry, rendered at each scrape. */
export class SelfMetrics {
  readonly #registry = new Registry()
  readonly #definitions: SelfDefinition[] = []
  readonly #own: (Gauge | Counter | Histogram)[] = []
  readonly #buildInfo = this.#gauge(`${PREFIX}build_info`, 'Version of the exporter and of Node.js.', [
    'version',
    'revision',
    'node_version',
  ])
  readonly #newestKnownSpec = this.#gauge(
    `${PREFIX}newest_known_spec_version`,
    'Newest runtime spec version whose storage and formulas this release of the exporter was checked against.',
  )
  readonly #pollInterval = this.#gauge(
    `${PREFIX}poll_interval_seconds`,
    'Configured time between polls of the chain and of each node.',
  )
  readonly #demo = this.#gauge(`${PREFIX}demo`, '1 if the exporter runs the demo, whose data is simulated.')
  readonly #success = this.#gauge(
    `${PREFIX}collector_success`,
    '1 if the last round of the collector succeeded.',
    COLLECTOR,
  )
  readonly #duration = this.#gauge(
    `${PREFIX}collector_duration_seconds`,
    'Duration of the last round of the collector.',
    COLLECTOR,
  )
  readonly #lastSuccess = this.#gauge(
    `${PREFIX}collector_last_success_timestamp_seconds`,
    "Time of the collector's last success.",
    COLLECTOR,
  )
  readonly #series = this.#gauge(`${PREFIX}series`, 'Number of series published by the collector.', [
    'collector',
  ])
  readonly #render = this.#gauge(
    `${PREFIX}render_duration_seconds`,
    'Duration of rendering the last published state.',
  )
  readonly #reloaded = this.#gauge(
    `${PREFIX}config_last_reload_successful`,
    '1 if the last configuration load succeeded.',
  )
  readonly #reloadedAt = this.#gauge(
    `${PREFIX}config_last_reload_success_timestamp_seconds`,
    'Time of the last successful configuration load.',
  )
  readonly #logLost = this.#counter(
    `${PREFIX}log_lines_lost_total`,
    'Log lines that could not be written, for example because the disk is full.',
    [],
  )
  readonly #webConnections = this.#gauge(
    `${PREFIX}web_connections`,
    'Number of open connections to the web server.',
  )
  readonly #webRefused = this.#counter(
    `${PREFIX}web_refused_total`,
    'Connections and requests that the web server refused to protect itself, by reason.',
    ['reason'],
  )
  /** By format: the rendering that is in progress or ended last, and the one that has not begun. */
  readonly #rendering: Record<Format, { current: Promise<unknown>; next: Promise<string> | undefined }> = {
    text: { current: Promise.resolve(), next: undefined },
    openmetrics: { current: Promise.resolve(), next: undefined },
  }
  #openConnections: (() => number) | undefined
  readonly #nodeUp = this.#gauge(
    'bittensor_node_up',
    '1 if the node, and its Sidecar if it has one, answered in the last round.',
    ['node'],
  )
  readonly #decodes = this.#gauge(
    'bittensor_node_decodes_extrinsics',
    "1 if signed extrinsics of the node's blocks are decoded, 0 if its Sidecar misreads them or blocks cannot be decoded; absent until a block proves either. While it is 0, operations of keys are not counted from its blocks.",
    ['node'],
  )
  readonly #polls = this.#counter(`${PREFIX}chain_polls_total`, 'Polls of the chain, successful or not.', [])
  readonly #requests = this.#counter(
    `${PREFIX}upstream_requests_total`,
    'Requests to the node or its Sidecar.',
    ['node', 'route'],
  )
  readonly #failures = this.#counter(
    `${PREFIX}upstream_request_failures_total`,
    'Requests to the node or its Sidecar that failed after all retries.',
    ['node', 'route', 'reason'],
  )
  readonly #refused = this.#counter(
    `${PREFIX}refused_views_total`,
    'Views of the chain that were rejected or abandoned before publication, by reason. The reason chain counts polls that skipped a node of another chain.',
    ['node', 'reason'],
  )
  readonly #circuitOpen = this.#gauge(
    `${PREFIX}upstream_circuit_open`,
    '1 while the circuit breaker is open or half-open.',
    ['node'],
  )
  readonly #rateLimitWait = this.#counter(
    `${PREFIX}rate_limit_wait_seconds_total`,
    'Time in which requests waited because of the rate limit of the node. At nearly one second per second, the polls need more requests than the limit allows.',
    ['node'],
  )
  /** What bittensor_node_decodes_extrinsics and …config_last_reload_successful show, for readers in this process. */
  readonly #decodesByNode = new Map<string, boolean>()
  #isConfigured: boolean | undefined
  readonly #requestSeconds = this.#histogram(
    `${PREFIX}upstream_request_duration_seconds`,
    'Duration of requests to the node or its Sidecar, including retries and excluding time in the queue.',
    ['node', 'route'],
    [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  )

  /** @param ofProcess is false to leave out the metrics of the process, whose names every Node.js and Prometheus client uses. */
  constructor(build: BuildInfo, demo: boolean, nodes: readonly string[], ofProcess = true) {
    if (ofProcess) collectDefaultMetrics({ register: this.#registry })
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name)
    this.#buildInfo.set(
      { version: build.version, revision: build.revision, node_version: build.nodeVersion },
      1,
    )
    this.#newestKnownSpec.set(NEWEST_KNOWN_SPEC)
    this.#demo.set(demo ? 1 : 0)
    for (const node of nodes) this.expect(node)
  }

  /** Creates the counters of a node at 0. */
  expect(node: string): void {
    this.#rateLimitWait.inc({ node }, 0)
    for (const reason of REFUSALS) this.#refused.inc({ node, reason }, 0)
  }

  /** Removes all series with these labels, of a removed node or a disabled collector. */
  async forget(labels: Readonly<Record<string, string>>): Promise<void> {
    const gone = Object.entries(labels)
    if (labels['node'] !== undefined) this.#decodesByNode.delete(labels['node'])
    for (const metric of this.#own) {
      const { values } = await metric.get()
      for (const { labels: series } of values) {
        // A bucket's own label is none of its histogram.
        const { le: _, ...own } = series as Readonly<Record<string, string | number>>
        if (gone.every(([name, value]) => own[name] === value)) metric.remove(own)
      }
    }
  }

  /** The exporter's own families, without the process metrics of prom-client; for METRICS.md. */
  definitions(): readonly SelfDefinition[] {
    return this.#definitions
  }

  /**
   * All families as text; OpenMetrics without the closing `# EOF`, because more follows. Calls during a rendering share the next one:
   * it shows everything that happened before the calls.
   */
  async text(format: Format): Promise<string> {
    const { next } = this.#rendering[format]
    if (next !== undefined) return next
    const rendering = this.#rendering[format].current.then(() => {
      this.#rendering[format].next = undefined
      if (this.#openConnections !== undefined) this.#webConnections.set(this.#openConnections())
      return registryText(this.#registry, format)
    })
    this.#rendering[format] = { current: rendering.catch(() => undefined), next: rendering }
    return rendering
  }

  collected(labels: CollectorLabels, seconds: number, success: boolean): void {
    this.#success.set({ ...labels }, success ? 1 : 0)
    this.#duration.set({ ...labels }, seconds)
    if (success) this.confirmed(labels)
  }

  /** The published samples of the collector are still current. */
  confirmed(labels: CollectorLabels): void {
    this.#success.set({ ...labels }, 1)
    this.#lastSuccess.set({ ...labels }, Date.now() / 1000)
  }

  published(collector: string, series: number): void {
    this.#series.set({ collector }, series)
  }

  rendered(seconds: number): void {
    this.#render.set(seconds)
  }

  /** @param up is undefined if the node is not polled. */
  nodeUp(node: string, up: boolean | undefined): void {
    if (up === undefined) this.#nodeUp.remove({ node })
    else this.#nodeUp.set({ node }, up ? 1 : 0)
  }

  /** @param decodes is undefined until a block has proved it. */
  nodeDecodes(node: string, decodes: boolean | undefined): void {
    if (decodes === undefined) {
      this.#decodes.remove({ node })
      this.#decodesByNode.delete(node)
      return
    }
    this.#decodes.set({ node }, decodes ? 1 : 0)
    this.#decodesByNode.set(node, decodes)
  }

  /** Whether the signed extrinsics of each node are decoded. Nodes without a verdict are absent. */
  get decodes(): ReadonlyMap<string, boolean> {
    return this.#decodesByNode
  }

  /** Whether the last load of the configuration succeeded; undefined before the first. */
  get isConfigured(): boolean | undefined {
    return this.#isConfigured
  }

  /**
   * Requests to a node so far, how many of them failed because of its rate limit, and the seconds that requests waited because of the limit,
   * configured or its own.
   */
  async requestsTo(
    node: string,
  ): Promise<{ readonly total: number; readonly rateLimited: number; readonly waitedSeconds: number }> {
    const [requests, failures, waits] = await Promise.all([
      this.#requests.get(),
      this.#failures.get(),
      this.#rateLimitWait.get(),
    ])
    const sum = (values: readonly { readonly value: number }[]) =>
      values.reduce((total, { value }) => total + value, 0)
    return {
      total: sum(requests.values.filter(({ labels }) => labels['node'] === node)),
      rateLimited: sum(
        failures.values.filter(
          ({ labels }) => labels['node'] === node && labels['reason'] === 'rate_limited',
        ),
      ),
      waitedSeconds: sum(waits.values.filter(({ labels }) => labels['node'] === node)),
    }
  }

  /** A poll of the chain has ended. */
  polled(): void {
    this.#polls.inc()
  }

  requested(node: string, route: string, seconds: number, failure: string | undefined): void {
    this.#requests.inc({ node, route })
    this.#requestSeconds.observe({ node, route }, seconds)
    if (failure !== undefined) this.#failures.inc({ node, route, reason: failure })
  }

  rateLimited(node: string, seconds: number): void {
    this.#rateLimitWait.inc({ node }, seconds)
  }

  sidecarState({ node, circuitOpen }: { readonly node: string; readonly circuitOpen: boolean }): void {
    this.#circuitOpen.set({ node }, circuitOpen ? 1 : 0)
  }

  refused(node: string, reason: Refusal): void {
    this.#refused.inc({ node, reason })
  }

  /** The interval that polls now follow. */
  pollsEvery(milliseconds: number): void {
    this.#pollInterval.set(milliseconds / 1000)
  }

  configured(successful: boolean): void {
    this.#isConfigured = successful
    this.#reloaded.set(successful ? 1 : 0)
    if (successful) this.#reloadedAt.set(Date.now() / 1000)
  }

  /** @param open returns the number of open connections of the web server; asked at each scrape. */
  webConnections(open: () => number): void {
    this.#openConnections = open
  }

  webRefused(reason: string, times = 1): void {
    this.#webRefused.inc({ reason }, times)
  }

  logLost(): void {
    this.#logLost.inc()
  }

  /** A gauge that is absent until it is set: prom-client shows an unlabelled gauge as 0 from its construction. */
  #gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    this.#definitions.push({ name, type: 'gauge', labels: labelNames, help })
    const gauge = new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
    if (labelNames.length === 0) gauge.remove()
    this.#own.push(gauge)
    return gauge
  }

  #counter(name: string, help: string, labelNames: readonly string[]): Counter {
    this.#definitions.push({ name, type: 'counter', labels: labelNames, help })
    const counter = new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
    this.#own.push(counter)
    return counter
  }

  #histogram(name: string, help: string, labelNames: readonly string[], buckets: number[]): Histogram {
    this.#definitions.push({ name, type: 'histogram', labels: labelNames, help })
    const registers = [this.#registry]
    const histogram = new Histogram({ name, help, labelNames: [...labelNames], buckets, registers })
    this.#own.push(histogram)
    return histogram
  }
}
