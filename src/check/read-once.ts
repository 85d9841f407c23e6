import type { Logger } from 'pino'
import { COLLECTORS } from '../collectors/index.ts'
import type { Latest } from '../collectors/lib/latest.ts'
import { Exposition } from '../metrics/exposition.ts'
import { SelfMetrics, type BuildInfo } from '../metrics/self.ts'
import type { CollectorStatus } from '../metrics/status.ts'
import { onlyOnce, Polling, type PollPlan } from '../poll/polling.ts'
import { CollectorResults } from '../poll/results.ts'
import type { UpstreamClient } from '../upstream/client.ts'

export interface ReadOnceDependencies {
  readonly build: BuildInfo
  readonly log: Logger
}

/** The result of one poll of the chain and of each node. */
export interface OneReading {
  readonly seconds: number
  readonly exposition: Exposition
  readonly self: SelfMetrics
  readonly latest: Latest
  readonly status: readonly CollectorStatus[]
  /** The clients of all nodes, in the order of the configuration. They are closed after `use`. */
  readonly clients: readonly UpstreamClient[]
}

/** Polls the chain and each node once, without a web server, and resolves with what `use` makes of the result. */
export async function readOnce<Value>(
  plan: PollPlan,
  { build, log }: ReadOnceDependencies,
  use: (reading: OneReading) => Promise<Value>,
): Promise<Value> {
  const self = new SelfMetrics(build, false, [], false)
  const exposition = new Exposition(COLLECTORS.flatMap(({ families }) => families))
  const results = new CollectorResults(plan.staleAfterMs, { exposition, self, log })
  const polling = new Polling({ results, self, log, table: exposition.table, schedule: onlyOnce })
  const start = performance.now()
  try {
    await polling.apply(plan)
    await Promise.race([polling.broken, polling.ended()])
    return await use({
      seconds: (performance.now() - start) / 1000,
      exposition,
      self,
      latest: results.latest,
      status: results.status(),
      clients: polling.onDemand?.clients ?? [],
    })
  } finally {
    results.stop()
    await polling.stop()
  }
}

/** The metrics in the Prometheus text format, and whether any chain state could be read. */
export interface MetricsOnce {
  readonly text: string
  readonly isChainRead: boolean
}

/** Polls once and renders the metrics, without those of the process. */
export const metricsOnce = (plan: PollPlan, dependencies: ReadOnceDependencies): Promise<MetricsOnce> =>
  readOnce(plan, dependencies, async ({ exposition, self, latest }) => {
    const chunks = exposition.snapshot.chunks('text').map(({ bytes }) => bytes)
    return {
      text: Buffer.concat([Buffer.from(await self.text('text')), ...chunks]).toString(),
      isChainRead: latest.newest() !== undefined,
    }
  })
