import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { COLLECTORS } from '../../src/collectors/index.ts'
import type { ChainInstance } from '../../src/collectors/define.ts'
import { Exposition } from '../../src/metrics/exposition.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { ChainPoll } from '../../src/poll/chain.ts'
import { pollNode } from '../../src/poll/node.ts'
import { CollectorResults } from '../../src/poll/results.ts'
import type { Scope } from '../../src/scope/scope.ts'
import { SourceSelector } from '../../src/source/selector.ts'
import type { UpstreamClient } from '../../src/upstream/client.ts'
import type { LogLine } from './exporter.ts'

export interface ChainPolls {
  /** One poll of the chain. */
  poll(): Promise<void>
  /** All families of chain state as they are published. */
  text(): string
  /** The exporter's own metrics. */
  ownMetrics(): Promise<string>
  readonly log: readonly LogLine[]
}

export interface ChainPollsOptions {
  readonly scope: Scope
  /** The names of the collectors to run; all collectors of chain state if it is not given. */
  readonly collectors?: readonly string[]
  /** See ChainPlan. */
  readonly tableWaitMs?: number
}

/** The polls of the chain through one client. Nothing is polled by time: the test starts each poll. */
export function chainPollsOf(
  client: UpstreamClient,
  { scope, collectors, tableWaitMs = 60_000 }: ChainPollsOptions,
): ChainPolls {
  const lines: LogLine[] = []
  const sink = { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) }
  const log = pino({ level: 'info', formatters: { level: (level) => ({ level }) } }, sink)
  const self = new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, [client.node])
  const exposition = new Exposition(COLLECTORS.flatMap(({ families }) => families))
  const results = new CollectorResults(600_000, { exposition, self, log })
  onTestFinished(() => {
    results.stop()
  })
  const selector = new SourceSelector({ self, log })
  selector.handle({
    kind: 'nodes-replaced',
    nodes: [{ node: client.node, client }],
    genesis: undefined,
  })
  const poll = new ChainPoll({ results, self, selector })
  const instances = COLLECTORS.filter(
    ({ name, scope: kind }) => kind === 'chain' && (collectors?.includes(name) ?? true),
  ).map((collector) => collector.create({ log, table: exposition.table }) as ChainInstance)
  poll.configure({ clients: [client], collectors: instances, scope, deadlineMs: 60_000, tableWaitMs })
  const { signal } = new AbortController()
  return {
    async poll() {
      const ofNode = { collectors: [], scope, results, self, selector, deadlineMs: 60_000 }
      await Promise.all([poll.poll(signal), pollNode(client, ofNode, signal)])
    },
    text: () => Buffer.concat(exposition.snapshot.chunks('text').map(({ bytes }) => bytes)).toString(),
    ownMetrics: () => self.text('text'),
    log: lines,
  }
}
