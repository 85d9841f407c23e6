import pLimit from 'p-limit'
import type { EndpointAnswer } from '../chain/endpoint.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import { readEndpoints } from '../storage/endpoint.ts'
import { readNetuids } from '../storage/subnet.ts'
import { Layouts, openView, type View } from '../storage/view.ts'
import { TokenBucket } from '../token-bucket.ts'
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
  /** Milliseconds after which something that could not be read is read again; default 10 s. */
  readonly retryMs?: number
  /** Milliseconds that a request waits for a reading; default 10 s. */
  readonly waitMs?: number
  /** Maximum number of cached subnets; default 256. */
  readonly maxSubnets?: number
}

type Plan = NonNullable<ReturnType<EndpointDirectoryDependencies['onDemand']>>

/** Something that is read on demand. Times are of performance.now(). */
interface Entry<Value> {
  /** The last value, and when it was read. */
  cached: { readonly value: Value; readonly at: number } | undefined
  /** Set while the last reading has failed. */
  failed: { readonly message: string; readonly at: number } | undefined
  reading: Promise<Value | Unavailable> | undefined
}

interface Unavailable {
  readonly unavailable: string
}

const newEntry = <Value>(): Entry<Value> => ({ cached: undefined, failed: undefined, reading: undefined })

const REFRESH_MS = 10 * 60_000
const WAIT_MS = 10_000
/** Time limit of one reading from one node. */
const DEADLINE_MS = 5 * 60_000
const RETRY_MS = 10_000
/** Refresh interval of the list of subnets, if it lacks one that is asked for, so that a new subnet appears soon. */
const MISSING_MS = 60_000

/** Reading a subnet takes a few hundred requests. 128 subnets can be read within eight minutes. */
const READINGS = { intervalMs: 5000, burst: 32 }

const BUSY: Unavailable = {
  unavailable: 'too many subnets have been read in the last minutes; try again later',
}
const LATE: Unavailable = { unavailable: 'the endpoints are still being read; try again later' }

/**
 * A cache of the endpoints that neurons publish, by subnet. A subnet is read on the first request for it, and again on requests after
 * the refresh interval. The number of readings has a limit, regardless of the number of requests: subnets that the chain does not have
 * are not read, one subnet is read at a time, and a token bucket limits how many are read.
 */
