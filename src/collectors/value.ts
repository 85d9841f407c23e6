import { gauge } from '../metrics/define.ts'
import type { Shares } from '../chain/share-pool.ts'
import { readHoldings, type Holdings } from '../storage/holdings.ts'
import { watchedAccounts, type WatchedAccount } from './accounts.ts'
import { isFirst, cacheFor } from './lib/context.ts'
import { defineCollector } from './define.ts'

interface ValueReading extends WatchedAccount {
  readonly holdings: Holdings
}

const LABELS = ['coldkey', 'name'] as const

/** Where a coldkey had nothing, believed for ten minutes at most. */
const cacheOf = cacheFor<Shares>(50)

/** What the watched coldkeys, and the owners of the watched hotkeys, have staked. */
export const value = defineCollector({
  name: 'value',
  scope: 'chain',
  families: {
    total: gauge(
      'bittensor_coldkey_stake_tao',
      'Value of the stake of the coldkey on all hotkeys, locked or not: from spec 233 alpha at the spot price, root at 1. Slippage and fees of selling are not deducted. Basket shares (funds of root dividends) are not included: see bittensor_coldkey_basket_shares.',
      LABELS,
    ),
    alpha: gauge(
      'bittensor_coldkey_stake_alpha',
      'Alpha of the subnet that the coldkey has staked on the hotkey, from spec 233; on root (netuid 0) it is TAO.',
      [...LABELS, 'hotkey', 'netuid'],
    ),
    collateral: gauge(
      'bittensor_coldkey_collateral_alpha',
      'Part of bittensor_coldkey_stake_alpha that is locked as registration collateral and cannot be withdrawn; absent where there is none. From spec 437.',
      [...LABELS, 'hotkey', 'netuid'],
    ),
    basket: gauge(
      'bittensor_coldkey_basket_shares',
      'Shares of the basket of the hotkey (its fund of root dividends) that the coldkey can claim, as the chain counts them; absent where there are none. What a share is worth depends on the alpha in the basket.',
      [...LABELS, 'hotkey'],
    ),
  },
  async read(view, context): Promise<readonly ValueReading[]> {
    const { scope } = context
    if (!isFirst(scope)) return []
    const memory = cacheOf(context)
    const accounts = await view.shared(watchedAccounts, scope)
    const coldkeys = accounts.filter(({ role }) => role === 'coldkey')
    const readings = await Promise.all(
      coldkeys.map(async (coldkey) => ({
        ...coldkey,
        holdings: await readHoldings(view, coldkey.address, memory),
      })),
    )
    memory.sweep(view.block.height)
    return readings
  },
  emit(readings, say) {
    for (const { address: coldkey, name, holdings } of readings) {
      say.total({ coldkey, name }, holdings.total)
      for (const { hotkey, netuid, amount, collateral } of holdings.positions) {
        say.alpha({ coldkey, name, hotkey, netuid }, amount)
        say.collateral({ coldkey, name, hotkey, netuid }, collateral)
      }
      for (const { hotkey, shares } of holdings.baskets) say.basket({ coldkey, name, hotkey }, Number(shares))
    }
  },
})
