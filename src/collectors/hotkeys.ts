import type { Address } from '../chain/address.ts'
import type { Rao } from '../chain/money.ts'
import type { Ratio } from '../chain/ratio.ts'
import type { WatchedKey } from '../scope/scope.ts'
import { gauge } from '../metrics/define.ts'
import {
  readOwner,
  readRegistrations,
  readTake,
  readTotalStake,
  type Registration,
} from '../storage/hotkey.ts'
import type { View } from '../storage/view.ts'
import { defineCollector } from './define.ts'

interface HotkeyReading extends WatchedKey {
  readonly registrations: readonly Registration[]
  /** What only a hotkey the chain knows has. */
  readonly known:
    | { readonly coldkey: Address; readonly stake: Rao | undefined; readonly take: Ratio | undefined }
    | undefined
}

const LABELS = ['hotkey', 'name'] as const

export const hotkeys = defineCollector({
  name: 'hotkeys',
  scope: 'chain',
  families: {
    info: gauge(
      'bittensor_hotkey_info',
      'Watched hotkey and its coldkey; absent while the hotkey has no owner.',
      [...LABELS, 'coldkey'],
    ),
    registrations: gauge(
      'bittensor_hotkey_registrations',
      'Number of subnets on which the hotkey has a UID, including root.',
      LABELS,
    ),
    stake: gauge(
      'bittensor_hotkey_stake_tao',
      'Total stake on the hotkey; from spec 233 its alpha on every subnet at the spot price.',
      LABELS,
    ),
    take: gauge(
      'bittensor_hotkey_take_ratio',
      "Share of its delegators' earnings that the hotkey keeps.",
      LABELS,
    ),
  },
  read: (view, { scope, warn }) =>
    Promise.all(
      scope.hotkeys.map(async (key) => {
        const reading = await readHotkey(view, key)
        if (reading.known === undefined)
          warn(`the chain does not know the hotkey ${key.name} (${key.address}): no coldkey owns it`)
        return reading
      }),
    ),
  emit(readings, say) {
    for (const { address: hotkey, name, registrations, known } of readings) {
      say.registrations({ hotkey, name }, registrations.length)
      if (known === undefined) continue
      say.info({ hotkey, name, coldkey: known.coldkey })
      say.stake({ hotkey, name }, known.stake)
      say.take({ hotkey, name }, known.take)
    }
  },
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
