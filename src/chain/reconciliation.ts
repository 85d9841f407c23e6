import type { Balance, BalanceEffect } from './balance-effect.ts'

interface Entry {
  /** What the account must have now, going by what it had and the events since; undefined where events are missing. */
  expected: Balance | undefined
  /** Sum of the changes that were not explained, each without its sign, in rao. */
  total: bigint
  /** Whether the last time the account was looked at could be judged. */
  judged: boolean
}

const totalOf = ({ free, reserved }: Balance): bigint => free + reserved

/**
 * Holds what accounts have against what events say. Give it the effects of every block, in order, and what the accounts
 * have at a block whose effects, and those of all before it, were given. Exact: free + reserved, in rao.
 */
export class Reconciliation {
  readonly #entries = new Map<string, Entry>()

  apply({ account, apply }: BalanceEffect): void {
    const entry = this.#entries.get(account)
    if (entry?.expected !== undefined) entry.expected = apply(entry.expected)
  }

  /** Events are missing, of this account or of all: none of them can be judged until it was looked at twice more. */
  interrupt(account?: string): void {
    for (const [name, entry] of this.#entries) {
      if (account !== undefined && name !== account) continue
      entry.expected = undefined
      entry.judged = false
    }
  }

  /** Looks at an account. Returns by how much it changed that no event explains, in rao; 0 where that is not known. */
  settle(account: string, actual: Balance): bigint {
    const entry = this.#entries.get(account)
    if (entry === undefined) {
      this.#entries.set(account, { expected: actual, total: 0n, judged: true })
      return 0n
    }
    const { expected } = entry
    entry.expected = actual
    if (expected === undefined) return 0n
    entry.judged = true
    const unexplained = totalOf(actual) - totalOf(expected)
    entry.total += unexplained < 0n ? -unexplained : unexplained
    return unexplained
  }

  /** All that was not explained so far, in rao; undefined while that is not known. */
  unexplained(account: string): bigint | undefined {
    const entry = this.#entries.get(account)
    return entry?.judged === true ? entry.total : undefined
  }

  /** Forgets accounts that are not among these. */
  keepOnly(accounts: ReadonlySet<string>): void {
    for (const account of this.#entries.keys()) if (!accounts.has(account)) this.#entries.delete(account)
  }
}
