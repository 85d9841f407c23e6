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
  /** What to read with; undefined before there is a configuration. */
  readonly onDemand: () => Pick<OnDemand, 'sources' | 'signal'> | undefined
  readonly log: { warn(subject: object, message: string): void; info(subject: object, message: string): void }
  /** After how many milliseconds what is known is read again; default 10 minutes. */
  readonly refreshMs?: number
  /** How many milliseconds an asker waits for a reading; default 10 s. */
  readonly waitMs?: number
  /** Subnets that are remembered at once; default 256. */
  readonly most?: number
}

type Plan = NonNullable<ReturnType<EndpointDirectoryDependencies['onDemand']>>

interface Entry {
  /** What was read last, and when, by performance.now(). */
  known: { readonly answer: EndpointAnswer; readonly at: number } | undefined
  failing: boolean
  reading: Promise<EndpointAnswer> | undefined
}

const REFRESH_MS = 10 * 60_000
const WAIT_MS = 10_000
/** A node that answers slowly is given up after so long, for this time. */
const DEADLINE_MS = 5 * 60_000
/** Whoever registers a subnet is not to wait for it as long. */
const MISSING_MS = 60_000

const LATE: EndpointAnswer = { unavailable: 'it is being read: ask again in a while' }

/**
 * The endpoints that neurons publish, by subnet: read when first asked for, kept, and read again when asked for after a
 * while. However many ask, and for however many subnets, one subnet is read at a time, and a few of its neurons at once.
 */
export class EndpointDirectory {
  /** The one that was asked for longest ago first. */
  readonly #entries = new Map<number, Entry>()
  readonly #dependencies: EndpointDirectoryDependencies
  /** What the entries were read by: with another configuration they are read anew. */
  #plan: Plan | undefined
  readonly #oneAtATime = pLimit(1)
  readonly #layouts = new Layouts()

  constructor(dependencies: EndpointDirectoryDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * What is known of a subnet. Never rejects. What is due for reading is answered from memory while it is read; when
   * reading failed nothing is, until it succeeds: who asks keeps what it has.
   */
  async ask(netuid: number): Promise<EndpointAnswer> {
    const plan = this.#dependencies.onDemand()
    if (plan === undefined) return { unavailable: 'nothing is read yet' }
    if (plan !== this.#plan) this.#entries.clear()
    this.#plan = plan
    const entry = this.#entry(netuid)
    if (entry === undefined) return { unavailable: 'too many subnets are asked for at once' }
    const known = entry.failing ? undefined : entry.known
    if (known !== undefined && performance.now() - known.at < this.#keepMs(known.answer)) return known.answer
    entry.reading ??= this.#oneAtATime(() => this.#read(netuid, entry, plan))
    if (known !== undefined) return known.answer
    return (await within(this.#dependencies.waitMs ?? WAIT_MS, entry.reading)) ?? LATE
  }

  #keepMs(answer: EndpointAnswer): number {
    const { refreshMs = REFRESH_MS } = this.#dependencies
    return 'missing' in answer ? Math.min(refreshMs, MISSING_MS) : refreshMs
  }

  /** Makes room for a new one by forgetting first what does not exist, then what was asked for longest ago. */
  #entry(netuid: number): Entry | undefined {
    const known = this.#entries.get(netuid)
    const { most = 256 } = this.#dependencies
    if (known === undefined && this.#entries.size >= most) {
      const idle = Array.from(this.#entries).filter(([, { reading }]) => reading === undefined)
      const [out] =
        idle.find(([, { known }]) => known !== undefined && 'missing' in known.answer) ?? idle[0] ?? []
      if (out === undefined) return undefined
      this.#entries.delete(out)
    }
    const entry = known ?? { known: undefined, failing: false, reading: undefined }
    this.#entries.delete(netuid)
    this.#entries.set(netuid, entry)
    return entry
  }

  async #read(netuid: number, entry: Entry, plan: Plan): Promise<EndpointAnswer> {
    const { log } = this.#dependencies
    try {
      const answer = await this.#readFromAny(netuid, plan)
      if (entry.failing) log.info({ netuid }, `the endpoints of subnet ${netuid} can be read again`)
      entry.failing = false
      entry.known = { answer, at: performance.now() }
      return answer
    } catch (error) {
      const message = messageOf(error)
      if (!entry.failing && !plan.signal.aborted)
        log.warn({ netuid }, `the endpoints of subnet ${netuid} cannot be read: ${message}`)
      entry.failing = true
      return { unavailable: message }
    } finally {
      entry.reading = undefined
    }
  }

  async #readFromAny(netuid: number, { sources, signal }: Plan): Promise<EndpointAnswer> {
    const faults: string[] = []
    for (const client of sources()) {
      try {
        return await withDeadline(DEADLINE_MS, signal, (abort) => this.#readFrom(client, netuid, abort))
      } catch (error) {
        faults.push(messageOf(error))
      }
      if (signal.aborted) break
    }
    throw new Error(faults.join('; ') || 'there is no node to read from')
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
      // The neurons still waiting for their turn are not read for nothing.
      abort.abort(cause)
      throw cause
    }
  }
}
