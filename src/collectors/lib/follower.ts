import type { Block } from '../../chain/block.ts'
import type { BlockBody } from '../../chain/extrinsic.ts'
import { UpstreamError, type FailureReason } from '../../upstream/errors.ts'
import type { View } from '../../storage/view.ts'

/** Callbacks of the follower, called in the order of the chain. */
export interface Follow {
  /** The next block. If it throws, the block counts as not read. */
  readonly block: (body: BlockBody) => void
  /** A number of blocks was skipped, or (0) the next block is not a child of the last one. */
  readonly gap: (skipped: number, why: string) => void
  /** True if a block that failed with this error is not worth another attempt. */
  readonly isHopeless?: (error: unknown) => boolean
}

/** Bounds of one follower. */
export interface FollowerOptions {
  /** Blocks behind the head beyond which the older ones are skipped: a day of them by default. */
  readonly maxBacklog?: number
  /** Maximum time in milliseconds that one call spends on catching up, because the round waits for it. */
  readonly budgetMs?: number
}

const MAX_BACKLOG = 7200
const BUDGET_MS = 4000

/** Blocks requested at once while catching up. */
const AT_A_TIME = 4

/** A pruning node keeps the state of the newest 256 blocks, so a block that is missing nearer to the head may come back. */
const SURELY_KEPT = 128

/** Number of rounds in which a block is requested before it is skipped, by failure; it is never skipped for other failures. */
const TRIES: Readonly<Partial<Record<FailureReason, number>>> = {
  block_gone: 3,
  shape: 3,
  not_json: 3,
  too_large: 3,
  status: 3,
  rpc_error: 3,
  undecodable: 3,
  timeout: 10,
}

/** The last block; the hash is undefined if it was skipped. */
interface Mark {
  readonly height: number
  readonly hash: string | undefined
}

/**
 * Reads every finalized block once, in order, beginning after the block of the first view. A block that cannot be read is
 * tried again at the next call, so an outage leaves no gap. A block that stays unreadable is skipped and reported.
 */
export class Follower {
  readonly #maxBacklog: number
  readonly #budgetMs: number
  #last: Mark | undefined
  /** Rounds in which the block after the last could not be read. */
  #tries = 0

  constructor({ maxBacklog = MAX_BACKLOG, budgetMs = BUDGET_MS }: FollowerOptions = {}) {
    this.#maxBacklog = maxBacklog
    this.#budgetMs = budgetMs
  }

  /** The newest block that was read or skipped; undefined before the first call. */
  get height(): number | undefined {
    return this.#last?.height
  }

  /** Starts again: the next view is treated as the first. */
  forget(): void {
    this.#last = undefined
    this.#tries = 0
  }

  /**
   * Reads up to the block of the view, or as far as time allows. Rejects with the error of the block that cannot be read;
   * the blocks before it have been passed on.
   */
  async follow(view: View, follow: Follow, signal: AbortSignal): Promise<void> {
    const { block: head } = view
    const last = (this.#last ??= head)
    if (head.height === last.height && last.hash !== undefined && head.hash !== last.hash) {
      follow.gap(0, `block ${head.height} was replaced after it was final`)
      this.#last = head
    }
    const tooOld = head.height - last.height - this.#maxBacklog
    if (tooOld > 0) {
      follow.gap(tooOld, `more than ${this.#maxBacklog} blocks behind the head`)
      this.#last = { height: last.height + tooOld, hash: undefined }
    }
    const end = performance.now() + this.#budgetMs
    for (let first = true; this.#behind(head) > 0 && (first || performance.now() < end); first = false)
      await this.#readSome(view, follow, signal)
  }

  #behind(head: Block): number {
    return this.#last === undefined ? 0 : Math.max(0, head.height - this.#last.height)
  }

  async #readSome(view: View, follow: Follow, signal: AbortSignal): Promise<void> {
    const behind = this.#behind(view.block)
    const next = view.block.height - behind + 1
    const count = Math.min(AT_A_TIME, behind)
    const answers = await Promise.allSettled(
      Array.from({ length: count }, (_, index) => view.body(next + index)),
    )
    for (const [index, answer] of answers.entries()) {
      signal.throwIfAborted()
      const height = next + index
      try {
        if (answer.status === 'rejected') throw answer.reason
        this.#take(answer.value, follow)
      } catch (error) {
        if (follow.isHopeless?.(error) !== true && !this.#givesUp(error, view.block.height - height))
          throw error
        follow.gap(
          1,
          `block ${height} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        )
        this.#last = { height, hash: undefined }
      }
      this.#tries = 0
    }
  }

  #take(body: BlockBody, follow: Follow): void {
    const { height, hash, parentHash } = body
    const parent = this.#last?.hash
    if (parent !== undefined && parent !== parentHash)
      follow.gap(0, `block ${height - 1} was replaced after it was final: block ${height} has another parent`)
    follow.block(body)
    this.#last = { height, hash }
  }

  /** Any error that is not an UpstreamError counts as a block of the wrong shape. */
  #givesUp(error: unknown, behind: number): boolean {
    const reason = error instanceof UpstreamError ? error.reason : 'shape'
    if (reason === 'block_gone' && behind > SURELY_KEPT) return true
    const tries = TRIES[reason]
    if (tries === undefined) return false
    this.#tries += 1
    return this.#tries >= tries
  }
}
