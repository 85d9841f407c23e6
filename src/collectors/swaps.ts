import type { Address } from '../chain/address.ts'
import type { Scope } from '../scope/scope.ts'
import { each, gauge, info } from '../metrics/define.ts'
import { TtlCache } from '../storage/ttl-cache.ts'
import { readNetuids } from '../storage/subnet.ts'
import { readPendingChildren, type PendingChildren } from '../storage/child-keys.ts'
import { readColdkeySwap, readIdentity, type ColdkeySwap } from '../storage/coldkey-swaps.ts'
import { ifUnderstood, lookupAt, type View } from '../storage/view.ts'
import { collector } from './define.ts'
import { readWatchedColdkeys, type WatchedAccount } from './lib/watched-accounts.ts'

export interface ColdkeyReading extends WatchedAccount {
  readonly swap: ColdkeySwap
  readonly identity: string | undefined
}

interface ChildrenReading extends PendingChildren {
  readonly hotkey: Address
  readonly name: string
  readonly netuid: number
}

interface SwapsReading {
  readonly coldkeys: readonly ColdkeyReading[]
  readonly children: readonly ChildrenReading[]
}

type PendingCache = TtlCache<PendingChildren | undefined>

/** How many blocks (ten minutes) the absence of pending child keys is cached. Their cooldown is a day. */
const NONE_BLOCKS = 50

/** Pending changes to watched keys, whoever started them. What is not pending has no samples. */
export const swaps = collector('swaps', {
  description: 'Coldkey swaps and child keys that are pending for the watched keys, and their identities.',
  scope: 'chain',
  shard: 'first',
  create() {
    let none: PendingCache = new TtlCache(NONE_BLOCKS)
    return {
      async read(view, { scope }): Promise<SwapsReading> {
        const [coldkeys, children] = await Promise.all([
          readColdkeys(view, scope),
          readChildren(view, scope, none),
        ])
        none.sweep(view.block.height)
        return { coldkeys, children }
      },
      discard() {
        none = new TtlCache(NONE_BLOCKS)
      },
    }
  },
  families: [
    each(
      ({ coldkeys }: SwapsReading) => coldkeys,
      { coldkey: ({ address }) => address, name: ({ name }) => name },
      [
        gauge(
          'bittensor_coldkey_swap_scheduled_block',
          'Height at which the chain carries out a scheduled swap of the coldkey; specs 273 to 384.',
          ({ swap }) => swap.scheduledAt,
        ),
        info(
          'bittensor_coldkey_swap_info',
          'New coldkey of a scheduled swap; specs 273 to 384. Later runtimes store only its hash.',
          { new_coldkey: ({ swap }) => swap.to },
        ),
        gauge(
          'bittensor_coldkey_swap_announced_block',
          'Height from which an announced swap of the coldkey can be carried out; from spec 385.',
          ({ swap }) => swap.announcedFor,
        ),
        gauge(
          'bittensor_coldkey_swap_disputed_block',
          'Height at which an announced swap of the coldkey was disputed, which stops it; from spec 385.',
          ({ swap }) => swap.disputedAt,
        ),
        info(
          'bittensor_coldkey_identity_info',
          'Identity name set on chain by the owner of the coldkey. It is not verified.',
          { identity: ({ identity }) => identity },
        ),
      ],
    ),
    each(
      ({ children }: SwapsReading) => children,
      { hotkey: ({ hotkey }) => hotkey, name: ({ name }) => name, netuid: ({ netuid }) => netuid },
      [
        gauge(
          'bittensor_hotkey_pending_children',
          'Number of pending child keys of a watched hotkey; 0 if the pending change removes all of them.',
          ({ children }) => children,
        ),
        gauge(
          'bittensor_hotkey_pending_children_block',
          'Height from which the next epoch applies the pending child keys.',
          ({ from }) => from,
        ),
      ],
    ),
  ],
})

async function readColdkeys(view: View, scope: Scope): Promise<readonly ColdkeyReading[]> {
  const coldkeys = await readWatchedColdkeys(view, scope)
  return Promise.all(
    coldkeys.map(async (coldkey) => {
      const [swap, identity] = await Promise.all([
        readColdkeySwap(view, coldkey.address),
        ifUnderstood(readIdentity(view, coldkey.address)),
      ])
      return { ...coldkey, swap, identity }
    }),
  )
}

/** Child keys can be set on any subnet, whether or not the hotkey is registered there. */
async function readChildren(
  view: View,
  { hotkeys }: Scope,
  none: PendingCache,
): Promise<readonly ChildrenReading[]> {
  const netuids = await view.shared(readNetuids, undefined)
  const readings = await Promise.all(
    hotkeys.flatMap(({ address: hotkey, name }) =>
      netuids.map(async (netuid) => {
        const pending = await none.getOrRead(
          { key: `${hotkey}/${netuid}`, ...lookupAt(view), version: '' },
          () => readPendingChildren(view, hotkey, netuid),
          (value) => value === undefined,
        )
        return pending === undefined ? undefined : { hotkey, name, netuid, ...pending }
      }),
    ),
  )
  return readings.filter((reading) => reading !== undefined)
}
