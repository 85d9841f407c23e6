import { setMaxListeners } from 'node:events'
import type { Logger } from 'pino'
import type { Scope } from '../scope/scope.ts'
import type {
  ChainCollector,
  ChainInstance,
  CollectorDependencies,
  NodeCollector,
  NodeInstance,
} from '../collectors/define.ts'
import { COLLECTORS } from '../collectors/index.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import { UpstreamClients, type UpstreamOptions } from '../upstream/clients.ts'
import type { CollectorResults } from './results.ts'
import { ChainPoll } from './chain.ts'
import { logDecoding } from './collector-log.ts'
import { HeadLook } from './head-look.ts'
import { runLoop, type Look } from './loop.ts'
import { pollNode } from './node.ts'
import type { OnDemand } from './on-demand.ts'
import { PollError } from './round.ts'
import { SourceSelector } from '../source/selector.ts'

/** The part of a configuration that polling depends on. */
export interface PollPlan {
  /** At least one node. */
  readonly nodes: readonly UpstreamOptions[]
  /** Hash of block 0 of the chain to read; absent if the nodes decide. */
  readonly genesis?: string
  readonly scope: Scope
  readonly collects: (collector: ChainCollector | NodeCollector) => boolean
  /** Milliseconds from the start of one poll to the start of the next; polls of the chain may start earlier (see HeadLook). */
  readonly intervalMs: number
  /** Age in milliseconds at which samples expire. */
  readonly staleAfterMs: number
}

export interface PollingDependencies {
  readonly results: CollectorResults
  readonly self: SelfMetrics
  readonly log: Logger
  readonly table: CollectorDependencies['table']
  /** How polls are repeated: by default at every interval, until the signal is aborted. */
  readonly schedule?: Schedule
}

type Schedule = (
  intervalMs: number,
  signal: AbortSignal,
  poll: () => Promise<void>,
  look?: Look,
) => Promise<void>

/** Runs each poll once. */
export const onlyOnce: Schedule = (_intervalMs, _signal, poll) => poll()

/** The loops that run under one plan. */
interface Running {
  readonly abort: AbortController
  readonly ended: Promise<unknown>
  readonly intervalMs: number
  /** Successive polls of the chain that took longer than the interval because of a rate limit. */
  overLimit: number
}

/**
 * Runs the polls of the current plan. What two successive plans have in common is kept: connections, samples, counters, the state of
 * collectors, and the published height.
 */
