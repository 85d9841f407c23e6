import type { Account } from '../chain/account.ts'
import type { Address } from '../chain/address.ts'
import type { Scope } from '../scope/scope.ts'
import { gauge } from '../metrics/define.ts'
import { readAccount } from '../storage/account.ts'
import { readOwner } from '../storage/hotkey.ts'
import type { View } from '../storage/view.ts'
import { defineCollector } from './define.ts'

/** An account that is watched: its key was named, or a hotkey of it was. */
export interface WatchedAccount {
  readonly name: string
  readonly role: 'hotkey' | 'coldkey'
  readonly address: Address
}

interface AccountReading extends WatchedAccount {
  readonly account: Account
}

const LABELS = ['address', 'name'] as const

export const accounts = defineCollector({
  name: 'accounts',
  scope: 'chain',
  families: {
    free: gauge('bittensor_account_free_tao', 'Free balance, including the frozen part.', LABELS),
    reserved: gauge(
      'bittensor_account_reserved_tao',
      'Reserved balance, for example a proxy deposit.',
      LABELS,
    ),
    frozen: gauge(
      'bittensor_account_frozen_tao',
      'Frozen part of the free balance, which cannot be spent.',
      LABELS,
    ),
    nonce: gauge('bittensor_account_nonce', 'Number of transactions signed by the account.', LABELS),
    info: gauge('bittensor_account_info', 'Watched account and its role (hotkey or coldkey).', [
      ...LABELS,
      'role',
    ]),
  },
  async read(view, { scope }): Promise<readonly AccountReading[]> {
    const watched = await watchedAccounts(view, scope)
    return Promise.all(
      watched.map(async (entry) => ({ ...entry, account: await view.shared(readAccount, entry.address) })),
    )
  },
  emit(readings, say) {
    for (const { name, role, address, account } of readings) {
      say.free({ address, name }, account.free)
      say.reserved({ address, name }, account.reserved)
      say.frozen({ address, name }, account.frozen)
      say.nonce({ address, name }, account.nonce)
      say.info({ address, name, role })
    }
  },
})

/** The keys that were named, and the coldkeys of the hotkeys among them, called after the first hotkey they own. */
export async function watchedAccounts(view: View, scope: Scope): Promise<readonly WatchedAccount[]> {
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
