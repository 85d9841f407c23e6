/** How many requests the mean time is taken of at least. */
const WINDOW = 10

/** A mean time so many times the usual one is slow… */
const SLOW_RATIO = 3

/** …when it is more than this, in seconds: what is less may be our own event loop, and piles nothing up. */
const SLOW_SECONDS = 0.25

/** Windows in a row that must be slow: one may be a pause of our own, with all requests on their way in it. */
const SLOW_WINDOWS = 2

/** Slowness alone lowers the limit to this part of the most, and failures to one: a path that got longer is no overload. */
const SLOWEST = 4

/** How much of a window's mean time goes into the usual one, when it is longer and when it is shorter. */
const DRIFT = { longer: 0.02, shorter: 0.5 }

export interface ConcurrencyOptions {
  /** The limit where nothing speaks against it. */
  readonly most: number
  /** Of a request: a mean time of half of it is slow in any case. */
  readonly timeoutSeconds: number
  /** Told of every change. */
  readonly onChange: (limit: number) => void
}

/**
 * How many requests may be on their way at once: less, by half, when some fail for want of a Sidecar or when they take several
 * times longer than usual; more, by a quarter, while they do not and others wait. Judged once per as many requests
 * as the limit. A Sidecar that is always slow is not taken for one that slowed down: what is usual follows what is.
 */
export class Concurrency {
  readonly #options: ConcurrencyOptions
  #limit: number
  #usual: number | undefined
  #requests = 0
  #answers = 0
  #seconds = 0
  #slowWindows = 0
  #overloaded = false
  #saturated = false

  constructor(options: ConcurrencyOptions) {
    this.#options = options
    this.#limit = options.most
  }

  get limit(): number {
    return this.#limit
  }

  /** A request ended. @param others is how many wait for their turn. */
  ended(seconds: number, isOutage: boolean, others: number): void {
    this.#requests += 1
    if (isOutage) this.#overloaded = true
    else {
      this.#answers += 1
      this.#seconds += seconds
    }
    if (others > 0) this.#saturated = true
    if (this.#requests >= Math.max(this.#limit, WINDOW)) this.#judge()
  }

  /** The Sidecar asks for less, or did not answer at first. */
  strained(): void {
    this.#overloaded = true
  }

  /** From one request at a time: the Sidecar was not there, and is not to be met with all that waits. */
  collapse(): void {
    this.#change(1)
    this.#begin()
  }

  #judge(): void {
    this.#slowWindows = this.#isSlow() ? this.#slowWindows + 1 : 0
    const isSlow = this.#slowWindows >= SLOW_WINDOWS
    const { most } = this.#options
    const half = Math.max(1, Math.floor(this.#limit / 2))
    const more = this.#limit + Math.max(1, Math.floor(this.#limit / 4))
    if (this.#overloaded) this.#change(half)
    else if (isSlow) this.#change(Math.min(this.#limit, Math.max(half, Math.ceil(most / SLOWEST))))
    else if (this.#saturated) this.#change(Math.min(most, more))
    this.#begin()
  }

  /** By the answers alone: a refused connection is quick, and says nothing about what is usual. */
  #isSlow(): boolean {
    if (this.#answers === 0) return false
    const mean = this.#seconds / this.#answers
    const usual = this.#usual ?? mean
    this.#usual = usual + (mean - usual) * (mean > usual ? DRIFT.longer : DRIFT.shorter)
    return (mean > SLOW_SECONDS && mean > SLOW_RATIO * usual) || mean > this.#options.timeoutSeconds / 2
  }

  #begin(): void {
    this.#requests = 0
    this.#answers = 0
    this.#seconds = 0
    this.#overloaded = false
    this.#saturated = false
  }

  #change(limit: number): void {
    if (limit === this.#limit) return
    this.#limit = limit
    this.#options.onChange(limit)
  }
}
