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

/** An event of the Balances pallet that is not what its metadata says. */
export class EventFault extends Error {
  override readonly name = 'EventFault'
}

/**
 * What an event does to balances. The events of the Balances pallet are the whole account of them: fees, stake added and
 * removed, registrations, rewards and locks all move money through the pallet, which tells each move (Withdraw, Deposit,
 * Transfer; pallets/subtensor/src/staking/helpers.rs:191-246 at v2.0.0, coinbase/tao.rs at spec 425). Events of other
 * pallets tell why, and counting them too would count twice; TransactionFeePaid is also there where a fee was paid in
 * alpha, and no TAO moved. Endowed, Locked, Frozen, Issued and the like move nothing.
 *
 * Throws EventFault for a field of another kind than the metadata of specs 103 to 425 has there.
 */
export function balanceEffects(event: ChainEvent): readonly BalanceEffect[] {
  return event.pallet === 'balances' ? (EFFECTS.get(event.name)?.(event) ?? []) : []
}

type Effects = (event: ChainEvent) => readonly BalanceEffect[]

const move = (account: string, free: bigint, reserved = 0n): BalanceEffect => ({
  account,
  apply: (balance) => ({ free: balance.free + free, reserved: balance.reserved + reserved }),
})

const gain: Effects = (event) => [move(account(event, 0), amount(event, 1))]
const loss: Effects = (event) => [move(account(event, 0), -amount(event, 1))]

const EFFECTS: ReadonlyMap<string, Effects> = new Map<string, Effects>([
  ['Deposit', gain],
  ['Minted', gain],
  ['Restored', gain],
  ['Withdraw', loss],
  ['Burned', loss],
  ['Suspended', loss],
  ['Slashed', loss],
  // What was left of an account below the existential deposit, which is gone with the account.
  ['DustLost', loss],
  [
    'Transfer',
    (event) => {
      const sum = amount(event, 2)
      return [move(account(event, 0), -sum), move(account(event, 1), sum)]
    },
  ],
  ['Reserved', (event) => [move(account(event, 0), -amount(event, 1), amount(event, 1))]],
  ['Unreserved', (event) => [move(account(event, 0), amount(event, 1), -amount(event, 1))]],
  [
    'ReserveRepatriated',
    (event) => {
      const sum = amount(event, 2)
      const free = String(event.data[3]).toLowerCase() === 'free'
      return [move(account(event, 0), 0n, -sum), move(account(event, 1), free ? sum : 0n, free ? 0n : sum)]
    },
  ],
  [
    'BalanceSet',
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