export class Polling {
  readonly #results: CollectorResults
  readonly #self: SelfMetrics
  readonly #log: Logger
  readonly #clients: UpstreamClients
  readonly #selector: SourceSelector
  readonly #chain: ChainPoll
  readonly #table: CollectorDependencies['table']
  readonly #schedule: Schedule
  #collectors: readonly (ChainInstance | NodeInstance)[] = []
  /** Seconds in which requests waited because of a rate limit, by node. */
  readonly #waited = new Map<string, number>()
  #applying: Promise<void> | undefined
  #running: Running | undefined
  #onDemand: OnDemand | undefined
  #stopped = false
  #break: (error: unknown) => void = () => undefined
  /** Never resolves; rejects when polling ends because of a fault of the exporter. */
  readonly broken = new Promise<never>((_resolve, reject) => (this.#break = reject))

  constructor({ results, self, log, table, schedule = runLoop }: PollingDependencies) {
    this.#schedule = schedule
    this.#table = table
    this.#results = results
    this.#self = self
    this.#log = log
    this.#selector = new SourceSelector({ self, log })
    this.#chain = new ChainPoll({ results, self, selector: this.#selector })
    this.#clients = new UpstreamClients(
      ({ node, route, seconds, limitedSeconds, failure }) => {
        if (limitedSeconds > 0) this.#rateLimited(node, limitedSeconds)
        // Requests that a change of plans aborts are no failures of the node.
        if (failure !== 'aborted' || this.#running !== undefined)
          self.requested(node, route, seconds, failure)
      },
      (state) => {
        self.sidecarState(state)
      },
      (change, api) => {
        self.nodeDecodes(change.node, change.decodes)
        logDecoding(log, change, api)
      },
    )
  }

  /**
   * Replaces the plan. Running polls are aborted, so once this resolves nothing of the previous plan is published any more. Must not be
   * called again before it has resolved. Rejects with TypeError and changes nothing if a URL is invalid.
   */
  async apply(plan: PollPlan): Promise<void> {
    if (this.#stopped) return
    await (this.#applying = this.#apply(plan))
  }

  /** What reads on demand use; undefined before the first plan. */
  get onDemand(): OnDemand | undefined {
    return this.#onDemand
  }

  /** Resolves when all polls of the current plan have ended, which they do on their own only if they run once. */
  async ended(): Promise<void> {
    await this.#running?.ended
  }

  async stop(): Promise<void> {
    this.#stopped = true
    const halted = this.#halt(new PollError('the exporter is stopping'))
    await Promise.allSettled([halted, this.#applying])
    await this.#clients.close()
  }

  async #apply(plan: PollPlan): Promise<void> {
    const replaceClients = this.#clients.prepare(plan.nodes)
    try {
      await this.#replace(plan, replaceClients)
    } catch (error) {
      // Polling has stopped.
      this.#break(error)
      throw error
    }
  }

  async #replace(plan: PollPlan, replaceClients: () => Promise<readonly string[]>): Promise<void> {
    const halted = this.#halt(new PollError('the configuration changed'))
    const gone = await replaceClients()
    await halted
    const before = this.#collectors
    // A collector that stays enabled keeps its instance and so its state.
    this.#collectors = COLLECTORS.filter(plan.collects).map(
      (collector) =>
        before.find(({ name }) => name === collector.name) ??
        collector.create({ log: this.#log, table: this.#table }),
    )
    await this.#forget(
      gone,
      before.filter((collector) => !this.#collectors.includes(collector)),
    )
    if (!this.#stopped) this.#run(plan)
  }

  #rateLimited(node: string, seconds: number): void {
    this.#self.rateLimited(node, seconds)
    this.#waited.set(node, (this.#waited.get(node) ?? 0) + seconds)
  }

  /**
   * Runs a poll of the chain. Logs once per plan that the polls need more requests than the rate limit of the source allows: two
   * successive ones took longer than the interval, most of the time waiting for the limit.
   */
  async #withinLimit(poll: () => Promise<void>): Promise<void> {
    const start = performance.now()
    const before = new Map(this.#waited)
    await poll()
    const running = this.#running
    const node = this.#selector.state.source
    if (running === undefined || node === undefined) return
    const seconds = (performance.now() - start) / 1000
    const waited = (this.#waited.get(node) ?? 0) - (before.get(node) ?? 0)
    const isOver = seconds * 1000 > running.intervalMs && waited > seconds / 2
    running.overLimit = isOver ? running.overLimit + 1 : Math.min(running.overLimit, 0)
    if (running.overLimit < 2) return
    running.overLimit = -Infinity
    this.#log.warn(
      {
        node,
        pollSeconds: Math.round(seconds),
        waitedSeconds: Math.round(waited),
        intervalSeconds: running.intervalMs / 1000,
        remedy: 'raise poll.interval, watch fewer keys and subnets, or read a node with a higher limit',
      },
      'requests do not fit the rate limit of the node: polls take longer than the interval',
    )
  }

  /** Aborts the running polls. Resolves when they have ended. */
  async #halt(reason: Error): Promise<void> {
    const running = this.#running
    this.#running = undefined
    running?.abort.abort(reason)
    await running?.ended
  }

  #run({ scope, genesis, intervalMs, staleAfterMs: deadlineMs }: PollPlan): void {
    const abort = new AbortController()
    const { signal } = abort
    setMaxListeners(0, signal)
    const results = this.#results
    const self = this.#self
    const { clients } = this.#clients
    const ofChain = this.#collectors.filter((each): each is ChainInstance => each.scope === 'chain')
    const ofNodes = this.#collectors.filter((each): each is NodeInstance => each.scope === 'node')
    const nodes = clients.map((client) => ({ node: client.node, client }))
    this.#selector.handle({ kind: 'nodes-replaced', nodes, genesis })
    this.#chain.configure({ clients, collectors: ofChain, scope, deadlineMs })
    const nodePoll = { collectors: ofNodes, scope, results, self, selector: this.#selector, deadlineMs }
    results.staleAfter(deadlineMs)
    results.limitSeries(scope.maxSeries)
    self.pollsEvery(intervalMs)
    for (const { node, decoding } of clients) {
      self.expect(node)
      self.nodeDecodes(node, decoding.verdict)
      if (ofNodes.length === 0) self.nodeUp(node, undefined)
    }
    const sources = () => this.#chain.sources
    this.#onDemand = { clients, sources, collectors: ofNodes, scope, signal }
    for (const state of this.#clients.states) self.sidecarState(state)
    const headLook = new HeadLook(this.#chain, intervalMs)
    const pollChain = async (): Promise<void> => {
      await headLook.during(() => this.#withinLimit(() => this.#chain.poll(signal)))
      this.#self.polled()
    }
    const loops = [
      this.#schedule(intervalMs, signal, pollChain, () => headLook.hasNewBlock(signal)),
      ...clients.map((client) =>
        this.#schedule(intervalMs, signal, () => pollNode(client, nodePoll, signal)),
      ),
    ]
    for (const loop of loops) loop.catch(this.#break)
    this.#running = { abort, ended: Promise.allSettled(loops), intervalMs, overLimit: 0 }
  }

  /** Removes the samples of nodes that were removed, and of collectors that were disabled. */
  async #forget(gone: readonly string[], off: readonly { readonly name: string }[]): Promise<void> {
    const names = off.map(({ name }) => name)
    this.#results.forget(
      (collector, node) => names.includes(collector) || (node !== undefined && gone.includes(node)),
    )
    for (const node of gone) this.#waited.delete(node)
    await Promise.all([
      ...gone.map((node) => this.#self.forget({ node })),
      ...names.map((collector) => this.#self.forget({ collector })),
    ])
  }
}
