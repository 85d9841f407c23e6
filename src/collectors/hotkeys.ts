import type { Address } from '../chain/address.ts'
import type { Rao } from '../chain/money.ts'
import type { Ratio } from '../chain/ratio.ts'
import type { WatchedKey } from '../scope/scope.ts'
import { each, gauge, info } from '../metrics/define.ts'
import {
  readOwner,
  readRegistrations,
  readTake,
  readTotalStake,
  type Registration,
} from '../storage/hotkey.ts'
import type { View } from '../storage/view.ts'
import { collector } from './define.ts'

interface HotkeyReading extends WatchedKey {
  readonly registrations: readonly Registration[]
  /** Undefined for a hotkey without an owner, which the chain does not know. */
  readonly known:
    | { readonly coldkey: Address; readonly stake: Rao | undefined; readonly take: Ratio | undefined }
    | undefined
}

export const hotkeys = collector('hotkeys', {
  description: 'Owner, stake, take and registrations of the watched hotkeys.',
  scope: 'chain',
  shard: 'first',
  create: () => ({
    read: (view, { scope, warn }) =>
      Promise.all(
        scope.hotkeys.map(async (key) => {
          const reading = await readHotkey(view, key)
          if (reading.known === undefined)
            warn(`the chain does not know the hotkey ${key.name} (${key.address}): no coldkey owns it`)
          return reading
        }),
      ),
  }),
  families: [
    each(
      (readings: readonly HotkeyReading[]) => readings,
      { hotkey: ({ address }) => address, name: ({ name }) => name },
      [
        info(
          'bittensor_hotkey_info',
          'Watched hotkey and its coldkey; absent while the hotkey has no owner.',
          {
            coldkey: ({ known }) => known?.coldkey,
          },
        ),
        gauge(
          'bittensor_hotkey_registrations',
          'Number of subnets on which the hotkey has a UID, including root.',
          ({ registrations }) => registrations.length,
        ),
        gauge(
          'bittensor_hotkey_stake_tao',
          'Total stake on the hotkey; from spec 233 its alpha on every subnet at the spot price.',
          ({ known }) => known?.stake,
        ),
        gauge(
          'bittensor_hotkey_take_ratio',
          "Share of its delegators' earnings that the hotkey keeps.",
          ({ known }) => known?.take,
        ),
        gauge(
          'bittensor_exporter_hotkey_unknown',
          '1 for each watched hotkey that the chain does not know: no coldkey owns it.',
          ({ known }) => (known === undefined ? true : undefined),
        ),
      ],
    ),
  ],
})

async function readHotkey(view: View, key: WatchedKey): Promise<HotkeyReading> {
  const [coldkey, registrations] = await Promise.all([
    view.shared(readOwner, key.address),
    view.shared(readRegistrations, key.address),
  ])
  const reading = { ...key, registrations }
  if (coldkey === undefined) return { ...reading, known: undefined }
  const [stake, take] = await Promise.all([readTotalStake(view, key.address), readTake(view, key.address)])
  return { ...reading, known: { coldkey, stake, take } }
}
