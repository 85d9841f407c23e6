/** Wrong passwords of a network that have no consequence: typing errors. */
const FREE = 5

/** The pause after the next one, in milliseconds; doubles with each further one. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

/** How long wrong passwords count after the last one, in milliseconds. */
const FORGET_AFTER_MS = 600_000

/** Networks that are remembered; the one whose last wrong password is oldest is forgotten first. */
const MAX_NETWORKS = 4096

/** Pauses for networks that send wrong passwords. */
export class GuessBackoff {
  /** In the order of the last wrong password. */
  readonly #networks = new Map<string, { readonly guesses: number; readonly at: number }>()

  /** Records a wrong password. */
  guessed(network: string): void {
    const guesses = this.guesses(network) + 1
    this.#networks.delete(network)
    this.#networks.set(network, { guesses, at: performance.now() })
    const [oldest] = this.#networks.keys()
    if (oldest !== undefined && this.#networks.size > MAX_NETWORKS) this.#networks.delete(oldest)
  }

  /** Wrong passwords of a network that have not been forgotten. */
  guesses(network: string): number {
    const { guesses, at } = this.#networks.get(network) ?? { guesses: 0, at: -Infinity }
    return performance.now() - at < FORGET_AFTER_MS ? guesses : 0
  }

  /** Whether no password of the network may be checked now. */
  mustWait(network: string): boolean {
    const { at } = this.#networks.get(network) ?? { at: -Infinity }
    const guesses = this.guesses(network)
    if (guesses < FREE) return false
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (guesses - FREE))
    return performance.now() - at < pause
  }
}
