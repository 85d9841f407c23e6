import type { Address } from '../chain/address.ts'
import type { Scope } from '../scope/scope.ts'
import { gauge } from '../metrics/define.ts'
import { readRegistrations } from '../storage/hotkey.ts'
import { readPruning, type SubnetPruning } from '../storage/pruning.ts'
import type { View } from '../storage/view.ts'
import { isOurs, cacheFor } from './lib/context.ts'
import { defineCollector } from './define.ts'

/** A watched hotkey's place on a subnet. */
interface Place {
  readonly netuid: number
  readonly uid: number
  readonly hotkey: Address
}

interface DeregistrationReading {
  readonly height: number
  readonly places: readonly Place[]
  readonly subnets: readonly SubnetPruning[]
}

const NEURON = ['netuid', 'uid', 'hotkey'] as const
const SUBNET = ['netuid'] as const

/** Believed for an hour of 12 s blocks at most. */
const heightsOf = cacheFor<number>(300)
const ownersOf = cacheFor<Address | undefined>(300)

/** Only for the watched hotkeys: to rank one, all neurons of its subnet are read. */
export const deregistration = defineCollector({
  name: 'deregistration',
  scope: 'chain',
  families: {
    pruneRank: gauge(
      'bittensor_neuron_prune_rank',
      'Deregistration order of a watched neuron (1 = next to be replaced). Absent while the subnet has room, for neurons of the subnet owner that are never replaced, and on root for immune validators and to spec 472.',
      NEURON,
    ),
    immunityEnds: gauge(
      'bittensor_neuron_immunity_ends_block',
      'First height at which a watched neuron is no longer immune; in the past if immunity has ended.',
      NEURON,
    ),
    registrations: gauge(
      'bittensor_subnet_registrations_this_interval',
      'Number of registrations in the current adjustment interval, on subnets of watched neurons; to spec 396.',
      SUBNET,
    ),
    target: gauge(
      'bittensor_subnet_target_registrations',
      'Target number of registrations per adjustment interval; up to three times as many are allowed. To spec 396.',
      SUBNET,
    ),
    interval: gauge(
      'bittensor_subnet_adjustment_interval_blocks',
      'Length of the adjustment interval in blocks; to spec 396.',
      SUBNET,
    ),
    recent: gauge(
      'bittensor_subnet_recent_registrations',
      'Number of current neurons that registered in the last 7200 blocks (one day), on subnets of watched neurons.',
      SUBNET,
    ),
  },
  async read(view, context): Promise<DeregistrationReading> {
    const memory = { heights: heightsOf(context), owners: ownersOf(context) }
    const places = await watchedPlaces(view, context.scope)
    const netuids = Array.from(new Set(places.map(({ netuid }) => netuid))).toSorted((a, b) => a - b)
    const subnets = await Promise.all(netuids.map((netuid) => readPruning(view, netuid, memory)))
    memory.heights.sweep(view.block.height)
    memory.owners.sweep(view.block.height)
    return { height: view.block.height, places, subnets }
  },
  emit({ height, places, subnets }, say) {
    for (const { netuid, order, registeredAt, immunityPeriod, intervals } of subnets) {
      const ranks = new Map(order?.map((uid, index) => [uid, index + 1]))
      for (const { uid, hotkey } of places.filter((place) => place.netuid === netuid)) {
        const registered = registeredAt?.[uid]
        say.pruneRank({ netuid, uid, hotkey }, ranks.get(uid))
        say.immunityEnds(
          { netuid, uid, hotkey },
          registered === undefined || immunityPeriod === undefined ? undefined : registered + immunityPeriod,
        )
      }
      say.registrations({ netuid }, intervals?.registrations)
      say.target({ netuid }, intervals?.target)
      say.interval({ netuid }, intervals?.blocks)
      say.recent({ netuid }, registeredAt?.filter((registered) => height - registered < RECENT_BLOCKS).length)
    }
  },
})

/** A day of blocks of 12 s. */
const RECENT_BLOCKS = 7200

async function watchedPlaces(view: View, scope: Scope): Promise<readonly Place[]> {
  const places = await Promise.all(
    scope.hotkeys.map(async ({ address }) => {
      const registrations = await view.shared(readRegistrations, address)
      return registrations.map((registration) => ({ ...registration, hotkey: address }))
    }),
  )
  return places.flat().filter(({ netuid }) => isOurs(scope, netuid))
}
