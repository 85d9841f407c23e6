import { isDeepStrictEqual } from 'node:util'
import type { Block } from '../chain/block.ts'
import type { Scope } from '../scope/scope.ts'
import type { ChainInstance } from '../collectors/define.ts'
import type { Refusal, SelfMetrics } from '../metrics/self.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import { RuntimeError, UpstreamError } from '../upstream/errors.ts'
import { readGenesis } from '../storage/genesis.ts'
import { invalidatesView, Layouts, openView } from '../storage/view.ts'
import type { CollectorResults } from './results.ts'
import { messageOf } from './collector-log.ts'
import { allFailed, runRound, withDeadline, type Outcome } from './round.ts'
import type { Sources } from '../source/source.ts'
import { StallDetector } from '../source/stall-detector.ts'

export interface ChainPollDependencies {
  readonly results: CollectorResults
  readonly self: SelfMetrics
  readonly sources: Sources
}

/** What to read, and from where. */
export interface ChainPlan {
  readonly clients: readonly UpstreamClient[]
  readonly collectors: readonly ChainInstance[]
  readonly scope: Scope
  readonly deadlineMs: number
}

type Head = Awaited<ReturnType<UpstreamClient['finalizedHead']>>

/** A head that is behind what was published from another answer. */
class BehindError extends Error {
  constructor(node: string, head: number, published: number) {
    super(`${node}: its finalized head ${head} is behind block ${published}, which is published already`)
  }
}

/**
 * Polls the chain: takes a source's finalized head, reads all that is due at that block, and publishes it at once. A
 * head behind what was published is refused; a view whose block goes away is given up, and nothing of it published.
 * Then the next source is tried, so that a node that fails costs no poll while another answers.
 */
export class ChainPoll {
  readonly #results: CollectorResults
  readonly #self: SelfMetrics
  readonly #sources: Sources
  readonly #standstill: StallDetector
  readonly #layouts = new Layouts()
  #plan: ChainPlan | undefined
  /** The block each collector was last read at. */
  readonly #readAt = new Map<ChainInstance, string>()
  #published: Block | undefined

  constructor({ results, self, sources }: ChainPollDependencies) {
    this.#results = results
    this.#self = self
    this.#sources = sources
    this.#standstill = new StallDetector(sources)
  }

