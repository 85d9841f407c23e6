import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Block } from '../chain/block.ts'
import type { Scope } from '../scope/scope.ts'
import type { ChainInstance } from '../collectors/define.ts'
import type { Refusal, SelfMetrics } from '../metrics/self.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import { RuntimeError, UpstreamError } from '../upstream/errors.ts'
import { readGenesis } from '../storage/genesis.ts'
import { invalidatesView, Layouts, openView } from '../storage/view.ts'
import { fitNodes } from '../source/selection.ts'
import type { SourceSelector } from '../source/selector.ts'
import { checkForStall } from '../source/stall.ts'
import type { CollectorResults } from './results.ts'
import { messageOf } from './collector-log.ts'
import { allFailed, PollError, runCollector, withDeadline, type Outcome } from './round.ts'

export interface ChainPollDependencies {
  readonly results: CollectorResults
  readonly self: SelfMetrics
  readonly selector: SourceSelector
}

/** The part of a configuration that polls of the chain depend on. */
export interface ChainPlan {
  readonly clients: readonly UpstreamClient[]
  readonly collectors: readonly ChainInstance[]
  readonly scope: Scope
  readonly deadlineMs: number
  /** How long finished collectors wait for the neuron table, in milliseconds; default 5000. */
  readonly tableWaitMs?: number
}

const TABLE_WAIT_MS = 5000

/** In the first reading, what has been read is published about this often: over a node with a rate limit it takes long. */
const FIRST_PUBLISH_MS = 1000

type Head = Awaited<ReturnType<UpstreamClient['finalizedHead']>>

/** What one poll shares between its attempts. */
interface Poll {
  readonly plan: ChainPlan
  /** Reads a node's finalized head, once per poll. */
  readonly readHead: (client: UpstreamClient) => Promise<Head>
  /** The collectors that were published before the others had finished. */
  readonly early: Set<ChainInstance>
  /** Why nodes could not be read. */
  readonly errors: unknown[]
  readonly signal: AbortSignal
}

/** A node to try. */
interface Candidate {
  readonly client: UpstreamClient
  /** True if no other node is left to try in this poll. */
  readonly isLast: boolean
  readonly wasPostponed: boolean
}

/** The result of trying one node. */
type Attempt =
  | { readonly kind: 'read'; readonly reading: Reading }
  /** The node has nothing newer than what is published: nodes that may have are tried first. */
  | { readonly kind: 'postponed' }
  | { readonly kind: 'failed'; readonly error: unknown }

interface Reading {
  readonly block: Block
  /** The collectors to publish; none if all had been read at this block. */
  readonly collectors: readonly ChainInstance[]
  /** One per collector, in the same order. */
  readonly outcomes: readonly Outcome[]
  /** Outcomes that were published before. */
  readonly before: readonly Outcome[]
}

/** Collectors of a round, and whether the neuron table has to wait for the others. */
interface Stages {
  readonly others: readonly ChainInstance[]
  readonly tables: readonly ChainInstance[]
  readonly isTableMissing: boolean
  /** Whether no collector has published samples yet. */
  readonly isFirst: boolean
}

/** The result of a collector of this round. */
interface Part {
  readonly collector: ChainInstance
  readonly outcome: Outcome
}

interface StagesResult {
  readonly parts: readonly Part[]
  /** Those of `parts` that were published before the others had finished. */
  readonly early: ReadonlySet<Part>
}

/**
 * Polls the chain: takes the finalized head of the source, runs the collectors that have not been read at that block, and publishes
 * their results in one step. While there is no neuron table yet, and when it takes long, the other collectors are published before
 * it: watched keys do not wait for the neurons of all subnets. A head behind the published block is refused; a view whose block the node no longer has is abandoned and
 * nothing of it is published. Then the next node is tried, so that a failing node costs no poll while another one answers.
 */
export class ChainPoll {
  readonly #results: CollectorResults
  readonly #self: SelfMetrics
  readonly #selector: SourceSelector
  readonly #layouts = new Layouts()
  #plan: ChainPlan | undefined
  /** The block each collector was last read at. */
  readonly #readAt = new Map<ChainInstance, string>()
  #published: Block | undefined

  constructor({ results, self, selector }: ChainPollDependencies) {
    this.#results = results
    this.#self = self
    this.#selector = selector
  }

