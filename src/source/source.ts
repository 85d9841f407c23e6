import type { Logger } from 'pino'
import type { SelfMetrics } from '../metrics/self.ts'
import type { Assessment, ChainIdentity } from './assessment.ts'
import { commonChain, isFit, MAX_BEHIND, PATIENCE, rank, type Contender } from './election.ts'

export interface SourcesDependencies {
  readonly self: SelfMetrics
  readonly log: Logger
}

/** A client of a node, as far as it matters here. */
interface Client {
  readonly node: string
}

/** A node of another chain than the one that is read. */
class OtherChainError extends Error {}

interface Candidate extends Contender {
  /** Who it is: a node of the same name that is reached in another way is another one. */
  readonly client: Client
  assessment: Assessment | undefined
  /** Why there is no assessment. */
  silence: string
  /** The chain it last said it is on. */
  chain: Partial<ChainIdentity>
  asked: boolean
  /** Why it is refused, while it is. */
  refused: string | undefined
}

/**
 * Which node the chain is read from: one that answers, is not syncing, is not behind the others and is on the same chain.
 * The one it was last read from stays, until it is no longer fit for two polls, or cannot be read: a node that
 * comes back is not returned to before there is a reason.
 *
 * "The same chain" is that of the configured genesis; else the one most nodes are on when the first state is published. It
 * stays until the exporter is restarted, also when the configuration is loaded anew, so that no series ever goes from one
 * chain to another.
 */
export class Sources {
  #candidates: ReadonlyMap<string, Candidate> = new Map()
  readonly #self: SelfMetrics
  readonly #log: Logger
  /** The configured genesis. */
  #wanted: string | undefined
  /** The chain that state was published of. */
  #settled: Partial<ChainIdentity> = {}
  #current: string | undefined
  /** Polls in a row in which another node was better. */
  #outdone = 0
  /** Polls in a row in which collectors failed. */
  #failing = 0
  /** Those that were given up because collectors failed, since a poll was last whole: they are not tried in turns. */
  readonly #givenUp = new Set<string>()
  /** Why the current source is to be left. */
  #reason: string | undefined
  /** Told when enough is known to choose. */
  #waiting: () => void = () => undefined

  constructor({ self, log }: SourcesDependencies) {
    this.#self = self
    this.#log = log
  }

