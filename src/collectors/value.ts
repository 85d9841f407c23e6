import { each, gauge } from '../metrics/define.ts'
import type { Shares } from '../chain/share-pool.ts'
import { readHoldings, type Holdings } from '../storage/holdings.ts'
import { TtlCache } from '../storage/ttl-cache.ts'
import { collector } from './define.ts'
import { readWatchedColdkeys, type WatchedAccount } from './lib/watched-accounts.ts'

interface ValueReading extends WatchedAccount {
  readonly holdings: Holdings
}

/** How many blocks (ten minutes) an empty position is cached. */
const EMPTY_BLOCKS = 50

export const value = collector('value', {
  description: 'What the watched coldkeys have staked. Reads every subnet for every hotkey they stake on.',
  scope: 'chain',
  shard: 'first',
  create() {
    let empty = new TtlCache<Shares>(EMPTY_BLOCKS)
    return {
      async read(view, { scope }): Promise<readonly ValueReading[]> {
        const coldkeys = await readWatchedColdkeys(view, scope)
        const readings = await Promise.all(
          coldkeys.map(async (coldkey) => ({
            ...coldkey,
            holdings: await readHoldings(view, coldkey.address, empty),
          })),
        )
        empty.sweep(view.block.height)
        return readings
      },
      discard() {
        empty = new TtlCache(EMPTY_BLOCKS)
      },
    }
  },
  families: [
    each(
      (readings: readonly ValueReading[]) => readings,
      { coldkey: ({ address }) => address, name: ({ name }) => name },
      [
        gauge(
          'bittensor_coldkey_stake_tao',
          'Value of the stake of the coldkey on all hotkeys, locked or not: from spec 233 alpha at the spot price, root at 1. Slippage and fees of selling are not deducted. Basket shares (funds of root dividends) are not included: see bittensor_coldkey_basket_shares.',
          ({ holdings }) => holdings.total,
        ),
      ],
    ),
    each(
      positionsOf,
      {
        coldkey: ({ coldkey }) => coldkey,
        name: ({ name }) => name,
        hotkey: ({ hotkey }) => hotkey,
        netuid: ({ netuid }) => netuid,
      },
      [
        gauge(
          'bittensor_coldkey_stake_alpha',
          'Alpha of the subnet that the coldkey has staked on the hotkey, from spec 233; on root (netuid 0) it is TAO.',
          ({ amount }) => amount,
        ),
        gauge(
          'bittensor_coldkey_collateral_alpha',
          'Part of bittensor_coldkey_stake_alpha that is locked as registration collateral and cannot be withdrawn; absent where there is none. From spec 437.',
          ({ collateral }) => collateral,
        ),
      ],
    ),
    each(
      basketsOf,
      { coldkey: ({ coldkey }) => coldkey, name: ({ name }) => name, hotkey: ({ hotkey }) => hotkey },
      [
        gauge(
          'bittensor_coldkey_basket_shares',
          'Shares of the basket of the hotkey (its fund of root dividends) that the coldkey can claim, as the chain counts them; absent where there are none. What a share is worth depends on the alpha in the basket.',
          ({ shares }) => Number(shares),
        ),
      ],
    ),
  ],
})

function positionsOf(readings: readonly ValueReading[]) {
  return readings.flatMap(({ address: coldkey, name, holdings }) =>
    holdings.positions.map((position) => ({ coldkey, name, ...position })),
  )
}

function basketsOf(readings: readonly ValueReading[]) {
  return readings.flatMap(({ address: coldkey, name, holdings }) =>
    holdings.baskets.map((basket) => ({ coldkey, name, ...basket })),
  )
}
