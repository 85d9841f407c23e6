import pLimit from 'p-limit'
import { Exposition } from '../metrics/exposition.ts'
import type { Probed } from '../metrics/probe.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import type { OnDemand } from '../poll/on-demand.ts'
import { runRound, withDeadline, type Outcome } from '../poll/round.ts'
import { within } from './within.ts'

/** Maximum number of nodes that are probed at once; further probes wait. */
const AT_ONCE = 8

/** Time limit of one reading, also while requests still wait for it. */
const DEADLINE_MS = 60_000

/** Reads configured nodes on request. Concurrent probes of a node share one reading. */
export class NodeProbe {
  readonly #onDemand: () => OnDemand | undefined
  readonly #atOnce = pLimit(AT_ONCE)
  readonly #running = new Map<UpstreamClient, Promise<readonly Outcome[]>>()

  constructor(onDemand: () => OnDemand | undefined) {
    this.#onDemand = onDemand
  }

  /**
   * Reads a node by its configured name. Never rejects: a timeout gives a probe without success. Resolves with `unknown` for a name that
   * is not configured, and with `interrupted` if the configuration changed meanwhile, because the result is then not about the node.
   */
  async probe(name: string, timeoutMs: number): Promise<Probed | 'unknown' | 'interrupted'> {
    const plan = this.#onDemand()
    const client = plan?.clients.find(({ node }) => node === name)
    if (plan === undefined || client === undefined) return 'unknown'
    const start = performance.now()
    const outcomes = await within(timeoutMs, this.#read(client, plan))
    if (plan.signal.aborted) return 'interrupted'
    const seconds = (performance.now() - start) / 1000
    if (outcomes === undefined) return { node: name, seconds, snapshot: undefined, collectors: [] }
    const exposition = new Exposition(outcomes.flatMap(({ collector }) => collector.families))
    exposition.publish(
      outcomes.map(({ collector: { families }, result }) => ({
        families,
        part: name,
        contents: 'contents' in result ? result.contents : undefined,
      })),
    )
    const collectors = outcomes.map(({ collector, result }) => {
      return { name: collector.name, success: 'contents' in result }
    })
    return { node: name, seconds, snapshot: exposition.snapshot, collectors }
  }

  #read(client: UpstreamClient, { collectors, scope, signal }: OnDemand): Promise<readonly Outcome[]> {
    const current = this.#running.get(client)
    if (current !== undefined) return current
    const running = this.#atOnce(() =>
      withDeadline(DEADLINE_MS, signal, (abort) =>
        runRound(collectors, client, { scope, node: client.node, decimals: undefined, signal: abort.signal }),
      ),
    ).finally(() => this.#running.delete(client))
    this.#running.set(client, running)
    return running
  }
}
