import type { Balance, BalanceEffect } from './balance-effect.ts'

interface Entry {
  /** Balance expected from the last actual one and the events since; undefined if events are missing. */
  expected: Balance | undefined
  /** Sum of the absolute values of all unexplained changes, in rao. */
  total: bigint
  /** Whether the last actual balance could be compared with an expected one. */
  isChecked: boolean
}

const totalOf = ({ free, reserved }: Balance): bigint => free + reserved

/**
 * Compares actual balances with the balances expected from events. Call `apply` with the effects of every block in order,
 * and `compare` with balances at a block after the effects of that block and all earlier ones. Exact: free + reserved, in rao.
 */
export class Reconciliation {
  readonly #entries = new Map<string, Entry>()

  apply({ account, apply }: BalanceEffect): void {
    const entry = this.#entries.get(account)
    if (entry?.expected !== undefined) entry.expected = apply(entry.expected)
  }

  /** Marks events as missing, for one account or all: their next balance cannot be compared, only the one after it. */
  interrupt(account?: string): void {
    for (const [name, entry] of this.#entries) {
      if (account !== undefined && name !== account) continue
      entry.expected = undefined
      entry.isChecked = false
    }
  }

  /** Compares an actual balance with the expected one. Returns the unexplained change in rao, 0 if it is unknown. */
  compare(account: string, actual: Balance): bigint {
    const entry = this.#entries.get(account)
    if (entry === undefined) {
      this.#entries.set(account, { expected: actual, total: 0n, isChecked: true })
      return 0n
    }
    const { expected } = entry
    entry.expected = actual
    if (expected === undefined) return 0n
    entry.isChecked = true
    const unexplained = totalOf(actual) - totalOf(expected)
    entry.total += unexplained < 0n ? -unexplained : unexplained
    return unexplained
  }

  /** Total of all unexplained changes in rao; undefined while it is unknown. */
  unexplained(account: string): bigint | undefined {
    const entry = this.#entries.get(account)
    return entry?.isChecked === true ? entry.total : undefined
  }

  /** Removes all other accounts. */
  keepOnly(accounts: ReadonlySet<string>): void {
    for (const account of this.#entries.keys()) if (!accounts.has(account)) this.#entries.delete(account)
  }
}
