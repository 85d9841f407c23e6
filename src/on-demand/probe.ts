import pLimit from 'p-limit'
import { Exposition } from '../metrics/exposition.ts'
import type { Probed } from '../metrics/probe.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import type { OnDemand } from '../poll/on-demand.ts'
import { runRound, withDeadline } from '../poll/round.ts'
import { within } from './within.ts'

/** Maximum number of nodes that are probed at once; further probes wait. */
const AT_ONCE = 8

/** Time limit of one reading, also while requests still wait for it. */
const DEADLINE_MS = 60_000

/** A reading younger than this, in milliseconds, is the answer to further probes of its node. Prometheus scrapes less often. */
const MIN_AGE_MS = 5000

interface Reading {
  readonly probed: Promise<Probed>
  /** A time of performance.now(); undefined while it is not finished. */
  finishedAt: number | undefined
}

/**
 * Reads configured nodes on request. Probes of a node share one reading, which is at most five seconds old, so that the number of
 * requests to nodes does not depend on the number of clients.
 */
export class NodeProbe {
  readonly #onDemand: () => OnDemand | undefined
  readonly #atOnce = pLimit(AT_ONCE)
  readonly #readings = new Map<UpstreamClient, Reading>()
  /** The configuration that the readings belong to; another one clears them. */
  #plan: OnDemand | undefined

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
    if (plan !== this.#plan) this.#readings.clear()
    this.#plan = plan
    const start = performance.now()
    const probed = await within(timeoutMs, this.#reading(client, plan).probed)
    if (plan.signal.aborted) return 'interrupted'
    if (probed !== undefined) return probed
    const seconds = (performance.now() - start) / 1000
    return { node: name, seconds, snapshot: undefined, collectors: [] }
  }

  #reading(client: UpstreamClient, plan: OnDemand): Reading {
    const current = this.#readings.get(client)
    if (current !== undefined && performance.now() - (current.finishedAt ?? Infinity) < MIN_AGE_MS)
      return current
    const reading: Reading = { probed: this.#read(client, plan), finishedAt: undefined }
    const finish = () => (reading.finishedAt = performance.now())
    reading.probed.then(finish, finish)
    this.#readings.set(client, reading)
    return reading
  }

  async #read(client: UpstreamClient, { collectors, scope, signal }: OnDemand): Promise<Probed> {
    const { node } = client
    const start = performance.now()
    const outcomes = await this.#atOnce(() =>
      withDeadline(DEADLINE_MS, signal, (abort) =>
        runRound(collectors, client, { scope, node, decimals: undefined, signal: abort.signal }),
      ),
    )
    const seconds = (performance.now() - start) / 1000
    const exposition = new Exposition(outcomes.flatMap(({ collector }) => collector.families))
    exposition.publish(
      outcomes.map(({ collector: { families }, result }) => ({
        families,
        part: node,
        contents: 'contents' in result ? result.contents : undefined,
      })),
    )
    const results = outcomes.map(({ collector, result }) => {
      return { name: collector.name, success: 'contents' in result }
    })
    return { node, seconds, snapshot: exposition.snapshot, collectors: results }
  }
}
