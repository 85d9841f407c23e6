import { frozenOf, type Account } from '../chain/account.ts'
import type { Address } from '../chain/address.ts'
import { count, field, raoAmount } from '../upstream/decode.ts'
import type { View } from './view.ts'
import { ITEMS } from './layout.ts'

/**
 * System.Account of an address: all zeros for one the chain does not keep. Read as storage, not as
 * `/accounts/…/balance-info`, whose fields differ between releases and carry sentences where numbers belong.
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