export class EndpointDirectory {
  /** Least recently requested first. */
  readonly #entries = new Map<number, Entry<EndpointAnswer>>()
  #netuids = newEntry<ReadonlySet<number>>()
  readonly #readings = new TokenBucket()
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
    if (plan !== this.#plan) {
      this.#entries.clear()
      this.#netuids = newEntry()
    }
    this.#plan = plan
    const known = this.#entries.get(netuid)
    if (known === undefined) {
      const exists = await this.#exists(netuid, plan)
      if (typeof exists !== 'boolean') return exists
      if (!exists) return { missing: true }
      if (plan !== this.#plan) return { unavailable: 'the configuration has just changed; try again' }
    }
    const entry = known ?? this.#entry(netuid)
    if (entry === undefined) return { unavailable: 'too many subnets are being read' }
    this.#entries.delete(netuid)
    this.#entries.set(netuid, entry)
    const cached = entry.failed === undefined ? entry.cached : undefined
    if (cached !== undefined && performance.now() - cached.at < this.#ttlMs(cached.value)) return cached.value
    const { failed } = entry
    if (failed !== undefined && this.#isRecent(failed.at)) return { unavailable: failed.message }
    if (entry.reading === undefined) {
      if (!this.#readings.take(READINGS, performance.now())) return cached?.value ?? BUSY
      entry.reading = this.#oneAtATime(() => this.#readSubnet(netuid, entry, plan))
    }
    if (cached !== undefined) return cached.value
    return (await within(this.#dependencies.waitMs ?? WAIT_MS, entry.reading)) ?? LATE
  }

  /** Whether the chain has a subnet, by a list that is read again when it is older than a minute and lacks the subnet. */
  async #exists(netuid: number, plan: Plan): Promise<boolean | Unavailable> {
    const entry = this.#netuids
    const { cached, failed } = entry
    if (cached?.value.has(netuid) === true) return true
    if (cached !== undefined && performance.now() - cached.at < MISSING_MS) return false
    if (failed !== undefined && this.#isRecent(failed.at)) return { unavailable: failed.message }
    entry.reading ??= this.#read(entry, plan, async (view) => new Set(await readNetuids(view)))
    const netuids = (await within(this.#dependencies.waitMs ?? WAIT_MS, entry.reading)) ?? LATE
    return 'unavailable' in netuids ? netuids : netuids.has(netuid)
  }

  #isRecent(failedAt: number): boolean {
    return performance.now() - failedAt < (this.#dependencies.retryMs ?? RETRY_MS)
  }

  #ttlMs(answer: EndpointAnswer): number {
    const { refreshMs = REFRESH_MS } = this.#dependencies
    return 'missing' in answer ? Math.min(refreshMs, MISSING_MS) : refreshMs
  }

  /** The entry of a subnet, which may evict the least recently requested one; undefined if all are being read. */
  #entry(netuid: number): Entry<EndpointAnswer> | undefined {
    const existing = this.#entries.get(netuid)
    const { maxSubnets = 256 } = this.#dependencies
    if (existing === undefined && this.#entries.size >= maxSubnets) {
      const evicted = Array.from(this.#entries).find(([, { reading }]) => reading === undefined)
      if (evicted === undefined) return undefined
      this.#entries.delete(evicted[0])
    }
    return existing ?? newEntry()
  }

  async #readSubnet(netuid: number, entry: Entry<EndpointAnswer>, plan: Plan): Promise<EndpointAnswer> {
    const { log } = this.#dependencies
    const hadFailed = entry.failed !== undefined
    const answer = await this.#read(entry, plan, async (view): Promise<EndpointAnswer> => {
      const endpoints = await readEndpoints(view, netuid)
      return endpoints === undefined ? { missing: true } : { endpoints }
    })
    if (!('unavailable' in answer)) {
      if (hadFailed) log.info({ netuid }, 'neuron endpoints readable again')
    } else if (!hadFailed && !plan.signal.aborted)
      log.warn({ netuid, error: answer.unavailable }, 'cannot read neuron endpoints')
    return answer
  }

  /** Reads a value from any of the nodes, and records the outcome. Never rejects. */
  async #read<Value>(
    entry: Entry<Value>,
    plan: Plan,
    read: (view: View) => Promise<Value>,
  ): Promise<Value | Unavailable> {
    try {
      const value = await this.#readFromAny(plan, read)
      entry.failed = undefined
      entry.cached = { value, at: performance.now() }
      return value
    } catch (error) {
      const message = messageOf(error)
      entry.failed = { message, at: performance.now() }
      return { unavailable: message }
    } finally {
      entry.reading = undefined
    }
  }

  async #readFromAny<Value>({ sources, signal }: Plan, read: (view: View) => Promise<Value>): Promise<Value> {
    const errors: string[] = []
    for (const client of sources()) {
      try {
        return await withDeadline(DEADLINE_MS, signal, (abort) => this.#readFrom(client, read, abort))
      } catch (error) {
        errors.push(messageOf(error))
      }
      if (signal.aborted) break
    }
    throw new Error(errors.join('; ') || 'no node can be read')
  }

  async #readFrom<Value>(
    client: UpstreamClient,
    read: (view: View) => Promise<Value>,
    abort: AbortController,
  ): Promise<Value> {
    try {
      const head = await client.finalizedHead(abort.signal)
      const view = await openView(client, head, this.#layouts.of(client), abort)
      const value = await read(view)
      await view.confirm()
      return value
    } catch (error) {
      const cause: unknown = abort.signal.aborted ? abort.signal.reason : error
      // Requests for the remaining neurons are aborted.
      abort.abort(cause)
      throw cause
    }
  }
}
