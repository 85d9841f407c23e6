import type { ServerResponse } from 'node:http'
import { networkOf } from './network.ts'

export interface TurnLimits {
  /** Responses of one network that are in progress. */
  readonly maxInProgress: number
  /** Responses of all networks that have begun and not sent their first bytes, which the kernel copies. */
  readonly maxStarting: number
  /** How long a response may be in progress before another one of its network, which waits, may end it. */
  readonly minimumMs: number
}

const TURN_LIMITS: TurnLimits = { maxInProgress: 16, maxStarting: 4, minimumMs: 5000 }

interface InProgress {
  readonly client: string
  readonly response: ServerResponse
  /** When it began, by performance.now(). */
  readonly since: number
}

interface Network {
  /** Oldest first. */
  readonly inProgress: Set<InProgress>
  /** Oldest first, each with the function that lets it begin. */
  readonly waiting: Map<ServerResponse, () => void>
}

/**
 * Large responses begin in turn: a few in each turn of the event loop, those of networks with the fewest in progress first, so that a
 * network with many requests delays its own and no others. A network has a limited number of responses in progress. While more wait, a client that has been reading for
 * longer than `minimumMs` is disconnected, the slowest first.
 */
export class ResponseTurns {
  readonly #limits: TurnLimits
  readonly #closed: (client: string) => void
  readonly #isDeferred: () => boolean
  readonly #networks = new Map<string, Network>()
  readonly #starting = new Set<ServerResponse>()
  #isScheduled = false
  #timer: NodeJS.Timeout | undefined

  /**
   * @param closed is called with the address of each client that is disconnected.
   * @param isDeferred says whether responses should begin in a later turn.
   */
  constructor(closed: (client: string) => void, isDeferred: () => boolean, limits = TURN_LIMITS) {
    this.#closed = closed
    this.#isDeferred = isDeferred
    this.#limits = limits
  }

  /** Number of networks with responses that wait or are in progress. */
  get networks(): number {
    return this.#networks.size
  }

  /**
   * Resolves when the response may begin, with a function to be called when it has sent its first bytes. It ends with its `close`. Never
   * resolves when the client is gone before.
   * @param client is its address.
   */
  wait(client: string, response: ServerResponse): Promise<() => void> {
    const name = networkOf(client)
    return new Promise((resolve) => {
      if (response.closed) return
      const network = this.#networks.get(name) ?? { inProgress: new Set(), waiting: new Map() }
      this.#networks.set(name, network)
      const entry = { client, response, since: 0 }
      network.waiting.set(response, () => {
        network.waiting.delete(response)
        network.inProgress.add(Object.assign(entry, { since: performance.now() }))
        this.#starting.add(response)
        resolve(() => {
          if (this.#starting.delete(response)) this.#schedule()
        })
      })
      response.once('close', () => {
        network.waiting.delete(response)
        network.inProgress.delete(entry)
        if (this.#starting.delete(response)) this.#schedule()
        if (network.waiting.size > 0) this.#schedule()
        else if (network.inProgress.size === 0) this.#networks.delete(name)
      })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#turn()
    })
  }

  #turn(): void {
    clearTimeout(this.#timer)
    const now = performance.now()
    let nextMs = Infinity
    if (this.#next() !== undefined && this.#isDeferred()) this.#schedule()
    else
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        const [begin] = next.network.waiting.values()
        begin?.()
        // Of networks with equally many in progress, the one whose turn was longest ago comes first.
        this.#networks.delete(next.name)
        this.#networks.set(next.name, next.network)
      }
    for (const { inProgress, waiting } of this.#networks.values()) {
      if (waiting.size > 0 && inProgress.size >= this.#limits.maxInProgress)
        nextMs = Math.min(nextMs, this.#disconnectSlowest(inProgress, now))
    }
    if (nextMs === Infinity) return
    this.#timer = setTimeout(() => {
      this.#schedule()
    }, nextMs).unref()
  }

  /** The network whose oldest request may begin: of those that have not reached the limit, the one with the fewest responses in progress. */
  #next(): { readonly name: string; readonly network: Network } | undefined {
    if (this.#starting.size >= this.#limits.maxStarting) return undefined
    let next: { readonly name: string; readonly network: Network } | undefined
    for (const [name, network] of this.#networks) {
      const { inProgress, waiting } = network
      if (waiting.size === 0 || inProgress.size >= this.#limits.maxInProgress) continue
      if (next === undefined || inProgress.size < next.network.inProgress.size) next = { name, network }
    }
    return next
  }

  /** Milliseconds until the slowest of a full network may be disconnected; 0 when it was, which schedules the next turn. */
  #disconnectSlowest(inProgress: ReadonlySet<InProgress>, now: number): number {
    const [slowest] = inProgress
    if (slowest === undefined) return 0
    const left = slowest.since + this.#limits.minimumMs - now
    if (left > 0) return left
    this.#closed(slowest.client)
    slowest.response.destroy()
    return 0
  }
}
