import { NEUTRAL_EVENTS, PALLETS_WITHOUT_CURRENCY } from './balance-neutral-events.ts'
import { eventName, type ChainEvent } from './extrinsic.ts'

/** The balance of an account, in rao. */
export interface Balance {
  readonly free: bigint
  readonly reserved: bigint
}

/** The effect of one event on the balance of one account: a change, or a new value. */
export interface BalanceEffect {
  readonly account: string
  readonly apply: (balance: Balance) => Balance
}

/** An event that moves balances has a field of an unexpected type. */
export class EventError extends Error {
  override readonly name = 'EventError'
}

/**
 * Balance effects of the events of one extrinsic, or of one of the block's hooks, in order.
 *
 * The Balances pallet emits its own event for every movement of funds, whichever pallet causes it (Withdraw, Deposit,
 * Transfer; pallets/subtensor/src/staking/helpers.rs:191-246 at v2.0.0, coinbase/tao.rs at spec 425), with one exception:
 * up to the polkadot-sdk of spec 424 it emits no event for funds that are moved or burned while on hold, and the event of
 * the calling pallet is the only record. Newer versions also emit TransferAndHold, TransferOnHold and BurnedHeld. The event
 * of the calling pallet is therefore counted, and the Balances event with the same accounts and amount is not: only the
 * former shows whether the moved funds are still on hold.
 *
 * Throws EventError for a field whose type differs from the metadata of specs 103 to 475.
 */
export function balanceEffects(events: readonly ChainEvent[]): readonly BalanceEffect[] {
  const duplicates = new Map<string, number>()
  for (const event of events) {
    const record = RECORD_OF.get(eventName(event))
    if (record === undefined) continue
    const key = keyOf(record, event.data)
    duplicates.set(key, (duplicates.get(key) ?? 0) + 1)
  }
  return events.flatMap((event) => {
    const name = eventName(event)
    // The first field, the reason for the hold, is not part of the key.
    const key = keyOf(name, event.data.slice(1))
    const count = RECORDS.has(name) ? (duplicates.get(key) ?? 0) : 0
    if (count > 0) {
      duplicates.set(key, count - 1)
      return []
    }
    return EFFECTS.get(name)?.(event) ?? []
  })
}

/**
 * Whether the effect of an event on balances is known. An unknown event, such as one of a newer runtime, may be the only
 * record of a movement of funds.
 */
export const isClassified = (event: ChainEvent): boolean =>
  EFFECTS.has(eventName(event)) ||
  NEUTRAL_EVENTS.has(eventName(event)) ||
  PALLETS_WITHOUT_CURRENCY.has(event.pallet)

/**
 * The Balances event that newer runtimes emit next to an event of another pallet. Its first field is the reason for the
 * hold; the other fields are those of the other pallet's event.
 */
const RECORD_OF: ReadonlyMap<string, string> = new Map([
  ['contracts.StorageDepositTransferredAndHeld', 'balances.TransferAndHold'],
  ['contracts.StorageDepositTransferredAndReleased', 'balances.TransferOnHold'],
  ['safeMode.DepositSlashed', 'balances.BurnedHeld'],
])

const RECORDS: ReadonlySet<string> = new Set(RECORD_OF.values())

const keyOf = (name: string, fields: readonly unknown[]): string => JSON.stringify([name, ...fields])

type Effects = (event: ChainEvent) => readonly BalanceEffect[]

const move = (account: string, free: bigint, reserved = 0n): BalanceEffect => ({
  account,
  apply: (balance) => ({ free: balance.free + free, reserved: balance.reserved + reserved }),
})

const gain: Effects = (event) => [move(account(event, 0), amount(event, 1))]
const loss: Effects = (event) => [move(account(event, 0), -amount(event, 1))]

export const EFFECTS: ReadonlyMap<string, Effects> = new Map<string, Effects>([
  ['balances.Deposit', gain],
  ['balances.Minted', gain],
  ['balances.Restored', gain],
  ['balances.Withdraw', loss],
  ['balances.Burned', loss],
  ['balances.Suspended', loss],
  ['balances.Slashed', loss],
  // The remainder of an account below the existential deposit, which is lost when the account is removed.
  ['balances.DustLost', loss],
  [
    'balances.Transfer',
    (event) => {
      const sum = amount(event, 2)
      return [move(account(event, 0), -sum), move(account(event, 1), sum)]
    },
  ],
  ['balances.Reserved', (event) => [move(account(event, 0), -amount(event, 1), amount(event, 1))]],
  ['balances.Unreserved', (event) => [move(account(event, 0), amount(event, 1), -amount(event, 1))]],
  [
    'balances.ReserveRepatriated',
    (event) => {
      const sum = amount(event, 2)
      const free = String(event.data[3]).toLowerCase() === 'free'
      return [move(account(event, 0), 0n, -sum), move(account(event, 1), free ? sum : 0n, free ? 0n : sum)]
    },
  ],
  [
    'balances.BalanceSet',
    (event) => {
      const free = amount(event, 1)
      // Pallet versions with holds omit this field; the reserved balance is then unchanged.
      const reserved = event.data.length > 2 ? amount(event, 2) : undefined
      return [
        {
          account: account(event, 0),
          apply: (balance) => ({ free, reserved: reserved ?? balance.reserved }),
        },
      ]
    },
  ],
  // Newer pallet versions only: the first field is the reason for the hold. No spec up to 475 is known to have these events.
  ['balances.Held', (event) => [move(account(event, 1), -amount(event, 2), amount(event, 2))]],
  ['balances.Released', (event) => [move(account(event, 1), amount(event, 2), -amount(event, 2))]],
  ['balances.BurnedHeld', (event) => [move(account(event, 1), 0n, -amount(event, 2))]],
  [
    'balances.TransferAndHold',
    (event) => {
      const sum = amount(event, 3)
      return [move(account(event, 1), -sum), move(account(event, 2), 0n, sum)]
    },
  ],
  [
    'balances.TransferOnHold',
    // The event does not show whether the funds stay on hold at the destination; free + reserved is the same either way.
    (event) => {
      const sum = amount(event, 3)
      return [move(account(event, 1), 0n, -sum), move(account(event, 2), 0n, sum)]
    },
  ],
  // pallet_contracts calls transfer_and_hold and transfer_on_hold (storage/meter.rs), pallet_safe_mode calls burn_held.
  [
    'contracts.StorageDepositTransferredAndHeld',
    (event) => {
      const sum = amount(event, 2)
      return [move(account(event, 0), -sum), move(account(event, 1), 0n, sum)]
    },
  ],
  [
    'contracts.StorageDepositTransferredAndReleased',
    (event) => {
      const sum = amount(event, 2)
      return [move(account(event, 0), 0n, -sum), move(account(event, 1), sum)]
    },
  ],
  ['safeMode.DepositSlashed', (event) => [move(account(event, 0), 0n, -amount(event, 1))]],
])

function account(event: ChainEvent, index: number): string {
  const value = event.data[index]
  if (typeof value === 'string') return value
  throw new EventError(`${eventName(event)}: field ${index} is not an account: ${JSON.stringify(value)}`)
}

function amount(event: ChainEvent, index: number): bigint {
  const value = event.data[index]
  if (typeof value === 'string' && /^\d{1,40}$/.test(value)) return BigInt(value)
  throw new EventError(`${eventName(event)}: field ${index} is not an amount: ${JSON.stringify(value)}`)
}
