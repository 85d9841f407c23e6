import { accountsNamed, eventName, type ChainEvent } from './extrinsic.ts'

/**
 * Events in which an account can be affected by another one: funds or stake moved, keys swapped, registrations or rights
 * changed. Excludes routine events (rewards, fees, weights), which are not operations.
 */
export const INCOMING_EVENTS: ReadonlySet<string> = new Set([
  ...['Transfer', 'Slashed', 'BalanceSet'].map((name) => `balances.${name}`),
  ...[
    'StakeAdded',
    'StakeRemoved',
    'StakeMoved',
    'StakeTransferred',
    'StakeSwapped',
    'HotkeySwapped',
    'HotkeySwappedOnSubnet',
    'ColdkeySwapped',
    'ColdkeySwapScheduled',
    'ColdkeySwapAnnounced',
    'ColdkeySwapDisputed',
    'ColdkeySwapReset',
    'ColdkeySwapCleared',
    'ArbitrationPeriodExtended',
    'AllBalanceUnstakedAndTransferredToNewColdkey',
    'NeuronRegistered',
    'DelegateAdded',
    'TakeDecreased',
    'TakeIncreased',
    'SetChildren',
    'SetChildrenScheduled',
    'SubnetOwnerChanged',
    'StakeLocked',
    'StakeUnlocked',
    'LockMoved',
  ].map((name) => `subtensorModule.${name}`),
  ...['ProxyAdded', 'ProxyRemoved', 'PureCreated', 'Announced'].map((name) => `proxy.${name}`),
])

/** The watched accounts that an event affects, without those that caused it (`actors`). */
export function affectedAccounts(
  event: ChainEvent,
  watched: ReadonlySet<string>,
  actors: ReadonlySet<string>,
): readonly string[] {
  if (!INCOMING_EVENTS.has(eventName(event))) return []
  return Array.from(accountsNamed(event, watched)).filter((account) => !actors.has(account))
}
