import type { Block } from '../chain/block.ts'
import type { Watch } from '../chain/watch.ts'
import type { ChainCollector } from '../collectors/define.ts'
import type { Refusal, SelfMetrics } from '../metrics/self.ts'
import type { SidecarClient } from '../sidecar/client.ts'
import { endsView, openView, type LayoutCache } from '../sidecar/view.ts'
import type { Board } from './board.ts'
import { messageOf } from './journal.ts'
import { allFailed, runRound, withDeadline, type Outcome } from './round.ts'
import { Sources } from './source.ts'

export interface ChainPollDependencies {
  readonly board: Board
  readonly self: SelfMetrics
}

/** What to read, and from where. */
export interface ChainPlan {
  readonly clients: readonly SidecarClient[]
  readonly collectors: readonly ChainCollector[]
  readonly watch: Watch
  readonly deadlineMs: number
}

type Head = Awaited<ReturnType<SidecarClient['finalizedHead']>>

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
  readonly #board: Board
  readonly #self: SelfMetrics
  readonly #sources = new Sources()
  readonly #layouts = new WeakMap<SidecarClient, LayoutCache>()
  #plan: ChainPlan | undefined
  /** The block each collector was last read at. */
  readonly #readAt = new Map<ChainCollector, string>()
  /** What each collector read last, by its name. */
  readonly #previous = new Map<string, unknown>()
  #published: Block | undefined

  constructor({ board, self }: ChainPollDependencies) {
    this.#board = board
    this.#self = self
  }

  /** Not to be called during a poll. What was read and published before is remembered, of collectors that stay. */
  configure(plan: ChainPlan): void {
    const { clients, collectors, watch } = plan
    if (watch !== this.#plan?.watch) this.#readAt.clear()
    for (const collector of this.#plan?.collectors ?? []) {
      if (collectors.includes(collector)) continue
      this.#readAt.delete(collector)
      this.#previous.delete(collector.name)
    }
    this.#sources.replace(clients)
    this.#plan = plan
  }

  /** The nodes to read from, in the order they are tried. */
  get sources(): readonly SidecarClient[] {
    return this.#sources.inOrder()
  }

  /** One poll. What goes wrong is settled on the board. */
  async poll(signal: AbortSignal): Promise<void> {
    if (this.#plan === undefined) throw new Error('there is no plan to poll by')
    const { collectors } = this.#plan
    const board = this.#board
    const errors: unknown[] = []
    for (const client of this.#sources.inOrder()) {
      try {
        const head = await client.finalizedHead(signal)
        this.#refuseBehind(client, head.block)
        const outcomes = await this.#read(client, head, this.#plan, signal)
        if (signal.aborted) return
        this.#sources.choose(client)
        board.settle(undefined, outcomes)
        return
      } catch (error) {
        if (signal.aborted) return
        if (endsView(error)) this.#self.refused(client.node, error.reason as Refusal)
        errors.push(error)
      }
    }
    board.settle(undefined, allFailed(collectors, causeOf(errors)))
  }

  #refuseBehind(client: SidecarClient, { height }: Block): void {
    const published = this.#published?.height
    if (published === undefined || height >= published) return
    this.#self.refused(client.node, 'behind')
    throw new BehindError(client.node, height, published)
  }

  /**
   * Reads the collectors that have not been read at this block yet, or failed since, and confirms the others. Rejects when the view
   * ended, or when nothing at all could be read while another source may do better.
   */
  async #read(
    client: SidecarClient,
    head: Head,
    { collectors, watch, deadlineMs }: ChainPlan,
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> {
    const board = this.#board
    const { block, runtime } = head
    const due = collectors.filter(
      (collector) => this.#readAt.get(collector) !== block.hash || !board.holds(collector),
    )
    board.confirm(collectors.filter((collector) => !due.includes(collector)))
    if (due.length === 0) return []
    const outcomes = await withDeadline(deadlineMs, signal, async (abort) => {
      const view = await openView(client, head, this.#layoutsOf(client), abort)
      const decimals = runtime.token?.decimals
      const { signal } = abort
      const options = { watch, node: client.node, block, decimals, previous: this.#previous, signal }
      const settled = await runRound(due, view, options)
      const ended: unknown = abort.signal.reason
      if (endsView(ended)) throw ended
      return settled
    })
    const succeeded = outcomes.flatMap(({ result }, index) =>
      'contents' in result ? [{ index, data: result.data }] : [],
    )
    if (succeeded.length === 0 && this.#sources.inOrder().length > 1) throw firstError(outcomes)
    for (const { index, data } of succeeded) {
      const collector = due[index]
      if (collector === undefined) continue
      if (collector.unfinished?.(data) !== true) this.#readAt.set(collector, block.hash)
      this.#previous.set(collector.name, data)
    }
    if (succeeded.length > 0) this.#published = block
    return outcomes
  }

  #layoutsOf(client: SidecarClient): LayoutCache {
    const layouts: LayoutCache = this.#layouts.get(client) ?? new Map<string, never>()
    this.#layouts.set(client, layouts)
    return layouts
  }
}

function firstError(outcomes: readonly Outcome[]): unknown {
  for (const { result } of outcomes) if ('error' in result) return result.error
  return new Error('nothing was read')
}

/** One error stands for itself; of several, each says what its node said. */
const causeOf = (errors: readonly unknown[]): unknown =>
  errors.length === 1 ? errors[0] : new Error(`no node can be read: ${errors.map(messageOf).join('; ')}`)
