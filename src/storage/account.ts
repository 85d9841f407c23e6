import { frozenOf, type Account } from '../chain/account.ts'
import type { Address } from '../chain/address.ts'
import { count, field, raoAmount } from '../upstream/decode.ts'
import type { View } from './view.ts'
import { ITEMS } from './layout.ts'

/**
 * Reads System.Account of an address; all values are 0 for an account that does not exist. Not read from
 * `/accounts/…/balance-info`, whose fields differ between Sidecar releases and may contain text instead of numbers.
 */
export const readAccount = (view: View, address: Address): Promise<Account> =>
  view.read(ITEMS.account, [address], (value) => {
    const data = field(value, 'data')
    const modern = typeof data === 'object' && data !== null && 'frozen' in data
    return {
      address,
      nonce: count(field(value, 'nonce')),
      free: raoAmount(field(data, 'free')),
      reserved: raoAmount(field(data, 'reserved')),
      frozen: modern
        ? raoAmount(field(data, 'frozen'))
        : frozenOf(raoAmount(field(data, 'miscFrozen')), raoAmount(field(data, 'feeFrozen'))),
    }
  })
