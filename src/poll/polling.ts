import { setMaxListeners } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { Scope } from '../scope/scope.ts'
import type { ChainCollector, NodeCollector } from '../collectors/define.ts'
import { collectorsFor } from '../collectors/index.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import { Sidecars } from '../upstream/sidecar/sidecars.ts'
import type { HttpOptions } from '../upstream/http/transport.ts'
import type { CollectorResults } from './results.ts'
import { ChainPoll } from './chain.ts'
import { logDecoding } from './collector-log.ts'
import { runLoop } from './loop.ts'
import { pollNode } from './node.ts'
import type { OnDemand } from './on-demand.ts'
import { Sources } from '../source/source.ts'

/** What a configuration asks to be polled. */
export interface PollPlan {
  /** At least one. */
  readonly nodes: readonly HttpOptions[]
  /** Hash of block 0 of the chain to read; not there where the nodes decide. */
  readonly genesis?: string
  readonly scope: Scope
  readonly collects: (collector: ChainCollector | NodeCollector) => boolean
  /** Milliseconds from the beginning of one poll to that of the next. */
  readonly intervalMs: number
  /** Milliseconds after which what could not be read again is no longer published. */
  readonly staleAfterMs: number
}

export interface PollingDependencies {
  readonly results: CollectorResults
  readonly self: SelfMetrics
  readonly log: Logger
}

/** The loops that run under one plan. */
interface Running {
  readonly abort: AbortController
  readonly ended: Promise<unknown>
}

/**
 * Polls by one plan after another. What a plan has in common with the one before goes on: connections, samples, what was
 * counted and remembered, and the height below which nothing is published.
 */
export class Polling {
  readonly #results: CollectorResults
  readonly #self: SelfMetrics
  readonly #log: Logger
  readonly #sidecars: Sidecars
  readonly #sources: Sources
  readonly #chain: ChainPoll
  #collectors: readonly (ChainCollector | NodeCollector)[] = []
  #scope: Scope | undefined
  #applying: Promise<void> | undefined
  #running: Running | undefined
  #onDemand: OnDemand | undefined
  #stopped = false
  #break: (error: unknown) => void = () => undefined
  /** Never resolves; rejects when polling broke down, which is a fault of the exporter. */
  readonly broken = new Promise<never>((_resolve, reject) => (this.#break = reject))

  constructor({ results, self, log }: PollingDependencies) {
    this.#results = results
    this.#self = self
    this.#log = log
    this.#sources = new Sources({ self, log })
    this.#chain = new ChainPoll({ results, self, sources: this.#sources })
    this.#sidecars = new Sidecars(
      ({ node, route, seconds, failure }) => {
        // What was given up for another plan is no failure of the Sidecar.
        if (failure !== 'aborted' || this.#running !== undefined)
          self.requested(node, route, seconds, failure)
      },
      (state) => {
        self.sidecarState(state)
      },
      (change) => {
        self.nodeDecodes(change.node, change.decodes)
        logDecoding(log, change)
      },
    )
  }

  /**
   * Polls by this plan from now on. Polls under way are given up, so that nothing of the plan before is published once
   * this resolves. Not to be called again before. Rejects with TypeError, with nothing changed, for a URL that cannot be
   * used.
   */
  async apply(plan: PollPlan): Promise<void> {
    if (this.#stopped) return
    await (this.#applying = this.#apply(plan))
  }

  /** What may be read besides the polls; undefined before the first plan. */
  get onDemand(): OnDemand | undefined {
    return this.#onDemand
  }

  async stop(): Promise<void> {
    this.#stopped = true
    const halted = this.#halt(new Error('the exporter is stopping'))
    await Promise.allSettled([halted, this.#applying])
    await this.#sidecars.close()
  }

  async #apply(plan: PollPlan): Promise<void> {
    const replaceSidecars = this.#sidecars.prepare(plan.nodes)
    try {
      await this.#replace(plan, replaceSidecars)
    } catch (error) {
      // Nothing is polled any more.
      this.#break(error)
      throw error
    }
  }

  async #replace(plan: PollPlan, replaceSidecars: () => Promise<readonly string[]>): Promise<void> {
    const halted = this.#halt(new Error('there is another configuration'))
    const gone = await replaceSidecars()
    await halted
    const before = this.#collectors
    // Made anew, so that a collector that was off remembers nothing.
    const wanted = collectorsFor(this.#log).filter(plan.collects)
    this.#collectors = wanted.map((each) => before.find(({ name }) => name === each.name) ?? each)
    // The same object as long as it says the same: by it collectors know what they remember.
    const scope =
      isDeepStrictEqual(this.#scope, plan.scope) && this.#scope !== undefined ? this.#scope : plan.scope
    this.#scope = scope
    await this.#forget(
      gone,
      before.filter((collector) => !this.#collectors.includes(collector)),
    )
    if (!this.#stopped) this.#run({ ...plan, scope })
  }

  /** Resolves when nothing is polled any more. */
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
    const { clients } = this.#sidecars
    const ofChain = this.#collectors.filter((each): each is ChainCollector => each.scope === 'chain')
    const ofNodes = this.#collectors.filter((each): each is NodeCollector => each.scope === 'node')
    this.#sources.replace(clients, genesis)
    this.#chain.configure({ clients, collectors: ofChain, scope, deadlineMs })
    const nodePoll = { collectors: ofNodes, scope, results, self, sources: this.#sources, deadlineMs }
    results.staleAfter(deadlineMs)
    self.pollsEvery(intervalMs)
    for (const { node, decoding } of clients) {
      self.expect(node)
      self.nodeDecodes(node, decoding.verdict)
      if (ofNodes.length === 0) self.nodeUp(node, undefined)
    }
    const sources = () => this.#chain.sources
    this.#onDemand = { clients, sources, collectors: ofNodes, scope, signal }
    for (const state of this.#sidecars.states) self.sidecarState(state)
    const loops = [
      runLoop(intervalMs, signal, async () => {
        await this.#chain.poll(signal)
        this.#self.polled()
      }),
      ...clients.map((client) => runLoop(intervalMs, signal, () => pollNode(client, nodePoll, signal))),
    ]
    for (const loop of loops) loop.catch(this.#break)
    this.#running = { abort, ended: Promise.allSettled(loops) }
  }

  /** Takes back what is published of nodes that are gone, and of collectors that are off. */
  async #forget(gone: readonly string[], off: readonly { readonly name: string }[]): Promise<void> {
    const names = off.map(({ name }) => name)
    this.#results.forget(
      (collector, node) => names.includes(collector) || (node !== undefined && gone.includes(node)),
    )
    await Promise.all([
      ...gone.map((node) => this.#self.forget({ node })),
      ...names.map((collector) => this.#self.forget({ collector })),
    ])
  }
}
