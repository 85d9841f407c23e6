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
 * change the owner of a key or permission to use it, and the routine calls of validators and miners. In Sidecar's spelling.
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

const STARTING_METHODS: ReadonlySet<string> = new Set(
  STARTING.map(({ pallet, method }) => `${pallet}.${method}`),
)

function callsOf(
  names: Readonly<Record<string, readonly string[]>>,
  result: CountedCall['result'],
): Omit<CountedCall, 'address'>[] {
  return Object.entries(names).flatMap(([pallet, methods]) =>
    methods.map((method) => ({ pallet, method, result })),
  )
}

/** A name of a pallet, call or event. The longest one in the metadata of specs up to 475 has 38 characters. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/** Why a call is not counted. A node that lies can invent both. */
const DROP_REASONS = ['invalid_name', 'too_many_methods'] as const
export type DropReason = (typeof DROP_REASONS)[number]

/** Pairs of pallet and method of one account whose calls are counted, besides those that are counted from 0. */
const MAX_METHODS = 64

/** Calls of one account by pallet and method. */
interface AccountCounts {
  /** By pallet, method and result. */
  readonly counts: Map<string, Count>
  /** Pairs of pallet and method that are not counted from 0. */
  readonly methods: Set<string>
}

/** Counts calls by each account, and events in which others affected it. The number of counts of an account is bounded. */
export class KeyCounts {
  readonly #byAddress = new Map<string, AccountCounts>()
  readonly #dropped = new Map<DropReason, number>(DROP_REASONS.map((reason) => [reason, 0]))

  /** Sets the accounts to count for. Accounts that stay keep their counts. */
  watch(addresses: ReadonlySet<string>): void {
    for (const address of this.#byAddress.keys()) if (!addresses.has(address)) this.#byAddress.delete(address)
    for (const address of addresses) {
      if (this.#byAddress.has(address)) continue
      const counts = new Map<string, Count>()
      this.#byAddress.set(address, { counts, methods: new Set() })
      for (const call of STARTING) add(counts, { address, ...call }, 0)
    }
  }

  /** Counts a call of a watched account, or that it was dropped. */
  count(call: CountedCall): void {
    const account = this.#byAddress.get(call.address)
    if (account === undefined) return
    const reason = dropReason(call, account)
    if (reason === undefined) add(account.counts, call, 1)
    else this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1)
  }

  all(): readonly Count[] {
    return Array.from(this.#byAddress.values()).flatMap(({ counts }) => Array.from(counts.values()))
  }

  /** Calls that are in no count, by reason, since the start. */
  dropped(): readonly { readonly reason: DropReason; readonly calls: number }[] {
    return Array.from(this.#dropped, ([reason, calls]) => ({ reason, calls }))
  }
}

/** Undefined if the call can be counted. Its method is then one of those of the account. */
function dropReason(
  { pallet, method, result }: CountedCall,
  { methods }: AccountCounts,
): DropReason | undefined {
  // INCOMING_EVENTS limits the events, and they take no room from calls.
  if (result === 'by_others') return undefined
  if (!IDENTIFIER.test(pallet) || !IDENTIFIER.test(method)) return 'invalid_name'
  const name = `${pallet}.${method}`
  if (STARTING_METHODS.has(name) || methods.has(name)) return undefined
  if (methods.size >= MAX_METHODS) return 'too_many_methods'
  methods.add(name)
  return undefined
}

function add(counts: Map<string, Count>, call: CountedCall, more: number): void {
  const key = `${call.pallet} ${call.method} ${call.result}`
  counts.set(key, { ...call, count: (counts.get(key)?.count ?? 0) + more })
}