  /** Sets the plan; must not be called during a poll. The published block and the readings of collectors that stay are kept. */
  configure(plan: ChainPlan): void {
    const { collectors, scope } = plan
    if (!isDeepStrictEqual(scope, this.#plan?.scope)) this.#readAt.clear()
    for (const collector of this.#readAt.keys())
      if (!collectors.includes(collector)) this.#readAt.delete(collector)
    this.#plan = plan
  }

  /** The block that is published; undefined before the first reading. */
  get published(): Block | undefined {
    return this.#published
  }

  /** The source followed by the other fit nodes; all nodes before the first reading. */
  get sources(): readonly UpstreamClient[] {
    const { state } = this.#selector
    const clients = this.#plan?.clients ?? []
    if (state.source === undefined) return clients
    return clientsOf([...new Set([state.source, ...fitNodes(state)])], clients)
  }

  /** Runs one poll. Never rejects because of a node: failures are recorded in the results. */
  async poll(signal: AbortSignal): Promise<void> {
    const plan = this.#plan
    if (plan === undefined) throw new Error('poll without a plan')
    const isOver = (): boolean => signal.aborted
    const poll: Poll = {
      plan,
      signal,
      early: new Set(),
      errors: [],
      readHead: onceEach((client: UpstreamClient) => client.finalizedHead(signal)),
    }
    const [only, ...others] = plan.clients
    // The only node is read whatever its assessment says. Its head can be requested meanwhile.
    if (this.#published === undefined && only !== undefined && others.length === 0)
      poll.readHead(only).catch(() => undefined)
    await this.#selector.ready(signal)
    if (isOver()) return
    const waiting = (await this.#clientsToTry(poll)).map((client) => ({ client, wasPostponed: false }))
    const { errors } = poll
    for (let turn = waiting.shift(); turn !== undefined; turn = waiting.shift()) {
      const attempt = await this.#attempt({ ...turn, isLast: waiting.length === 0 }, poll)
      if (isOver()) return
      if (attempt.kind === 'read') {
        this.#recordRead(turn.client, attempt.reading, errors)
        return
      }
      if (attempt.kind === 'postponed') waiting.push({ ...turn, wasPostponed: true })
      else errors.push(attempt.error)
    }
    if (isOver()) return
    const notRead = plan.collectors.filter((collector) => !poll.early.has(collector))
    this.#results.record(undefined, allFailed(notRead, this.#causeOf(errors)))
  }

  async #clientsToTry({ plan, readHead }: Poll): Promise<readonly UpstreamClient[]> {
    const clients = new Map(plan.clients.map((client) => [client.node, client]))
    const order = this.#selector.handle({ kind: 'poll-started' })
    const check = { clients, published: this.#published, readHead }
    return clientsOf(await checkForStall(order, this.#selector, check), plan.clients)
  }

  async #attempt(candidate: Candidate, poll: Poll): Promise<Attempt> {
    const { client } = candidate
    try {
      const head = await poll.readHead(client)
      const error = (await this.#refuseOtherChain(client, head, poll)) ?? this.#refuseBehind(client, head)
      if (error !== undefined) return { kind: 'failed', error }
      return this.#shouldPostpone(candidate, head)
        ? { kind: 'postponed' }
        : await this.#read(candidate, head, poll)
    } catch (error) {
      if (!poll.signal.aborted && invalidatesView(error)) {
        this.#self.refused(client.node, error.reason as Refusal)
        for (const collector of poll.plan.collectors) collector.discard?.()
      }
      return { kind: 'failed', error }
    }
  }

  /** Judges the node by the genesis in the state of the very block that its view will be pinned to. */
  async #refuseOtherChain(
    client: UpstreamClient,
    { block }: Head,
    { signal }: Poll,
  ): Promise<Error | undefined> {
    if (block.hash === this.#published?.hash) return undefined
    const { node } = client
    const genesis = await readGenesis(client, block, signal)
    const admitted = this.#selector.handle({ kind: 'chain-found', node, genesis })
    return admitted.includes(node) ? undefined : new PollError(this.#refusals(node))
  }

  #refuseBehind({ node }: UpstreamClient, { block: { height } }: Head): Error | undefined {
    const published = this.#published?.height
    if (published === undefined || height >= published) return undefined
    this.#self.refused(node, 'behind')
    return new PollError(`${node}: its finalized head ${height} is behind the published block ${published}`)
  }

  /** Whether the node would replace the source without having a newer block, while other nodes may have one. */
  #shouldPostpone({ client, isLast, wasPostponed }: Candidate, { block }: Head): boolean {
    const hasNothingNew = block.hash === this.#published?.hash
    return hasNothingNew && !isLast && !wasPostponed && client.node !== this.#selector.state.source
  }

  /**
   * Runs the collectors that have not been read at this block yet, or that failed since. Rejects when the view became invalid. Fails
   * while other nodes are left if no collector succeeded, or if the circuit breaker opened on the way.
   */
  async #read({ client, isLast }: Candidate, head: Head, poll: Poll): Promise<Attempt> {
    const { collectors, scope, deadlineMs } = poll.plan
    const results = this.#results
    const { block, runtime } = head
    const due = collectors.filter(
      (collector) => this.#readAt.get(collector) !== block.hash || !results.isCurrent(collector),
    )
    results.refresh(collectors.filter((collector) => !due.includes(collector)))
    if (due.length === 0)
      return { kind: 'read', reading: { block, collectors: [], outcomes: [], before: [] } }
    // With watched subnets only, the neurons are those of watched keys.
    const tables = scope.subnets === 'watched' ? [] : due.filter(({ isTable }) => isTable === true)
    const stages: Stages = {
      others: due.filter((collector) => !tables.includes(collector)),
      tables,
      isTableMissing: tables.some((table) => !results.isCurrent(table)),
      isFirst: !collectors.some((collector) => results.isPublished(collector)),
    }
    const { parts, early } = await withDeadline(deadlineMs, poll.signal, async (abort) => {
      const view = await openView(client, head, this.#layouts.of(client), abort)
      const decimals = runtime.token?.decimals
      const options = { scope, node: client.node, block, decimals, signal: abort.signal }
      const confirm = async () => {
        const abortReason: unknown = abort.signal.reason
        if (invalidatesView(abortReason)) throw abortReason
        await view.confirm()
      }
      const run = async (collector: ChainInstance): Promise<Part> => {
        return { collector, outcome: await runCollector(collector, view, options) }
      }
      const result = await this.#runStages(stages, run, async (parts) => {
        await confirm()
        if (abort.signal.aborted) return false
        this.#publishEarly(client, readingOf(block, parts), poll)
        return true
      })
      await confirm()
      return result
    })
    const outcomes = parts.map(({ outcome }) => outcome)
    const isFailed = !outcomes.some(hasSucceeded) || outcomes.some(({ result }) => isCircuitOpen(result))
    if (isFailed && !isLast) return { kind: 'failed', error: firstError(outcomes) }
    const before = parts.filter((part) => early.has(part)).map(({ outcome }) => outcome)
    const reading = readingOf(
      block,
      parts.filter((part) => !early.has(part)),
    )
    return { kind: 'read', reading: { ...reading, before } }
  }

  /**
   * Runs the collectors side by side. If there is no table yet, it is read after the others, whose requests would otherwise wait
   * among those for the table. What is finished is published when the table takes longer than `tableWaitMs`. In the first reading
   * collectors are published as they finish.
   */
  async #runStages(
    { others, tables, isTableMissing, isFirst }: Stages,
    run: (collector: ChainInstance) => Promise<Part>,
    publish: (parts: readonly Part[]) => Promise<boolean>,
  ): Promise<StagesResult> {
    const early = new Set<Part>()
    const publishEarly = async (parts: readonly Part[]): Promise<void> => {
      if (parts.length > 0 && (await publish(parts))) for (const part of parts) early.add(part)
    }
    const finished: Part[] = []
    const reading = Promise.all(
      others.map(async (collector) => {
        const part = await run(collector)
        finished.push(part)
        return part
      }),
    )
    const readingTables = (async () => {
      if (isTableMissing) await reading
      return Promise.all(tables.map(run))
    })()
    while (isFirst && !(await isSettledWithin(reading, FIRST_PUBLISH_MS)))
      await publishEarly(finished.filter((part) => !early.has(part) && hasSucceeded(part.outcome)))
    const first = await reading
    const waitMs = isTableMissing ? 0 : (this.#plan?.tableWaitMs ?? TABLE_WAIT_MS)
    if (
      tables.length > 0 &&
      first.some(({ outcome }) => hasSucceeded(outcome)) &&
      !(await isSettledWithin(readingTables, waitMs))
    )
      await publishEarly(first.filter((part) => !early.has(part)))
    return { parts: [...first, ...(await readingTables)], early }
  }

  /** Publishes what was read before the others. The node becomes the source, as its chain is published. */
  #publishEarly(client: UpstreamClient, reading: Reading, { early, errors }: Poll): void {
    this.#take(reading)
    const { node } = client
    if (node !== this.#selector.state.source)
      this.#selector.handle({ kind: 'state-read', node, isComplete: false, failures: failuresOf(errors) })
    this.#results.record(undefined, reading.outcomes)
    for (const collector of reading.collectors) early.add(collector)
  }

  /** Remembers what was read at which block, and tells the collectors that their readings are published. */
  #take({ block, collectors, outcomes }: Reading): void {
    for (const [index, collector] of collectors.entries()) {
      const result = outcomes[index]?.result
      if (result === undefined || !('contents' in result)) continue
      if (collector.isUnfinished?.(result.data) !== true) this.#readAt.set(collector, block.hash)
      collector.published?.(result.data)
    }
    if (outcomes.some(hasSucceeded)) this.#published = block
  }

  /** Publishes the outcomes, and tells the selection that the node was read. `errors` are those of the nodes tried before. */
  #recordRead({ node }: UpstreamClient, reading: Reading, errors: readonly unknown[]): void {
    this.#take(reading)
    const outcomes = [...reading.before, ...reading.outcomes]
    if (outcomes.length === 0 || outcomes.some(hasSucceeded))
      this.#selector.handle({
        kind: 'state-read',
        node,
        isComplete: isComplete(outcomes),
        failures: failuresOf(errors),
      })
    this.#results.record(undefined, reading.outcomes)
  }

