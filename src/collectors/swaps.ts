import type { Address } from '../chain/address.ts'
import type { Scope } from '../scope/scope.ts'
import { gauge } from '../metrics/define.ts'
import type { TtlCache } from '../storage/ttl-cache.ts'
import { readNetuids } from '../storage/subnet.ts'
import { readPendingChildren, type PendingChildren } from '../storage/child-keys.ts'
import { readColdkeySwap, readIdentity, type ColdkeySwap } from '../storage/coldkey-swaps.ts'
import { ifUnderstood, lookupAt, type View } from '../storage/view.ts'
import { watchedAccounts, type WatchedAccount } from './accounts.ts'
import { isFirst, cacheFor } from './lib/context.ts'
import { defineCollector } from './define.ts'

interface ColdkeyReading extends WatchedAccount {
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

const COLDKEY = ['coldkey', 'name'] as const
const HOTKEY = ['hotkey', 'name', 'netuid'] as const

type PendingCache = TtlCache<PendingChildren | undefined>

/** That nothing was pending, believed for ten minutes at most, of a cooldown of a day. */
const cacheOf = cacheFor<PendingChildren | undefined>(50)

/** What is about to happen to watched keys, whoever started it. Nothing is said of what is not pending. */
export const swaps = defineCollector({
  name: 'swaps',
  scope: 'chain',
  families: {
    scheduled: gauge(
      'bittensor_coldkey_swap_scheduled_block',
      'Height at which the chain carries out a scheduled swap of the coldkey; specs 273 to 384.',
      COLDKEY,
    ),
    to: gauge(
      'bittensor_coldkey_swap_info',
      'New coldkey of a scheduled swap; specs 273 to 384. Later runtimes store only its hash.',
      [...COLDKEY, 'new_coldkey'],
    ),
    announced: gauge(
      'bittensor_coldkey_swap_announced_block',
      'Height from which an announced swap of the coldkey can be carried out; from spec 385.',
      COLDKEY,
    ),
    disputed: gauge(
      'bittensor_coldkey_swap_disputed_block',
      'Height at which an announced swap of the coldkey was disputed, which stops it; from spec 385.',
      COLDKEY,
    ),
    identity: gauge(
      'bittensor_coldkey_identity_info',
      'Identity name set on chain by the owner of the coldkey. It is not verified.',
      [...COLDKEY, 'identity'],
    ),
    children: gauge(
      'bittensor_hotkey_pending_children',
      'Number of pending child keys of a watched hotkey; 0 if the pending change removes all of them.',
      HOTKEY,
    ),
    childrenFrom: gauge(
      'bittensor_hotkey_pending_children_block',
      'Height from which the next epoch applies the pending child keys.',
      HOTKEY,
    ),
  },
  async read(view, context): Promise<SwapsReading> {
    const { scope } = context
    if (!isFirst(scope)) return { coldkeys: [], children: [] }
    const memory = cacheOf(context)
    const [coldkeys, children] = await Promise.all([
      readColdkeys(view, scope),
      readChildren(view, scope, memory),
    ])
    memory.sweep(view.block.height)
    return { coldkeys, children }
  },
  emit({ coldkeys, children }, say) {
    for (const { address: coldkey, name, swap, identity } of coldkeys) {
      say.scheduled({ coldkey, name }, swap.scheduledAt)
      if (swap.to !== undefined) say.to({ coldkey, name, new_coldkey: swap.to })
      say.announced({ coldkey, name }, swap.announcedFor)
      say.disputed({ coldkey, name }, swap.disputedAt)
      if (identity !== undefined) say.identity({ coldkey, name, identity })
    }
    for (const { hotkey, name, netuid, children: count, from } of children) {
      say.children({ hotkey, name, netuid }, count)
      say.childrenFrom({ hotkey, name, netuid }, from)
    }
  },
})

async function readColdkeys(view: View, scope: Scope): Promise<readonly ColdkeyReading[]> {
  const accounts = await view.shared(watchedAccounts, scope)
  return Promise.all(
    accounts
      .filter(({ role }) => role === 'coldkey')
      .map(async (coldkey) => {
        const [swap, identity] = await Promise.all([
          readColdkeySwap(view, coldkey.address),
          ifUnderstood(readIdentity(view, coldkey.address)),
        ])
        return { ...coldkey, swap, identity }
      }),
  )
}

/** Child keys can be set on any subnet, registered there or not. */
async function readChildren(
  view: View,
  { hotkeys }: Scope,
  memory: PendingCache,
): Promise<readonly ChildrenReading[]> {
  const netuids = await view.shared(readNetuids, undefined)
  const readings = await Promise.all(
    hotkeys.flatMap(({ address: hotkey, name }) =>
      netuids.map(async (netuid) => {
        const pending = await memory.getOrRead(
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
