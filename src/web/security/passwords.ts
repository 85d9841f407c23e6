import { createHmac, randomBytes } from 'node:crypto'
import { matchesHash } from './bcrypt.ts'
import { GuessBackoff } from './guess-backoff.ts'
import { networkOf } from './network.ts'

export interface Credentials {
  readonly user: string
  readonly password: string
}

/**
 * `busy` and `wait` when the password was not checked: `busy` because too many others are waiting, or the server is closing; `wait`
 * because of wrong passwords from the same network.
 */
export type Verdict = 'right' | 'wrong' | 'busy' | 'wait'

/** Correct passwords that are cached. */
const MAX_CACHED = 256

/** Comparisons that have not ended: of all clients, and of one network. */
const MAX_PENDING = 32
const MAX_PENDING_PER_NETWORK = 4

/** A comparison that has not begun. */
interface Waiting {
  readonly network: string
  /** Runs the comparison. */
  run(): Promise<void>
  drop(): void
}

/**
 * Checks passwords against bcrypt hashes, one at a time. A correct password is cached as a keyed hash, so only its first request
 * costs a comparison. A wrong password costs the same time for every user, known or not, so that it reveals no user names. Networks
 * with fewer wrong passwords come first, so that guessers do not keep others from being checked; they also have to pause.
 */
export class Passwords {
  readonly #compare: typeof matchesHash
  readonly #key = randomBytes(32)
  readonly #cached = new Set<string>()
  /** Comparisons that have not ended, by the digest of their credentials. */
  readonly #pending = new Map<string, Promise<Verdict>>()
  readonly #backoff = new GuessBackoff()
  /** In the order of their requests. */
  #waiting: readonly Waiting[] = []
  /** The network whose password is being compared. */
  #running: string | undefined
  #isClosed = false

  constructor(compare = matchesHash) {
    this.#compare = compare
  }

  /**
   * Checks credentials. Rejects when the comparison itself fails.
   * @param users bcrypt hashes by user name, at least one.
   * @param address of the client.
   */
  async check(
    { user, password }: Credentials,
    users: ReadonlyMap<string, string>,
    address: string,
  ): Promise<Verdict> {
    const hash = users.get(user)
    const digest = this.#digest([user, hash ?? '', password])
    if (this.#cached.has(digest)) return 'right'
    // The same credentials sent again meanwhile share one comparison.
    const verdict = await (this.#pending.get(digest) ??
      this.#enqueue(digest, networkOf(address), () => this.#verdictOf(password, hash, slowestCost(users))))
    if (verdict === 'right') this.#cache(digest)
    return verdict
  }

  /** Answers `busy` to everything that is still waiting. */
  close(): void {
    this.#isClosed = true
  }

  async #enqueue(digest: string, network: string, verdictOf: () => Promise<Verdict>): Promise<Verdict> {
    if (this.#backoff.mustWait(network)) return 'wait'
    if (!this.#makeRoom(network)) return 'busy'
    const verdict = new Promise<Verdict>((resolve, reject) => {
      const run = async () => {
        if (this.#isClosed) resolve('busy')
        else if (this.#backoff.mustWait(network)) resolve('wait')
        else {
          const compared = await verdictOf().catch((error: unknown) => {
            reject(error instanceof Error ? error : new Error(String(error)))
            return undefined
          })
          if (compared === 'wrong') this.#backoff.guessed(network)
          if (compared !== undefined) resolve(compared)
        }
      }
      const drop = () => {
        resolve('busy')
      }
      this.#waiting = [...this.#waiting, { network, run, drop }]
    })
    this.#pending.set(digest, verdict)
    void this.#runWaiting()
    try {
      return await verdict
    } finally {
      this.#pending.delete(digest)
    }
  }

  /** Whether another comparison may wait; drops one of a network with more wrong passwords if there is no room. */
  #makeRoom(network: string): boolean {
    const running = this.#running === undefined ? [] : [this.#running]
    const pending = [...running, ...this.#waiting.map((each) => each.network)]
    if (pending.filter((each) => each === network).length >= MAX_PENDING_PER_NETWORK) return false
    if (pending.length < MAX_PENDING) return true
    const worst = this.#waiting.reduce((most, each) =>
      this.#guesses(each) > this.#guesses(most) ? each : most,
    )
    if (this.#guesses(worst) <= this.#guesses({ network })) return false
    this.#waiting = this.#waiting.filter((each) => each !== worst)
    worst.drop()
    return true
  }

  async #runWaiting(): Promise<void> {
    if (this.#running !== undefined) return
    while (this.#waiting.length > 0) {
      const next = this.#waiting.reduce((best, each) =>
        this.#guesses(each) < this.#guesses(best) ? each : best,
      )
      this.#waiting = this.#waiting.filter((each) => each !== next)
      this.#running = next.network
      await next.run()
      this.#running = undefined
    }
  }

  #guesses({ network }: Pick<Waiting, 'network'>): number {
    return this.#backoff.guesses(network)
  }

  /**
   * Compares with the hash of the user, and with others that match nothing, so that a wrong password always takes as long as a comparison
   * with the slowest hash: each cost takes twice the time of the previous one.
   */
  async #verdictOf(password: string, hash: string | undefined, slowest: number): Promise<Verdict> {
    if (hash === undefined) {
      await this.#compare(password, unmatchableHash(slowest))
      return 'wrong'
    }
    if (await this.#compare(password, hash)) return 'right'
    for (let cost = costOf(hash); cost < slowest; cost += 1)
      await this.#compare(password, unmatchableHash(cost))
    return 'wrong'
  }

  #digest(parts: readonly string[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('base64')
  }

  #cache(digest: string): void {
    const [oldest] = this.#cached
    if (oldest !== undefined && this.#cached.size >= MAX_CACHED) this.#cached.delete(oldest)
    this.#cached.add(digest)
  }
}

/** The cost of a bcrypt hash: 10 of `$2b$10$…`. */
const costOf = (hash: string): number => Number(hash.slice(4, 6))

const slowestCost = (users: ReadonlyMap<string, string>): number =>
  Math.max(...Array.from(users.values(), costOf))

/** A hash that no password matches. */
const unmatchableHash = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`
