import { createHmac, randomBytes } from 'node:crypto'
import pLimit from 'p-limit'
import { BcryptThread } from './bcrypt-thread.ts'

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** `busy` when too many others wait for an answer. */
export type Verdict = 'right' | 'wrong' | 'busy'

/** Right passwords that are remembered: more than there are users, for who guesses cannot push one out. */
const REMEMBERED = 256

/** Comparisons that wait, of all clients, and of one address: a guesser keeps a place free for others. */
const WAITING = 32
const WAITING_OF_ONE = 4

/**
 * Checks passwords against bcrypt hashes, one at a time. A right one is remembered, as a keyed hash, so that a scrape costs
 * a comparison only once; a wrong one costs one every time, and an unknown user's as much as a known one's.
 */
export class Passwords {
  readonly #thread = new BcryptThread()
  readonly #limit = pLimit(1)
  readonly #key = randomBytes(32)
  readonly #right = new Set<string>()
  readonly #running = new Map<string, Promise<boolean>>()
  readonly #waiting = new Map<string, number>()

  /**
   * @param users bcrypt hashes by user name, at least one.
   * @param address of the client. Rejects when no comparison can be made.
   */
  async check(
    { user, password }: Credentials,
    users: ReadonlyMap<string, string>,
    address: string,
  ): Promise<Verdict> {
    const known = users.get(user)
    const hash = known ?? likeOthers(users)
    const digest = this.#digest([user, known ?? '', password])
    if (this.#right.has(digest)) return 'right'
    const matches = this.#running.get(digest) ?? this.#compare(digest, password, hash, address)
    if (matches === undefined) return 'busy'
    if (!(await matches) || known === undefined) return 'wrong'
    this.#remember(digest)
    return 'right'
  }

  close(): Promise<void> {
    this.#limit.clearQueue()
    return this.#thread.close()
  }

  /** Undefined when too many wait. The same credentials, sent again meanwhile, share what comes of it. */
  #compare(digest: string, password: string, hash: string, address: string): Promise<boolean> | undefined {
    const waiting = this.#waiting.get(address) ?? 0
    if (waiting >= WAITING_OF_ONE || this.#running.size >= WAITING) return undefined
    this.#waiting.set(address, waiting + 1)
    const matches = this.#limit(() => this.#thread.compare(password, hash)).finally(() => {
      this.#running.delete(digest)
      const left = (this.#waiting.get(address) ?? 1) - 1
      if (left > 0) this.#waiting.set(address, left)
      else this.#waiting.delete(address)
    })
    this.#running.set(digest, matches)
    return matches
  }

  #digest(parts: readonly string[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('base64')
  }

  #remember(digest: string): void {
    const [oldest] = this.#right
    if (oldest !== undefined && this.#right.size >= REMEMBERED) this.#right.delete(oldest)
    this.#right.add(digest)
  }
}

/** A hash that no password has, with the cost of the first user's: it takes as long to compare. */
function likeOthers(users: ReadonlyMap<string, string>): string {
  const [like = '$2b$10$'] = users.values()
  return like.slice(0, 7) + '.'.repeat(53)
}
