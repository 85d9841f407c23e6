import { NEUTRAL_EVENTS, PALLETS_WITHOUT_CURRENCY } from './balance-neutral-events.ts'
import { eventName, type ChainEvent } from './extrinsic.ts'

/** What an account has, in rao. */
export interface Balance {
  readonly free: bigint
  readonly reserved: bigint
}

/** What one event says of one account: by how much it changed, or what it was set to. */
export interface BalanceEffect {
  readonly account: string
  readonly apply: (balance: Balance) => Balance
}

/** An event that moves balances and is not what its metadata says. */
export class EventFault extends Error {
  override readonly name = 'EventFault'
}

/**
 * What the events of one extrinsic, or of one of the block's hooks, do to balances, in order.
 *
 * The Balances pallet records every move of money in an event of its own, whichever pallet asked for it (Withdraw,
 * Deposit, Transfer; pallets/subtensor/src/staking/helpers.rs:191-246 at v2.0.0, coinbase/tao.rs at spec 425), with one
 * exception: up to the polkadot-sdk of spec 424 it deposits no event for what is moved or burned on hold, and the event of
 * the pallet that asked is the only record. Newer versions have TransferAndHold, TransferOnHold and BurnedHeld besides.
 * So an event of those pallets counts, and the Balances event of the same accounts and amount beside it does not: of the two
 * it is the other that tells whether what was moved is on hold still.
 *
 * Throws EventFault for a field of another kind than the metadata of specs 103 to 475 has there.
 */
export function balanceEffects(events: readonly ChainEvent[]): readonly BalanceEffect[] {
  const told = new Map<string, number>()
  for (const event of events) {
    const record = RECORD_OF.get(eventName(event))
    if (record === undefined) continue
    const key = keyOf(record, event.data)
    told.set(key, (told.get(key) ?? 0) + 1)
  }
  return events.flatMap((event) => {
    const name = eventName(event)
    // Without its first field, the reason of the hold.
    const key = keyOf(name, event.data.slice(1))
    const count = RECORDS.has(name) ? (told.get(key) ?? 0) : 0
    if (count > 0) {
      told.set(key, count - 1)
      return []
    }
    return EFFECTS.get(name)?.(event) ?? []
  })
}

/**
 * Whether it is known what an event does to balances. An event that is not known, as one of a newer runtime, may be the
 * only record of a move.
 */
export const isClassified = (event: ChainEvent): boolean =>
  EFFECTS.has(eventName(event)) ||
  NEUTRAL_EVENTS.has(eventName(event)) ||
  PALLETS_WITHOUT_CURRENCY.has(event.pallet)

/** The Balances event that newer runtimes have beside an event of another pallet: the reason of the hold, then its fields. */
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
  // What was left of an account below the existential deposit, which is gone with the account.
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
      // Without it from the pallet's version with holds, where what is reserved stays.
      const reserved = event.data.length > 2 ? amount(event, 2) : undefined
      return [
        {
          account: account(event, 0),
          apply: (balance) => ({ free, reserved: reserved ?? balance.reserved }),
        },
      ]
    },
  ],
  // Newer versions of the pallet: the first field is the reason of the hold. No spec up to 475 is known to have them.
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
    // Whether it is still on hold at the destination is not in the event; free + reserved is the same either way.
    (event) => {
      const sum = amount(event, 3)
      return [move(account(event, 1), 0n, -sum), move(account(event, 2), 0n, sum)]
    },
  ],
  // transfer_and_hold and transfer_on_hold of pallet_contracts (storage/meter.rs), burn_held of pallet_safe_mode.
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
  throw new EventFault(`${eventName(event)}: field ${index} is no account: ${JSON.stringify(value)}`)
}

function amount(event: ChainEvent, index: number): bigint {
  const value = event.data[index]
  if (typeof value === 'string' && /^\d{1,40}$/.test(value)) return BigInt(value)
  throw new EventFault(`${eventName(event)}: field ${index} is no amount: ${JSON.stringify(value)}`)
}
