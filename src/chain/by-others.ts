import { eventName, type ChainEvent } from './extrinsic.ts'

/**
 * Events that tell what was done to an account: money and stake moved, keys swapped, places and rights changed. Left
 * out are those of every block and epoch (rewards, fees, weights), which are no operations.
 */
const DONE_TO: ReadonlySet<string> = new Set([
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
  // An encrypted extrinsic that an author decrypted and ran: its signer signed it, out of sight.
  'mevShield.DecryptedExecuted',
])

/** The accounts among the watched that something was done to by somebody else. */
export function doneTo(
  event: ChainEvent,
  watched: ReadonlySet<string>,
  actors: ReadonlySet<string>,
): readonly string[] {
  if (!DONE_TO.has(eventName(event))) return []
  const named = new Set<string>()
  collect(event.data, watched, named)
  return Array.from(named).filter((account) => !actors.has(account))
}

function collect(value: unknown, watched: ReadonlySet<string>, named: Set<string>): void {
  if (typeof value === 'string') {
    if (watched.has(value)) named.add(value)
  } else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) collect(inner, watched, named)
}
