import type { Account } from '../chain/account.ts'
import { each, gauge, info } from '../metrics/define.ts'
import { readAccount } from '../storage/account.ts'
import { collector } from './define.ts'
import { readWatchedAccounts, type WatchedAccount } from './lib/watched-accounts.ts'

interface AccountReading extends WatchedAccount {
  readonly account: Account
}

export const accounts = collector('accounts', {
  description: 'Balances and nonces of the watched keys.',
  scope: 'chain',
  shard: 'first',
  create: () => ({
    async read(view, { scope }): Promise<readonly AccountReading[]> {
      const watched = await view.shared(readWatchedAccounts, scope)
      return Promise.all(
        watched.map(async (entry) => ({ ...entry, account: await view.shared(readAccount, entry.address) })),
      )
    },
  }),
  families: [
    each(
      (readings: readonly AccountReading[]) => readings,
      { address: ({ address }) => address, name: ({ name }) => name },
      [
        gauge(
          'bittensor_account_free_tao',
          'Free balance, including the frozen part.',
          ({ account }) => account.free,
        ),
        gauge(
          'bittensor_account_reserved_tao',
          'Reserved balance, for example a proxy deposit.',
          ({ account }) => account.reserved,
        ),
        gauge(
          'bittensor_account_frozen_tao',
          'Frozen part of the free balance, which cannot be spent.',
          ({ account }) => account.frozen,
        ),
        gauge(
          'bittensor_account_nonce',
          'Number of transactions signed by the account.',
          ({ account }) => account.nonce,
        ),
        info('bittensor_account_info', 'Watched account and its role (hotkey or coldkey).', {
          role: ({ role }) => role,
        }),
      ],
    ),
  ],
})
