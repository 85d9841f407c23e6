import type { Address } from '../chain/address.ts'
import { each, gauge } from '../metrics/define.ts'
import { readPruning, type SubnetPruning } from '../storage/pruning.ts'
import { TtlCache } from '../storage/ttl-cache.ts'
import { collector } from './define.ts'
import { readWatchedPlaces, type WatchedPlace } from './lib/selection.ts'

export interface DeregistrationReading {
  readonly height: number
  readonly places: readonly WatchedPlace[]
  readonly subnets: readonly SubnetPruning[]
}

/** A watched neuron, with what decides when it is replaced. */
interface PlaceRow extends WatchedPlace {
  /** 1 is next to be replaced. */
  readonly pruneRank: number | undefined
  readonly immunityEnds: number | undefined
}

/** How many blocks (an hour) heights and owners are cached at most. */
const CACHED_BLOCKS = 300

/** A day of blocks of 12 s. */
const RECENT_BLOCKS = 7200

/** Number of current neurons that registered in the last day; undefined without their heights. */
export const recentRegistrations = ({
  registeredAt,
  height,
}: Pick<SubnetPruning, 'registeredAt'> & { readonly height: number }): number | undefined =>
  registeredAt?.filter((registered) => height - registered < RECENT_BLOCKS).length

/** Only for watched hotkeys, because ranking one reads all neurons of its subnet. */
export const deregistration = collector('deregistration', {
  description: 'How near the watched neurons are to being replaced. Reads every neuron of their subnets.',
  scope: 'chain',
  shard: 'by-subnet',
  create() {
    let caches = newCaches()
    return {
      async read(view, { scope }): Promise<DeregistrationReading> {
        const { height } = view.block
        const places = await view.shared(readWatchedPlaces, scope)
        const netuids = Array.from(new Set(places.map(({ netuid }) => netuid))).toSorted((a, b) => a - b)
        const subnets = await Promise.all(netuids.map((netuid) => readPruning(view, netuid, caches)))
        caches.heights.sweep(height)
        caches.owners.sweep(height)
        return { height, places, subnets }
      },
      discard() {
        caches = newCaches()
      },
    }
  },
  families: [
    each(
      placeRows,
      { netuid: ({ netuid }) => netuid, uid: ({ uid }) => uid, hotkey: ({ hotkey }) => hotkey },
      [
        gauge(
          'bittensor_neuron_prune_rank',
          'Deregistration order of a watched neuron (1 = next to be replaced). Absent while the subnet has room, for neurons of the subnet owner that are never replaced, and on root for immune validators and to spec 472.',
          ({ pruneRank }) => pruneRank,
        ),
        gauge(
          'bittensor_neuron_immunity_ends_block',
          'First height at which a watched neuron is no longer immune; in the past if immunity has ended.',
          ({ immunityEnds }) => immunityEnds,
        ),
      ],
    ),
    each(
      ({ subnets, height }: DeregistrationReading) => subnets.map((subnet) => ({ ...subnet, height })),
      { netuid: ({ netuid }) => netuid },
      [
        gauge(
          'bittensor_subnet_registrations_this_interval',
          'Number of registrations in the current adjustment interval, on subnets of watched neurons; to spec 396.',
          ({ intervals }) => intervals?.registrations,
        ),
        gauge(
          'bittensor_subnet_target_registrations',
          'Target number of registrations per adjustment interval; up to three times as many are allowed. To spec 396.',
          ({ intervals }) => intervals?.target,
        ),
        gauge(
          'bittensor_subnet_adjustment_interval_blocks',
          'Length of the adjustment interval in blocks; to spec 396.',
          ({ intervals }) => intervals?.blocks,
        ),
        gauge(
          'bittensor_subnet_recent_registrations',
          'Number of current neurons that registered in the last 7200 blocks (one day), on subnets of watched neurons.',
          recentRegistrations,
        ),
      ],
    ),
  ],
})

const newCaches = () => ({
  heights: new TtlCache<number>(CACHED_BLOCKS),
  owners: new TtlCache<Address | undefined>(CACHED_BLOCKS),
})

/** The watched neurons with their places in the order of deregistration. */
export function placeRows({ places, subnets }: DeregistrationReading): readonly PlaceRow[] {
  return subnets.flatMap(({ netuid, order, registeredAt, immunityPeriod }) => {
    const ranks = new Map(order?.map((uid, index) => [uid, index + 1]))
    return places
      .filter((place) => place.netuid === netuid)
      .map((place) => {
        const registered = registeredAt?.[place.uid]
        const immunityEnds =
          registered === undefined || immunityPeriod === undefined ? undefined : registered + immunityPeriod
        return { ...place, pruneRank: ranks.get(place.uid), immunityEnds }
      })
  })
}
