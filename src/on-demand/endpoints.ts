import pLimit from 'p-limit'
import type { EndpointAnswer } from '../chain/endpoint.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import { readEndpoints } from '../storage/endpoint.ts'
import { Layouts, openView } from '../storage/view.ts'
import { messageOf } from '../poll/collector-log.ts'
import type { OnDemand } from '../poll/on-demand.ts'
import { withDeadline } from '../poll/round.ts'
import { within } from './within.ts'

export interface EndpointDirectoryDependencies {
  /** Clients of the current configuration; undefined before the first one. */
  readonly onDemand: () => Pick<OnDemand, 'sources' | 'signal'> | undefined
  readonly log: { warn(subject: object, message: string): void; info(subject: object, message: string): void }
  /** Milliseconds after which a cached answer is read again; default 10 minutes. */
  readonly refreshMs?: number
  /** Milliseconds that a request waits for a reading; default 10 s. */
  readonly waitMs?: number
  /** Maximum number of cached subnets; default 256. */
  readonly maxSubnets?: number
}

type Plan = NonNullable<ReturnType<EndpointDirectoryDependencies['onDemand']>>

interface Entry {
  /** The last answer, and when it was read, by performance.now(). */
  cached: { readonly answer: EndpointAnswer; readonly at: number } | undefined
  failing: boolean
  reading: Promise<EndpointAnswer> | undefined
}

const REFRESH_MS = 10 * 60_000
const WAIT_MS = 10_000
/** Time limit of one reading from one node. */
const DEADLINE_MS = 5 * 60_000
/** Refresh interval for subnets that do not exist, so that a new subnet appears soon. */
const MISSING_MS = 60_000

const LATE: EndpointAnswer = { unavailable: 'the endpoints are still being read; try again later' }

/**
 * A cache of the endpoints that neurons publish, by subnet. A subnet is read on the first request for it, and again on requests after
 * the refresh interval. One subnet is read at a time, regardless of the number of requests.
 */
export class EndpointDirectory {
  /** Least recently requested first. */
  readonly #entries = new Map<number, Entry>()
  readonly #dependencies: EndpointDirectoryDependencies
  /** The configuration that the entries were read with; another one clears them. */
  #plan: Plan | undefined
  readonly #oneAtATime = pLimit(1)
  readonly #layouts = new Layouts()

  constructor(dependencies: EndpointDirectoryDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * Answers with the endpoints of a subnet. Never rejects. An answer that is due for a refresh is still returned while it is read
   * again. After a failed reading the answer is `unavailable` until one succeeds, so that Prometheus keeps the targets it has.
   */
  async ask(netuid: number): Promise<EndpointAnswer> {
    const plan = this.#dependencies.onDemand()
    if (plan === undefined) return { unavailable: 'no configuration is loaded yet' }
    if (plan !== this.#plan) this.#entries.clear()
    this.#plan = plan
    const entry = this.#entry(netuid)
    if (entry === undefined) return { unavailable: 'too many subnets are being read' }
    const cached = entry.failing ? undefined : entry.cached
    if (cached !== undefined && performance.now() - cached.at < this.#ttlMs(cached.answer))
      return cached.answer
    entry.reading ??= this.#oneAtATime(() => this.#read(netuid, entry, plan))
    if (cached !== undefined) return cached.answer
    return (await within(this.#dependencies.waitMs ?? WAIT_MS, entry.reading)) ?? LATE
  }

  #ttlMs(answer: EndpointAnswer): number {
    const { refreshMs = REFRESH_MS } = this.#dependencies
    return 'missing' in answer ? Math.min(refreshMs, MISSING_MS) : refreshMs
  }

  /** The entry of a subnet. A new one evicts a subnet that does not exist, or else the least recently requested; undefined if all are being read. */
  #entry(netuid: number): Entry | undefined {
    const existing = this.#entries.get(netuid)
    const { maxSubnets = 256 } = this.#dependencies
    if (existing === undefined && this.#entries.size >= maxSubnets) {
      const idle = Array.from(this.#entries).filter(([, { reading }]) => reading === undefined)
      const missing = idle.find(([, { cached }]) => cached !== undefined && 'missing' in cached.answer)
      const [evicted] = missing ?? idle[0] ?? []
      if (evicted === undefined) return undefined
      this.#entries.delete(evicted)
    }
    const entry = existing ?? { cached: undefined, failing: false, reading: undefined }
    this.#entries.delete(netuid)
    this.#entries.set(netuid, entry)
    return entry
  }

  async #read(netuid: number, entry: Entry, plan: Plan): Promise<EndpointAnswer> {
    const { log } = this.#dependencies
    try {
      const answer = await this.#readFromAny(netuid, plan)
      if (entry.failing) log.info({ netuid }, 'neuron endpoints readable again')
      entry.failing = false
      entry.cached = { answer, at: performance.now() }
      return answer
    } catch (error) {
      const message = messageOf(error)
      if (!entry.failing && !plan.signal.aborted)
        log.warn({ netuid, error: message }, 'cannot read neuron endpoints')
      entry.failing = true
      return { unavailable: message }
    } finally {
      entry.reading = undefined
    }
  }

  async #readFromAny(netuid: number, { sources, signal }: Plan): Promise<EndpointAnswer> {
    const errors: string[] = []
    for (const client of sources()) {
      try {
        return await withDeadline(DEADLINE_MS, signal, (abort) => this.#readFrom(client, netuid, abort))
      } catch (error) {
        errors.push(messageOf(error))
      }
      if (signal.aborted) break
    }
    throw new Error(errors.join('; ') || 'no node can be read')
  }

  async #readFrom(client: UpstreamClient, netuid: number, abort: AbortController): Promise<EndpointAnswer> {
    try {
      const head = await client.finalizedHead(abort.signal)
      const view = await openView(client, head, this.#layouts.of(client), abort)
      const endpoints = await readEndpoints(view, netuid)
      await view.confirm()
      return endpoints === undefined ? { missing: true } : { endpoints }
    } catch (error) {
      const cause: unknown = abort.signal.aborted ? abort.signal.reason : error
      // Requests for the remaining neurons are aborted.
      abort.abort(cause)
      throw cause
    }
  }
}