  /**
   * There are these to choose from now. What is known of those that stay is kept.
   * @param genesis is the hash of block 0 of the chain that is to be read; undefined where the nodes decide.
   */
  replace(clients: readonly Client[], genesis: string | undefined): void {
    const before = this.#candidates
    this.#candidates = new Map(
      clients.map((client) => {
        const known = before.get(client.node)
        return [client.node, known?.client === client ? known : newCandidate(client)]
      }),
    )
    const isThere = (node: string) =>
      before.get(node) !== undefined && before.get(node) === this.#candidates.get(node)
    if (this.#current !== undefined && !isThere(this.#current)) this.#current = undefined
    for (const node of this.#givenUp) if (!isThere(node)) this.#givenUp.delete(node)
    this.#wanted = genesis
  }

  /** Resolves when enough is known to choose: more than half agree on a chain, or all were asked once; or with the signal. */
  async known(signal: AbortSignal): Promise<void> {
    if (this.#isKnown()) return
    await new Promise<void>((resolve) => {
      this.#waiting = resolve
      signal.addEventListener('abort', () => {
        resolve()
      })
    })
  }

  /** What the node's own loop learned of it, or why it learned nothing. */
  assessed(node: string, result: Assessment | Error): void {
    const candidate = this.#candidate(node)
    candidate.asked = true
    if (result instanceof Error) {
      candidate.assessment = undefined
      candidate.silence = result.message
    } else {
      candidate.assessment = result
      candidate.chain = result.chain
    }
    this.#followName()
    if (this.#isKnown()) this.#waiting()
  }

  /** Once a poll: the nodes that may be read from, in the order they are to be tried. */
  elect(): readonly string[] {
    const ranking = rank([...this.#candidates.values()].filter((candidate) => this.#admits(candidate)))
    const order = ranking.map(({ contender }) => contender.node)
    const current = ranking.find(({ contender }) => contender.node === this.#current)
    const [first] = ranking
    if (current === undefined || first === undefined) return order
    const isBetter =
      first.grade < current.grade || (first.grade === current.grade && current.behind > MAX_BEHIND)
    this.#outdone = isBetter && first.contender.assessment !== undefined ? this.#outdone + 1 : 0
    this.#reason = undefined
    if (this.#outdone >= PATIENCE) {
      this.#reason = describe(current.contender, current.behind)
      return order
    }
    const others = order.filter((node) => node !== current.contender.node)
    if (this.#failing >= PATIENCE) {
      const untried = ranking.find(
        ({ contender: { node }, grade }) =>
          isFit(grade) && node !== this.#current && !this.#givenUp.has(node),
      )?.contender.node
      if (untried !== undefined) {
        this.#givenUp.add(current.contender.node)
        this.#reason = 'collectors failed in two polls'
        return [untried, current.contender.node, ...others.filter((node) => node !== untried)]
      }
    }
    return [current.contender.node, ...others]
  }

  /** The current source is to be left in this poll, for this reason. */
  leave(reason: string): void {
    this.#reason = reason
  }

  /** The node was found on a chain with this genesis. Throws OtherChainError, and counts it, when another one is read. */
  admit(node: string, genesis: string): void {
    const candidate = this.#candidate(node)
    candidate.chain = { ...candidate.chain, genesis }
    if (!this.#admits(candidate)) throw new OtherChainError(candidate.refused)
  }

  /** Chain state was read from this node. @param reason is why it was not read from the one before. */
  choose(node: string, isWhole: boolean, reason = this.#reason): void {
    const previous = this.#current
    const { chain } = this.#candidate(node)
    this.#failing = isWhole ? 0 : this.#failing + 1
    if (isWhole) this.#givenUp.clear()
    this.#settled = { ...chain, ...this.#settled }
    if (node === previous) return
    this.#current = node
    this.#outdone = 0
    this.#failing = 0
    if (previous === undefined)
      this.#log.info({ node, ...this.#settled }, `chain state is read from ${node} (${named(this.#settled)})`)
    else
      this.#log.info(
        { node, previous, reason },
        `chain state is read from ${node} now, and no longer from ${previous}: ${reason ?? 'it cannot be read'}`,
      )
  }

  /** The node chain state was last read from. */
  get current(): string | undefined {
    return this.#current
  }

  /** The nodes besides this one that were fit when they were last asked. */
  fitBesides(node: string): readonly string[] {
    const admitted = [...this.#candidates.values()].filter(({ refused }) => refused === undefined)
    return rank(admitted).flatMap(({ contender, grade }) =>
      isFit(grade) && contender.node !== node ? [contender.node] : [],
    )
  }

  /** Why there is nobody to read from. */
  get refusals(): string {
    return [...this.#candidates.values()].flatMap(({ refused }) => refused ?? []).join('; ')
  }

  #isKnown(): boolean {
    if (this.#current !== undefined) return true
    const all = [...this.#candidates.values()]
    return all.every(({ asked }) => asked) || 2 * (commonChain(all)?.supporters ?? 0) > all.length
  }

  #candidate(node: string): Candidate {
    const candidate = this.#candidates.get(node)
    if (candidate === undefined) throw new RangeError(`${node} is not one of the nodes`)
    return candidate
  }

  /** The chain to read: settled, configured, or what most say. */
  #chain(): Partial<ChainIdentity> {
    if (this.#settled.genesis !== undefined) return this.#settled
    if (this.#wanted !== undefined) return { genesis: this.#wanted }
    return commonChain([...this.#candidates.values()])?.chain ?? {}
  }

  /** Whether the node is on the chain that is read, as far as either is known. Counts refusals, logs their begin and end. */
  #admits(candidate: Candidate): boolean {
    const { node, chain } = candidate
    const read = this.#chain()
    const differs = (key: keyof ChainIdentity) =>
      chain[key] !== undefined && read[key] !== undefined && chain[key] !== read[key]
    const isWanted = this.#wanted === undefined || this.#wanted === (read.genesis ?? this.#wanted)
    if (isWanted && !differs('genesis') && !differs('name')) {
      if (candidate.refused !== undefined)
        this.#log.info({ node }, `${node} is on the chain that is read: it may be read from`)
      candidate.refused = undefined
      return true
    }
    this.#self.refused(node, 'chain')
    const message = isWanted
      ? `${node} is on another chain and is not read from: it is on ${named(chain)}, chain state is of ${named(read)}`
      : `${node} is not read from: the configured genesis is not that of the chain that is published (${named(read)}); ` +
        'restart the exporter to read another chain'
    if (candidate.refused !== message) this.#log.error({ node, chain, read }, message)
    candidate.refused = message
    return false
  }

  /** A chain may be called otherwise after an upgrade of its nodes: once none that answers knows the old name. */
  #followName(): void {
    const { genesis, name } = this.#settled
    if (genesis === undefined || name === undefined) return
    const names = [...this.#candidates.values()].flatMap(({ assessment }) =>
      assessment?.chain.genesis === genesis ? [assessment.chain.name] : [],
    )
    const [newName] = names
    if (newName === undefined || names.includes(name)) return
    this.#settled = { genesis, name: newName }
    this.#log.warn({ genesis, name: newName }, `the chain ${name} is called ${newName} by its nodes now`)
  }
}

const newCandidate = (client: Client): Candidate => ({
  client,
  node: client.node,
  assessment: undefined,
  silence: 'it was not asked yet',
  chain: {},
  asked: false,
  refused: undefined,
})

const named = ({ name, genesis }: Partial<ChainIdentity>): string =>
  `${name ?? 'a chain without a name'}, genesis ${genesis ?? 'not known'}`

function describe({ node, assessment, silence }: Candidate, behind: number): string {
  if (assessment === undefined) return `${node} does not say how it is: ${silence}`
  return assessment.syncing ? `${node} is syncing` : `${node} is ${behind} blocks behind`
}
