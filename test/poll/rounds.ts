import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { chain } from '../../src/collectors/chain.ts'
import { node } from '../../src/collectors/node.ts'
import { subnets } from '../../src/collectors/subnets.ts'
import { Exposition } from '../../src/metrics/exposition.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { CollectorResults } from '../../src/poll/results.ts'
import { ChainPoll } from '../../src/poll/chain.ts'
import { pollNode } from '../../src/poll/node.ts'
import { SourceSelector } from '../../src/source/selector.ts'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { openSidecarHttp } from '../../src/upstream/sidecar/http.ts'
import { type LogLine } from '../support/exporter.ts'
import { valueOf } from '../support/parse-exposition.ts'
import { started } from '../support/collectors.ts'

export interface Rounds {
  /** One round: the poll of each node and one of the chain, side by side. */
  round(): Promise<void>
  /** Published height of the chain; undefined before the first. */
  height(): Promise<number | undefined>
  /** The node that chain state was read from. */
  source(): Promise<string | undefined>
  /** Number of views of a node that were refused because of their chain. */
  refused(node: string): Promise<number | undefined>
  readonly log: readonly LogLine[]
}

/** The polls of an exporter with nodes node-a, node-b and so on. Nothing is polled by time: the test starts each round. */
export function roundsOf(urls: readonly string[], genesis?: string): Rounds {
  const nodes = urls.map((_, index) => `node-${'abcdef'[index] ?? index}`)
  const lines: LogLine[] = []
  const sink = { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) }
  const log = pino({ level: 'info', formatters: { level: (level) => ({ level }) } }, sink)
  const self = new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, nodes)
  const exposition = new Exposition([...chain.families, ...subnets.families, ...node.families])
  const results = new CollectorResults(600_000, { exposition, self, log })
  const selector = new SourceSelector({ self, log })
  const https = urls.map((url, index) =>
    openSidecarHttp({
      name: nodes[index] ?? '',
      url,
      headers: {},
      timeoutMs: 2000,
      concurrency: 8,
      retry: { minDelayMs: 1, maxDelayMs: 2 },
    }),
  )
  onTestFinished(async () => {
    results.stop()
    await Promise.all(https.map((http) => http.close()))
  })
  const clients = https.map((http) => sidecarClient(http))
  const scope = { hotkeys: [], coldkeys: [], subnets: 'all', maxSeries: 100_000 } as const
  const configured = clients.map((client) => ({ node: client.node, client }))
  selector.handle({ kind: 'nodes-replaced', nodes: configured, genesis })
  const shared = { scope, results, self, selector, deadlineMs: 10_000 }
  const poll = new ChainPoll({ results, self, selector })
  poll.configure({ clients, collectors: [started(chain), started(subnets)], scope, deadlineMs: 10_000 })
  const { signal } = new AbortController()
  const text = () => Buffer.concat(exposition.snapshot.chunks('text').map(({ bytes }) => bytes)).toString()
  return {
    async round() {
      await Promise.all([
        poll.poll(signal),
        ...clients.map((client) => pollNode(client, { collectors: [started(node)], ...shared }, signal)),
      ])
    },
    height: () => Promise.resolve(valueOf(text(), 'bittensor_chain_block_height')),
    source: () => Promise.resolve(/^bittensor_chain_source_info\{node="(.*)"\} 1$/m.exec(text())?.[1]),
    refused: async (name) =>
      valueOf(
        await self.text('text'),
        `bittensor_exporter_refused_views_total{node="${name}",reason="chain"}`,
      ),
    log: lines,
  }
}
