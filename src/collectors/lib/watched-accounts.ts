import type { Address } from '../../chain/address.ts'
import type { Scope } from '../../scope/scope.ts'
import { readOwner } from '../../storage/hotkey.ts'
import type { View } from '../../storage/view.ts'

/** A watched account: a configured key, or the coldkey of a configured hotkey. */
export interface WatchedAccount {
  readonly name: string
  readonly role: 'hotkey' | 'coldkey'
  readonly address: Address
}

/**
 * The configured keys, and the coldkeys of the hotkeys among them, named after the first hotkey they own. A reader to be
 * shared within a view.
 */
export async function readWatchedAccounts(view: View, scope: Scope): Promise<readonly WatchedAccount[]> {
  const owners = await Promise.all(scope.hotkeys.map(({ address }) => view.shared(readOwner, address)))
  const coldkeys = new Map(scope.coldkeys.map(({ address, name }) => [address, name]))
  for (const [index, { name }] of scope.hotkeys.entries()) {
    const owner = owners[index]
    if (owner !== undefined && !coldkeys.has(owner)) coldkeys.set(owner, `${name}/coldkey`)
  }
  return [
    ...scope.hotkeys.map((key) => ({ ...key, role: 'hotkey' as const })),
    ...Array.from(coldkeys, ([address, name]) => ({ address, name, role: 'coldkey' as const })),
  ]
}

/** The coldkeys among them. */
export const readWatchedColdkeys = async (view: View, scope: Scope): Promise<readonly WatchedAccount[]> =>
  (await view.shared(readWatchedAccounts, scope)).filter(({ role }) => role === 'coldkey')
