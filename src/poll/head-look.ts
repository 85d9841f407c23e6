import type { Block } from '../chain/block.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import { UpstreamError } from '../upstream/errors.ts'

/** Shortest time from a poll that published a block to an early poll, as a share of the interval: polls stay about as frequent as configured. */
const SHORTEST_GAP = 0.75

/** The part of ChainPoll that looks depend on. */
interface PolledChain {
  /** The block that is published. */
  readonly published: Block | undefined
  /** The nodes that a poll would read, the source first. */
  readonly sources: readonly UpstreamClient[]
}

/**
 * Looks for a new finalized block at the source between two polls, so that it is read when it comes and not up to an interval later.
 * Only a source that is cheap to ask (UpstreamClient.peekHead) is asked.
 */
export class HeadLook {
  readonly #chain: PolledChain
  readonly #gapMs: number
  /** No look before this time of performance.now(). */
  #notBefore = 0

  constructor(chain: PolledChain, intervalMs: number) {
    this.#chain = chain
    this.#gapMs = intervalMs * SHORTEST_GAP
  }

  /** Runs a poll. If it publishes another block, looks are paused. */
  async during(poll: () => Promise<void>): Promise<void> {
    const start = performance.now()
    const before = this.#chain.published?.hash
    await poll()
    if (this.#chain.published?.hash !== before) this.#notBefore = start + this.#gapMs
  }

  /**
   * Whether the source has a finalized block above the published one. False also if it is too early to look, or if the node does not
   * answer, which the next poll reports. After true, looks are paused whether or not the poll succeeds.
   */
  async hasNewBlock(signal: AbortSignal): Promise<boolean> {
    const { published, sources } = this.#chain
    const [source] = sources
    const now = performance.now()
    if (now < this.#notBefore || published === undefined || source?.peekHead === undefined) return false
    try {
      const { height } = await source.peekHead(signal)
      if (height <= published.height) return false
      this.#notBefore = performance.now() + this.#gapMs
      return true
    } catch (error) {
      if (error instanceof UpstreamError) return false
      throw error
    }
  }
}
