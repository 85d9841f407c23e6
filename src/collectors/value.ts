import { gauge } from '../metrics/define.ts'
import type { Shares } from '../chain/share-pool.ts'
import { readHoldings, type Holdings } from '../sidecar/storage/holdings.ts'
import { watchedAccounts, type WatchedAccount } from './accounts.ts'
import { isFirst, memoryFor } from './context.ts'
import { defineCollector } from './define.ts'

interface ValueReading extends WatchedAccount {
  readonly holdings: Holdings
}

const LABELS = ['coldkey', 'name'] as const

/** Where a coldkey had nothing, believed for ten minutes at most. */
const memoryOf = memoryFor<Shares>(50)

/** What the watched coldkeys, and the owners of the watched hotkeys, have staked. */
export const value = defineCollector({
  name: 'value',
  scope: 'chain',
  families: {
    total: gauge(
      'bittensor_coldkey_stake_tao',
      'Unrealised value: all the coldkey has staked, on any hotkey, locked or not; from spec 233 its alpha at the spot price, root at 1. Slippage and fees of selling it are not taken off.',
      LABELS,
    ),
    alpha: gauge(
      'bittensor_coldkey_stake_alpha',
      'Alpha of the subnet the coldkey has staked on the hotkey, from spec 233; on root (netuid 0) it is TAO.',
      [...LABELS, 'hotkey', 'netuid'],
    ),
  },
  async read(view, context): Promise<readonly ValueReading[]> {
    const { watch } = context
    if (!isFirst(watch)) return []
    const memory = memoryOf(context)
    const accounts = await view.shared(watchedAccounts, watch)
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
      for (const { hotkey, netuid, amount } of holdings.positions)
        say.alpha({ coldkey, name, hotkey, netuid }, amount)
    }
  },
})