  /** The error of a poll in which no node could be read. */
  #causeOf(errors: readonly unknown[]): unknown {
    if (errors.length === 1) return errors[0]
    return new PollError(
      errors.length === 0 ? this.#refusals() : `no node can be read: ${errors.map(messageOf).join('; ')}`,
      errors,
    )
  }

  /** Why nodes are refused: all of them, or the one with this name. */
  #refusals(name?: string): string {
    return this.#selector.state.nodes
      .flatMap(({ node, refusal }) => (name === undefined || node === name ? (refusal ?? []) : []))
      .join('; ')
  }
}

const clientsOf = (nodes: readonly string[], clients: readonly UpstreamClient[]): readonly UpstreamClient[] =>
  nodes.flatMap((node) => clients.find((client) => client.node === node) ?? [])

/** Calls a function once per key, and returns the same result for further calls. */
function onceEach<Key, Value>(get: (key: Key) => Value): (key: Key) => Value {
  const values = new Map<Key, Value>()
  return (key) => {
    const value = values.get(key) ?? get(key)
    values.set(key, value)
    return value
  }
}

/** What the nodes tried before failed with; undefined if there were none. */
const failuresOf = (errors: readonly unknown[]): string | undefined =>
  errors.length === 0 ? undefined : errors.map(messageOf).join('; ')

