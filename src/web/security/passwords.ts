import { createHmac, randomBytes } from 'node:crypto'
import { matchesHash } from './bcrypt.ts'

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** `busy` when the password was not checked: too many others are waiting, or the server is closing. */
export type Verdict = 'right' | 'wrong' | 'busy'

/** Correct passwords that are cached. */
const MAX_CACHED = 256

/** Comparisons that wait: of all clients, and of one address, so that a guesser leaves room for others. */
const MAX_WAITING = 32
const MAX_WAITING_PER_ADDRESS = 4

/**
 * Checks passwords against bcrypt hashes, one at a time. A correct password is cached as a keyed hash, so only its first request
 * costs a comparison. A wrong password costs one each time, also for an unknown user, so timing does not reveal user names.
 */
export class Passwords {
  readonly #key = randomBytes(32)
  readonly #cached = new Set<string>()
  /** Comparisons that have not ended, by the digest of their credentials. */
  readonly #pending = new Map<string, Promise<Verdict>>()
  readonly #waitingByAddress = new Map<string, number>()
  #lastComparison: Promise<unknown> = Promise.resolve()
  #isClosed = false

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
    const pending = this.#pending.get(digest)
    const verdict = await (pending ??
      this.#enqueue(digest, password, hash ?? unmatchableHash(users), address))
    if (verdict !== 'right') return verdict
    if (hash === undefined) return 'wrong'
    this.#cache(digest)
    return 'right'
  }

  /** Answers `busy` to everything that is still waiting. */
  close(): void {
    this.#isClosed = true
  }

  async #enqueue(digest: string, password: string, hash: string, address: string): Promise<Verdict> {
    const waiting = this.#waitingByAddress.get(address) ?? 0
    if (waiting >= MAX_WAITING_PER_ADDRESS || this.#pending.size >= MAX_WAITING) return 'busy'
    this.#waitingByAddress.set(address, waiting + 1)
    const verdict = this.#lastComparison.then(() => this.#compare(password, hash))
    this.#lastComparison = verdict.catch(() => undefined)
    this.#pending.set(digest, verdict)
    try {
      return await verdict
    } finally {
      this.#pending.delete(digest)
      this.#leave(address)
    }
  }

  async #compare(password: string, hash: string): Promise<Verdict> {
    if (this.#isClosed) return 'busy'
    return (await matchesHash(password, hash)) ? 'right' : 'wrong'
  }

  #leave(address: string): void {
    const waiting = (this.#waitingByAddress.get(address) ?? 1) - 1
    if (waiting > 0) this.#waitingByAddress.set(address, waiting)
    else this.#waitingByAddress.delete(address)
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

/** A hash that no password matches, with the cost of the first user's, so that a comparison takes as long. */
function unmatchableHash(users: ReadonlyMap<string, string>): string {
  const [hash = '$2b$10$'] = users.values()
  return hash.slice(0, 7) + '.'.repeat(53)
}
