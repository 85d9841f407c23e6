import type { OperationResult } from '../../chain/operations.ts'

/** What is counted, in the order of the labels after those of the key. */
export interface CountedCall {
  readonly address: string
  readonly pallet: string
  readonly method: string
  readonly result: OperationResult | 'by_others'
}

export interface Count extends CountedCall {
  readonly count: number
}

/**
 * Calls whose counters exist from the start at 0, so that the first call is an increase: calls that move money or stake, that
 * change the owner of a key or who may use it, and the routine calls of validators and miners. In Sidecar's spelling.
 */
const FROM_ZERO: Readonly<Record<string, readonly string[]>> = {
  balances: ['transfer', 'transferAllowDeath', 'transferKeepAlive', 'transferAll'],
  subtensorModule: [
    ...['setWeights', 'commitWeights', 'revealWeights', 'commitTimelockedWeights', 'serveAxon'],
    ...['addStake', 'addStakeLimit', 'removeStake', 'removeStakeLimit', 'removeStakeFullLimit', 'unstakeAll'],
    ...['moveStake', 'transferStake', 'swapStake', 'burnedRegister', 'register', 'rootRegister'],
    ...['swapHotkey', 'scheduleSwapColdkey', 'announceColdkeySwap', 'swapColdkeyAnnounced', 'setChildren'],
    ...['increaseTake', 'decreaseTake'],
  ],
  proxy: ['proxy', 'addProxy', 'removeProxy', 'announce'],
  multisig: ['asMulti', 'approveAsMulti'],
  sudo: ['sudo'],
}

const BY_OTHERS_FROM_ZERO: Readonly<Record<string, readonly string[]>> = {
  balances: ['Transfer'],
  subtensorModule: [
    ...['StakeAdded', 'StakeRemoved', 'StakeMoved', 'StakeTransferred', 'HotkeySwapped', 'ColdkeySwapped'],
    ...['ColdkeySwapScheduled', 'ColdkeySwapAnnounced'],
  ],
}

const STARTING: readonly Omit<CountedCall, 'address'>[] = [
  ...callsOf(FROM_ZERO, 'success'),
  ...callsOf(FROM_ZERO, 'failure'),
  ...callsOf(BY_OTHERS_FROM_ZERO, 'by_others'),
]

function callsOf(
  names: Readonly<Record<string, readonly string[]>>,
  result: CountedCall['result'],
): Omit<CountedCall, 'address'>[] {
  return Object.entries(names).flatMap(([pallet, methods]) =>
    methods.map((method) => ({ pallet, method, result })),
  )
}

/** Counts calls by each account, and events in which others affected it. */
export class KeyCounts {
  readonly #byAddress = new Map<string, Map<string, Count>>()

  /** Sets the accounts to count for. Accounts that stay keep their counts. */
  watch(addresses: ReadonlySet<string>): void {
    for (const address of this.#byAddress.keys()) if (!addresses.has(address)) this.#byAddress.delete(address)
    for (const address of addresses) {
      if (this.#byAddress.has(address)) continue
      this.#byAddress.set(address, new Map())
      for (const call of STARTING) this.#add({ address, ...call }, 0)
    }
  }

  count(call: CountedCall): void {
    this.#add(call, 1)
  }

  all(): readonly Count[] {
    return Array.from(this.#byAddress.values()).flatMap((counts) => Array.from(counts.values()))
  }

  #add(call: CountedCall, more: number): void {
    const counts = this.#byAddress.get(call.address)
    const key = `${call.pallet} ${call.method} ${call.result}`
    counts?.set(key, { ...call, count: (counts.get(key)?.count ?? 0) + more })
  }
}
