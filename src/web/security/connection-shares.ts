/** Maximum numbers of open connections. */
export interface ConnectionLimits {
  /** Of all networks together. */
  readonly maxConnections: number
  /** Of one network: see networkOf. */
  readonly maxConnectionsPerNetwork: number
}

/** Why a connection was closed, or not accepted. */
export type ConnectionRefusal = 'network_connections' | 'connections'

/** An accepted connection. */
export interface Share {
  /** Records that a request begins, or that its response has ended. */
  setBusy(isBusy: boolean): void
  /** To be called when the connection is closed, for whatever reason. */
  release(): void
}

interface Entry {
  readonly network: string
  readonly close: () => void
  isBusy: boolean
  /** Position in the order in which connections became idle or busy. */
  since: number
}

/**
 * Shares a limited number of connections among networks, so that none can lock the others out. A network that has its share closes one
 * of its own connections with each further one: the one that has been idle longest, or if none is idle the one that has been busy longest.
 * When all connections are taken, the network with the most gives one up to any that has at least two fewer. Otherwise the connection
 * that has been idle longest is closed; if none is idle, the new one is not accepted.
 */
export class ConnectionShares {
  readonly #limits: ConnectionLimits
  readonly #refused: (reason: ConnectionRefusal, network: string) => void
  readonly #byNetwork = new Map<string, Set<Entry>>()
  #size = 0
  #clock = 0

  /** @param refused is called for each connection that is closed because of the limits. */
  constructor(limits: ConnectionLimits, refused: (reason: ConnectionRefusal, network: string) => void) {
    this.#limits = limits
    this.#refused = refused
  }

  /** Number of open connections. */
  get size(): number {
    return this.#size
  }

  /** Accepts a connection, which may close another one. Undefined if it is not accepted; it is then closed. */
  add(network: string, close: () => void): Share | undefined {
    const { maxConnections, maxConnectionsPerNetwork } = this.#limits
    const own = this.#byNetwork.get(network)?.size ?? 0
    if (own >= maxConnectionsPerNetwork) this.#close(this.#longestOf(network), 'network_connections')
    else if (this.#size >= maxConnections) {
      const victim = this.#victimFor(own)
      if (victim === undefined) {
        this.#refused('connections', network)
        close()
        return undefined
      }
      this.#close(victim, 'connections')
    }
    return this.#accept({ network, close, isBusy: false, since: this.#clock++ })
  }

  #accept(entry: Entry): Share {
    const own = this.#byNetwork.get(entry.network) ?? new Set()
    this.#byNetwork.set(entry.network, own.add(entry))
    this.#size += 1
    return {
      setBusy: (isBusy) => {
        entry.isBusy = isBusy
        entry.since = this.#clock++
      },
      release: () => {
        this.#remove(entry)
      },
    }
  }

  #remove(entry: Entry): void {
    const own = this.#byNetwork.get(entry.network)
    if (own?.delete(entry) !== true) return
    this.#size -= 1
    if (own.size === 0) this.#byNetwork.delete(entry.network)
  }

  #close(entry: Entry | undefined, reason: ConnectionRefusal): void {
    if (entry === undefined) return
    this.#remove(entry)
    this.#refused(reason, entry.network)
    entry.close()
  }

  /** @param own is the number of connections of the network of the new connection. */
  #victimFor(own: number): Entry | undefined {
    const sets = Array.from(this.#byNetwork)
    const [network, { size }] = sets.reduce(
      (most, each) => (each[1].size > most[1].size ? each : most),
      ['', new Set<Entry>()],
    )
    if (size > own + 1) return this.#longestOf(network)
    return longest(sets.flatMap(([, entries]) => Array.from(entries).filter(({ isBusy }) => !isBusy)))
  }

  /** The connection of a network that has been idle longest, or if none is idle the one that has been busy longest. */
  #longestOf(network: string): Entry | undefined {
    const entries = Array.from(this.#byNetwork.get(network) ?? [])
    return longest(entries.filter(({ isBusy }) => !isBusy)) ?? longest(entries)
  }
}

const longest = (entries: readonly Entry[]): Entry | undefined =>
  entries.reduce<Entry | undefined>(
    (first, each) => (first === undefined || each.since < first.since ? each : first),
    undefined,
  )
