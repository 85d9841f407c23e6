import pLimit from 'p-limit'
import { Exposition } from '../metrics/exposition.ts'
import type { Probed } from '../metrics/probe.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import type { OnDemand } from '../poll/on-demand.ts'
import { runRound, withDeadline, type Outcome } from '../poll/round.ts'
import { within } from './within.ts'

/** Nodes read at once for probes; more wait. */
const AT_ONCE = 8

/** A reading ends then, whoever is still waiting. */
const DEADLINE_MS = 60_000

/** Reads configured nodes when asked to. However many ask for a node, it is read once at a time. */
export class NodeProbe {
  readonly #onDemand: () => OnDemand | undefined
  readonly #atOnce = pLimit(AT_ONCE)
  readonly #running = new Map<UpstreamClient, Promise<readonly Outcome[]>>()

  constructor(onDemand: () => OnDemand | undefined) {
    this.#onDemand = onDemand
  }

  /**
   * Reads a node by its configured name. Never rejects: what was not read within the time is a probe without success.
   * `interrupted` when the configuration changed meanwhile, which tells nothing of the node.
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
    const known = this.#running.get(client)
    if (known !== undefined) return known
    const running = this.#atOnce(() =>
      withDeadline(DEADLINE_MS, signal, (abort) =>
        runRound(collectors, client, { scope, node: client.node, decimals: undefined, signal: abort.signal }),
      ),
    ).finally(() => this.#running.delete(client))
    this.#running.set(client, running)
    return running
  }
}
