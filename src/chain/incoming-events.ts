import { accountsNamed, eventName, type ChainEvent } from './extrinsic.ts'

/**
 * Events that tell what was done to an account: money and stake moved, keys swapped, places and rights changed. Left
 * out are those of every block and epoch (rewards, fees, weights), which are no operations.
 */
export const DONE_TO: ReadonlySet<string> = new Set([
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

/** The accounts among the watched that something was done to by somebody else. */
export function affectedAccounts(
  event: ChainEvent,
  watched: ReadonlySet<string>,
  actors: ReadonlySet<string>,
): readonly string[] {
  if (!DONE_TO.has(eventName(event))) return []
  return Array.from(accountsNamed(event, watched)).filter((account) => !actors.has(account))
}
