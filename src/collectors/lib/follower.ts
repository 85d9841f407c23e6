import type { Block } from '../../chain/block.ts'
import type { BlockBody } from '../../chain/extrinsic.ts'
import { UpstreamError, type FailureReason } from '../../upstream/errors.ts'
import type { View } from '../../storage/view.ts'

/** What is done with what the follower comes to. Called in the order of the chain. */
export interface Follow {
  /** The next block. Throws when it makes no sense, and then counts as not read. */
  readonly block: (body: BlockBody) => void
  /** So many blocks were skipped, or (0) what follows is not the child of what was read last. */
  readonly gap: (skipped: number, why: string) => void
  /** Whether reading a block that failed like this is not worth another attempt. */
  readonly isHopeless?: (error: unknown) => boolean
}

/** Bounds of one follower. */
export interface FollowerOptions {
  /** Blocks behind the head beyond which the older ones are skipped: a day of them by default. */
  readonly maxBacklog?: number
  /** Milliseconds one call may go on catching up, as all other collectors wait for the round to end. */
  readonly budgetMs?: number
}

const MAX_BACKLOG = 7200
const BUDGET_MS = 4000

/** Blocks asked for at a time while catching up. */
const AT_A_TIME = 4

/** A node that throws state away keeps that of the newest 256 blocks, so what is gone nearer the head may come back. */
const SURELY_KEPT = 128

/** Rounds that a block is asked for before it is skipped, by what went wrong; never skipped for what is not listed. */
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

/** A block as far as it is known: of one that was skipped, the hash is not. */
interface Mark {
  readonly height: number
  readonly hash: string | undefined
}

/**
 * Reads every finalized block once, in order, from the one after the first view's. What could not be read is read at the
 * next call, so a Sidecar that is away leaves no gap; a block that cannot be had is skipped, and that is said.
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

  /** Nobody wants to know any more: the next view is as the first. */
  forget(): void {
    this.#last = undefined
    this.#tries = 0
  }

  /**
   * Reads on to the view's block, or as far as the time allows. Rejects with what kept it from reading a block; what it
   * read before is done with.
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

  /** Errors that are no UpstreamError are of a block that makes no sense, as one of the wrong shape. */
  #givesUp(error: unknown, behind: number): boolean {
    const reason = error instanceof UpstreamError ? error.reason : 'shape'
    if (reason === 'block_gone' && behind > SURELY_KEPT) return true
    const tries = TRIES[reason]
    if (tries === undefined) return false
    this.#tries += 1
    return this.#tries >= tries
  }
}
