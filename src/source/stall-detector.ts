import type { Block } from '../chain/block.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import { MAX_BEHIND, PATIENCE } from './election.ts'
import type { Sources } from './source.ts'

/** A node's finalized head, asked for once a poll. */
export type HeadOf = (client: UpstreamClient) => Promise<{ readonly block: Block }>

interface Ahead {
  readonly client: UpstreamClient
  readonly height: number
}

/** A head that is one block ahead has only heard of that block sooner. */
const CLEARLY_AHEAD = 2

/**
 * Notices a source that answers, is not syncing, and whose head does not move while the heads of others do. Its own loop
 * would tell one interval later; so the others are asked for their heads in polls that find nothing new.
 */
export class StallDetector {
  readonly #sources: Sources
  /** Polls in which another was ahead, since the source stands still. */
  #polls = 0

  constructor(sources: Sources) {
    this.#sources = sources
  }

  /** The order of clients, with those that are ahead before a source that stands still. Never rejects. */
  async order(
    clients: readonly UpstreamClient[],
    published: Block | undefined,
    headOf: HeadOf,
  ): Promise<readonly UpstreamClient[]> {
    const [source, ...others] = clients
    if (source === undefined || source.node !== this.#sources.current || others.length === 0) return clients
    // What it fails with is told by the poll, which asks for the same head.
    const head = await headOf(source).catch(() => undefined)
    const isStanding = head !== undefined && head.block.hash === published?.hash
    const ahead = isStanding ? await this.#ahead(source, others, head.block.height, headOf) : []
    const [best] = ahead
    if (!isStanding) this.#polls = 0
    else if (best !== undefined) this.#polls += 1
    if (head === undefined || best === undefined) return clients
    const by = best.height - head.block.height
    if (by <= MAX_BEHIND && (this.#polls < PATIENCE || by < CLEARLY_AHEAD)) return clients
    this.#sources.leave(
      `${source.node} stands still at block ${head.block.height}, while ${best.client.node} is at ${best.height}`,
    )
    this.#polls = 0
    const first = ahead.map(({ client }) => client)
    return [...first, source, ...others.filter((client) => !first.includes(client))]
  }

  /** Of those that are fit, the ones whose heads are higher, the highest first. One that does not answer is not ahead. */
  async #ahead(
    source: UpstreamClient,
    others: readonly UpstreamClient[],
    height: number,
    headOf: HeadOf,
  ): Promise<readonly Ahead[]> {
    const fit = this.#sources.fitBesides(source.node)
    const asked = others
      .filter(({ node }) => fit.includes(node))
      .map(async (client): Promise<Ahead[]> => [{ client, height: (await headOf(client)).block.height }])
    const answers = await Promise.allSettled(asked)
    return answers
      .flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
      .filter((other) => other.height > height)
      .toSorted((a, b) => b.height - a.height)
  }
}