  /** Not to be called during a poll. What was read and published before is remembered, of collectors that stay. */
  configure(plan: ChainPlan): void {
    const { collectors, scope } = plan
    if (!isDeepStrictEqual(scope, this.#plan?.scope)) this.#readAt.clear()
    for (const collector of this.#readAt.keys())
      if (!collectors.includes(collector)) this.#readAt.delete(collector)
    this.#plan = plan
  }

  /** The node chain state is read from, and the others that are fit; before the first reading all of them. */
  get sources(): readonly UpstreamClient[] {
    const { current } = this.#sources
    const known = this.#plan?.clients ?? []
    if (current === undefined) return known
    const clients = new Map(known.map((client) => [client.node, client]))
    return [current, ...this.#sources.fitBesides(current)].flatMap((node) => clients.get(node) ?? [])
  }

  /** One poll. What goes wrong is settled on the board. */
  async poll(signal: AbortSignal): Promise<void> {
    if (this.#plan === undefined) throw new Error('there is no plan to poll by')
    const plan = this.#plan
    const isOver = (): boolean => signal.aborted
    await this.#sources.known(signal)
    if (isOver()) return
    const heads = new Map<UpstreamClient, Promise<Head>>()
    const headOf = (client: UpstreamClient): Promise<Head> => {
      const asked = heads.get(client) ?? client.finalizedHead(signal)
      heads.set(client, asked)
      return asked
    }
    const order = await this.#standstill.order(this.#elected(plan), this.#published, headOf)
    const errors: unknown[] = []
    const left = [...order]
    const postponed = new Set<UpstreamClient>()
    for (let client = left.shift(); client !== undefined; client = left.shift()) {
      try {
        const head = await headOf(client)
        await this.#refuseOther(client, head.block, signal)
        this.#refuseBehind(client, head.block)
        if (left.length > 0 && !postponed.has(client) && this.#hasNothingNew(client, head.block)) {
          postponed.add(client)
          left.push(client)
          continue
        }
        const outcomes = await this.#read(client, head, plan, left.length === 0, signal)
        if (isOver()) return
        if (isUsable(outcomes))
          this.#sources.choose(client.node, isWhole(outcomes), errors.map(messageOf).join('; ') || undefined)
        this.#results.record(undefined, outcomes)
        return
      } catch (error) {
        if (isOver()) return
        if (invalidatesView(error)) {
          this.#self.refused(client.node, error.reason as Refusal)
          for (const collector of plan.collectors) collector.discard?.()
        }
        errors.push(error)
      }
    }
    if (isOver()) return
    this.#results.record(undefined, allFailed(plan.collectors, causeOf(errors, this.#sources.refusals)))
  }

  #elected(plan: ChainPlan): readonly UpstreamClient[] {
    const clients = new Map(plan.clients.map((client) => [client.node, client]))
    return this.#sources.elect().flatMap((node) => clients.get(node) ?? [])
  }

  /** By the genesis in the state of that very block: all that is read in a view is pinned to it. */
  async #refuseOther(client: UpstreamClient, block: Block, signal: AbortSignal): Promise<void> {
    if (block.hash === this.#published?.hash) return
    this.#sources.admit(client.node, await readGenesis(client, block, signal))
  }

  #refuseBehind(client: UpstreamClient, { height }: Block): void {
    const published = this.#published?.height
    if (published === undefined || height >= published) return
    this.#self.refused(client.node, 'behind')
    throw new BehindError(client.node, height, published)
  }

  /** Whether a node that would be turned to has no more than what is published: one that has is better. */
  #hasNothingNew({ node }: UpstreamClient, { hash }: Block): boolean {
    return node !== this.#sources.current && hash === this.#published?.hash
  }

  /**
   * Reads the collectors that have not been read at this block yet, or failed since, and confirms the others. Rejects when the view
   * ended, or, while another source may do better, when nothing could be read or the Sidecar was given up on the way.
   */
  async #read(
    client: UpstreamClient,
    head: Head,
    { collectors, scope, deadlineMs }: ChainPlan,
    isLast: boolean,
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> {
    const results = this.#results
    const { block, runtime } = head
    const due = collectors.filter(
      (collector) => this.#readAt.get(collector) !== block.hash || !results.isCurrent(collector),
    )
    results.refresh(collectors.filter((collector) => !due.includes(collector)))
    if (due.length === 0) return []
    const outcomes = await withDeadline(deadlineMs, signal, async (abort) => {
      const view = await openView(client, head, this.#layouts.of(client), abort)
      const decimals = runtime.token?.decimals
      const { signal } = abort
      const options = { scope, node: client.node, block, decimals, signal }
      const settled = await runRound(due, view, options)
      const ended: unknown = abort.signal.reason
      if (invalidatesView(ended)) throw ended
      await view.confirm()
      return settled
    })
    const succeeded = outcomes.flatMap(({ result }, index) =>
      'contents' in result ? [{ index, data: result.data }] : [],
    )
    if (!isLast && (succeeded.length === 0 || outcomes.some(({ result }) => isLost(result))))
      throw firstError(outcomes)
    for (const { index, data } of succeeded) {
      const collector = due[index]
      if (collector === undefined) continue
      if (collector.isUnfinished?.(data) !== true) this.#readAt.set(collector, block.hash)
      collector.published?.(data)
    }
    if (succeeded.length > 0) this.#published = block
    return outcomes
  }
}

/** The Sidecar was given up in the middle of the round: another may do the whole of it. */
const isLost = (result: Outcome['result']): boolean =>
  'error' in result && result.error instanceof UpstreamError && result.error.reason === 'circuit_open'

function firstError(outcomes: readonly Outcome[]): unknown {
  for (const { result } of outcomes) if ('error' in result) return result.error
  return new Error('nothing was read')
}

/** Something was read, or there was nothing new to read. */
const isUsable = (outcomes: readonly Outcome[]): boolean =>
  outcomes.length === 0 || outcomes.some(({ result }) => 'contents' in result)

/** What the runtime does not have, or has with another type, no other node has. */
const isWhole = (outcomes: readonly Outcome[]): boolean =>
  outcomes.every(({ result }) => 'contents' in result || result.error instanceof RuntimeError)

/** One error stands for itself; of several, each says what its node said. */
function causeOf(errors: readonly unknown[], refusals: string): unknown {
  if (errors.length === 0) return new Error(refusals)
  return errors.length === 1
    ? errors[0]
    : new Error(`no node can be read: ${errors.map(messageOf).join('; ')}`)
}
