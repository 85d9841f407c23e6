import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { NEWEST_KNOWN_SPEC } from '../chain/runtime.ts'
import { registryText } from './registry-text.ts'
import type { Format } from './text.ts'

/** Who is meant: a collector, and the node it read; chain state has no node, as the source of it may change. */
export interface CollectorLabels {
  readonly collector: string
  readonly node?: string
}

/** Why a view was refused, or given up before it was published. */
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

/** The exporter about itself: prom-client metrics in a registry of their own, rendered at each scrape. */
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
  readonly #demo = this.#gauge(`${PREFIX}demo`, '1 when the data is invented: the demonstration runs.')
  readonly #success = this.#gauge(
    `${PREFIX}collector_success`,
    '1 when the last round of the collector succeeded.',
    COLLECTOR,
  )
  readonly #duration = this.#gauge(
    `${PREFIX}collector_duration_seconds`,
    'How long the last round of the collector took.',
    COLLECTOR,
  )
  readonly #lastSuccess = this.#gauge(
    `${PREFIX}collector_last_success_timestamp_seconds`,
    'When the collector last succeeded.',
    COLLECTOR,
  )
  readonly #series = this.#gauge(`${PREFIX}series`, 'Series the collector has published.', ['collector'])
  readonly #render = this.#gauge(
    `${PREFIX}render_duration_seconds`,
    'How long rendering the last publish took.',
  )
  readonly #reloaded = this.#gauge(
    `${PREFIX}config_last_reload_successful`,
    '1 when the configuration that was last read was good.',
  )
  readonly #reloadedAt = this.#gauge(
    `${PREFIX}config_last_reload_success_timestamp_seconds`,
    'When a good configuration was last read.',
  )
  readonly #logLost = this.#counter(
    `${PREFIX}log_lines_lost_total`,
    'Lines of the log that could not be written, as on a full disk.',
    [],
  )
  readonly #nodeUp = this.#gauge(
    'bittensor_node_up',
    '1 when the Sidecar of the node, and the node behind it, answered the last round.',
    ['node'],
  )
  readonly #decodes = this.#gauge(
    'bittensor_node_decodes_extrinsics',
    '1 when the Sidecar of the node decodes signed extrinsics, 0 when it misreads them or cannot decode blocks, by the last of its blocks that proved either; absent before. While it is 0, operations of keys are not counted from its blocks.',
    ['node'],
  )
  readonly #polls = this.#counter(
    `${PREFIX}chain_polls_total`,
    'Polls of the chain, whatever came of them; it stands still when nothing is polled any more.',
    [],
  )
  readonly #requests = this.#counter(`${PREFIX}sidecar_requests_total`, 'Requests to Sidecar.', [
    'node',
    'route',
  ])
  readonly #failures = this.#counter(
    `${PREFIX}sidecar_request_failures_total`,
    'Requests to Sidecar that failed for good, after their retries.',
    ['node', 'route', 'reason'],
  )
  readonly #refused = this.#counter(
    `${PREFIX}refused_views_total`,
    'Views of the chain that were refused, or given up before they were published; with the reason `chain`, polls that passed over a node of another chain.',
    ['node', 'reason'],
  )
  readonly #circuitOpen = this.#gauge(
    `${PREFIX}sidecar_circuit_open`,
    '1 while the circuit breaker is open or half-open.',
    ['node'],
  )
  readonly #requestSeconds = this.#histogram(
    `${PREFIX}sidecar_request_duration_seconds`,
    'How long requests to Sidecar took, with their retries, without their time in the queue.',
    ['node', 'route'],
    [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  )

  constructor(build: BuildInfo, demo: boolean, nodes: readonly string[]) {
    collectDefaultMetrics({ register: this.#registry })
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name)
    this.#buildInfo.set(
      { version: build.version, revision: build.revision, node_version: build.nodeVersion },
      1,
    )
    this.#newestKnownSpec.set(NEWEST_KNOWN_SPEC)
    this.#demo.set(demo ? 1 : 0)
    for (const node of nodes) this.expect(node)
  }

  /** There is such a node: what is counted of it from 0 is. */
  expect(node: string): void {
    for (const reason of REFUSALS) this.#refused.inc({ node, reason }, 0)
  }

  /** Takes back all series with these labels, of a node or a collector that is not there any more. */
  async forget(labels: Readonly<Record<string, string>>): Promise<void> {
    const gone = Object.entries(labels)
    for (const metric of this.#own) {
      const { values } = await metric.get()
      for (const { labels: series } of values) {
        // A bucket's own label is none of its histogram.
        const { le: _, ...own } = series as Readonly<Record<string, string | number>>
        if (gone.every(([name, value]) => own[name] === value)) metric.remove(own)
      }
    }
  }

  /** The exporter's own families, without prom-client's about the process; for METRICS.md. */
  definitions(): readonly SelfDefinition[] {
    return this.#definitions
  }

  /** All of it as text; OpenMetrics without its closing # EOF, as more follows. */
  text(format: Format): Promise<string> {
    return registryText(this.#registry, format)
  }

  collected(labels: CollectorLabels, seconds: number, success: boolean): void {
    this.#success.set({ ...labels }, success ? 1 : 0)
    this.#duration.set({ ...labels }, seconds)
    if (success) this.confirmed(labels)
  }

  /** What the collector said is still what it would say. */
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

  /** @param up is undefined where nobody looks. */
  nodeUp(node: string, up: boolean | undefined): void {
    if (up === undefined) this.#nodeUp.remove({ node })
    else this.#nodeUp.set({ node }, up ? 1 : 0)
  }

  /** @param decodes is undefined where no block has proved it. */
  nodeDecodes(node: string, decodes: boolean | undefined): void {
    if (decodes === undefined) this.#decodes.remove({ node })
    else this.#decodes.set({ node }, decodes ? 1 : 0)
  }

  /** A poll of the chain is over. */
  polled(): void {
    this.#polls.inc()
  }

  requested(node: string, route: string, seconds: number, failure: string | undefined): void {
    this.#requests.inc({ node, route })
    this.#requestSeconds.observe({ node, route }, seconds)
    if (failure !== undefined) this.#failures.inc({ node, route, reason: failure })
  }

  sidecarState({ node, circuitOpen }: { readonly node: string; readonly circuitOpen: boolean }): void {
    this.#circuitOpen.set({ node }, circuitOpen ? 1 : 0)
  }

  refused(node: string, reason: Refusal): void {
    this.#refused.inc({ node, reason })
  }

  configured(successful: boolean): void {
    this.#reloaded.set(successful ? 1 : 0)
    if (successful) this.#reloadedAt.set(Date.now() / 1000)
  }

  logLost(): void {
    this.#logLost.inc()
  }

  /** A gauge that is absent until it is set: prom-client shows an unlabelled one as 0 from its construction. */
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