/** Whether a promise that never rejects resolves in time. */
async function isSettledWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const stop = new AbortController()
  const late = sleep(milliseconds, false, { signal: stop.signal }).catch(() => false)
  const isSettled = await Promise.race([promise.then(() => true), late])
  stop.abort()
  return isSettled
}

/** Collectors and outcomes of a block, none of which was published before. */
const readingOf = (block: Block, parts: readonly Part[]): Reading => ({
  block,
  collectors: parts.map(({ collector }) => collector),
  outcomes: parts.map(({ outcome }) => outcome),
  before: [],
})

const hasSucceeded = ({ result }: Outcome): boolean => 'contents' in result

/** The circuit breaker opened during the round: another node may be read completely. */
const isCircuitOpen = (result: Outcome['result']): boolean =>
  'error' in result && result.error instanceof UpstreamError && result.error.reason === 'circuit_open'

function firstError(outcomes: readonly Outcome[]): unknown {
  for (const { result } of outcomes) if ('error' in result) return result.error
  return new Error('no collector was run')
}

/** Whether another node could not do better: what the runtime lacks, or has with another type, is missing on every node. */
const isComplete = (outcomes: readonly Outcome[]): boolean =>
  outcomes.every(({ result }) => 'contents' in result || result.error instanceof RuntimeError)
