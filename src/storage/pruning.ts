import type { Address } from '../chain/address.ts'
import {
  pruneOrder,
  pruningRuleOf,
  ROOT_PRUNING_SPEC,
  rootPruneOrder,
  sparedUids,
  type OwnerNeurons,
  type PruningCandidate,
  type PruningRule,
} from '../chain/pruning.ts'
import { ROOT_NETUID } from '../chain/subnet.ts'
import { address, count, optional, unsigned } from '../upstream/decode.ts'
import { ifUnderstood, lookupAt, type View } from './view.ts'
import { ITEMS } from './layout.ts'
import { readOwner } from './hotkey.ts'
import { list, perNeuron } from './list.ts'
import type { TtlCache } from './ttl-cache.ts'
import { readImmunityPeriod, readSize } from './subnet.ts'

/** Deregistration order and registration rate of one subnet. */
export interface SubnetPruning {
  readonly netuid: number
  /** UIDs, the next to be replaced first. Undefined if the subnet has free UIDs, without scores, and on root up to spec 472. */
  readonly order: readonly number[] | undefined
  /** Heights, by UID. */
  readonly registeredAt: readonly number[] | undefined
  /** Blocks. */
  readonly immunityPeriod: number | undefined
  readonly intervals: RegistrationIntervals | undefined
}

/** Caches of values that change rarely, by `netuid/uid`. */
export interface PruningCache {
  /** Heights of registration. */
  readonly heights: TtlCache<number>
  /** Coldkeys; undefined for a hotkey without an owner. */
  readonly owners: TtlCache<Address | undefined>
}

/** How registrations are counted and limited. Only up to spec 396, because later only the price limits them, and on root. */
export interface RegistrationIntervals {
  readonly registrations: number
  /** Registrations per interval that the price targets; a subnet rejects more than three times as many. */
  readonly target: number
  readonly blocks: number
}

/**
 * Reads the deregistration order of an existing subnet. BlockAtRegistration takes one request per UID and changes only with a
 * registration, so it is cached, and read again if the neuron's score or last update changes. A registration that changes
 * neither (a score of 0, on specs that do not set LastUpdate) is noticed when the cache entry expires. From spec 475 the owner
 * of each UID's hotkey is cached in the same way.
 */
export async function readPruning(view: View, netuid: number, cache: PruningCache): Promise<SubnetPruning> {
  const { layout } = view
  const rule = pruningRuleOf({
    specVersion: layout.specVersion,
    hasOwnerHotkey: layout.has(ITEMS.subnetOwnerHotkey),
    hasMechanisms: layout.has(ITEMS.mechanismCountCurrent),
    hasMinNonImmune: layout.has(ITEMS.minNonImmuneUids),
  })
  const size = await view.shared(readSize, netuid)
  const [immunityPeriod, scores, lastUpdate, intervals] = await Promise.all([
    view.shared(readImmunityPeriod, netuid),
    ifUnderstood(readScores(view, netuid, size, rule)),
    ifUnderstood(view.read(ITEMS.lastUpdate, [netuid], perNeuron(size, count))),
    ifUnderstood(readIntervals(view, netuid)),
  ])
  const heights = Array.from({ length: size }, (_, uid) => {
    const version = `${scores?.[uid] ?? ''} ${lastUpdate?.[uid] ?? ''}`
    return cache.heights.getOrRead({ key: `${netuid}/${uid}`, ...lookupAt(view), version }, () =>
      view.read(ITEMS.blockAtRegistration, [netuid, uid], count),
    )
  })
  const registeredAt = await ifUnderstood(Promise.all(heights))
  const order =
    registeredAt === undefined || immunityPeriod === undefined
      ? undefined
      : await ifUnderstood(readOrder(registeredAt, immunityPeriod))
  return { netuid, registeredAt, immunityPeriod, intervals, order }

  async function readOrder(
    registered: readonly number[],
    immunity: number,
  ): Promise<readonly number[] | undefined> {
    const [limit, minNonImmune] = await Promise.all([
      view.read(ITEMS.maxAllowedUids, [netuid], count),
      view.readOptional(ITEMS.minNonImmuneUids, [netuid], count),
    ])
    if (size < limit) return undefined
    if (netuid === ROOT_NETUID) return readRootOrder(view, registered, immunity)
    if (scores === undefined) return undefined
    const heightOf = (uid: number): number => registered[uid] ?? 0
    const neurons = scores.map((score, uid) => ({
      uid,
      score,
      registeredAt: heightOf(uid),
      lastUpdate: lastUpdate?.[uid],
    }))
    const owner = await readOwnerNeurons(view, netuid, rule, neurons, cache.owners)
    return pruneOrder(rule, neurons, {
      height: view.block.height,
      immunityPeriod: immunity,
      spared: sparedUids(rule, owner, heightOf),
      minNonImmune: minNonImmune ?? 0,
    })
  }
}

function readScores(
  view: View,
  netuid: number,
  size: number,
  { score }: PruningRule,
): Promise<readonly bigint[] | undefined> {
  const item = score === 'emission' ? ITEMS.emission : ITEMS.pruningScores
  return view.readOptional(item, [netuid], perNeuron(size, unsigned))
}

/** Runtimes without PruningScores (from spec 397) no longer count the registrations per interval. */
async function readIntervals(view: View, netuid: number): Promise<RegistrationIntervals | undefined> {
  if (netuid !== ROOT_NETUID && !view.layout.has(ITEMS.pruningScores)) return undefined
  const [registrations, target, blocks] = await Promise.all([
    view.read(ITEMS.registrationsThisInterval, [netuid], count),
    view.read(ITEMS.targetRegistrationsPerInterval, [netuid], count),
    view.read(ITEMS.adjustmentInterval, [netuid], count),
  ])
  return { registrations, target, blocks }
}

async function readRootOrder(
  view: View,
  registeredAt: readonly number[],
  immunityPeriod: number,
): Promise<readonly number[] | undefined> {
  if (view.layout.specVersion < ROOT_PRUNING_SPEC) return undefined
  const validators = await Promise.all(
    registeredAt.map(async (height, uid) => {
      const hotkey = await view.read(ITEMS.keys, [ROOT_NETUID, uid], address)
      const stake = await view.read(ITEMS.totalHotkeyAlpha, [hotkey, ROOT_NETUID], unsigned)
      return { uid, stake, registeredAt: height }
    }),
  )
  return rootPruneOrder(validators, { height: view.block.height, immunityPeriod })
}

async function readOwnerNeurons(
  view: View,
  netuid: number,
  { owner, ownership }: PruningRule,
  neurons: readonly (PruningCandidate & { readonly lastUpdate: number | undefined })[],
  cache: PruningCache['owners'],
): Promise<OwnerNeurons> {
  if (owner === 'nobody') return { hotkey: undefined, coldkey: [], limit: 0 }
  const uidOf = (hotkey: Address) => view.read(ITEMS.uids, [netuid, hotkey], optional(count))
  const [hotkey, coldkey, limit] = await Promise.all([
    view.read(ITEMS.subnetOwnerHotkey, [netuid], address).then(uidOf),
    owner === 'hotkey' ? [] : readColdkeyUids(),
    view.readOptional(ITEMS.immuneOwnerUidsLimit, [netuid], count),
  ])
  return { hotkey, coldkey, limit: limit ?? 0 }

  async function readColdkeyUids(): Promise<readonly number[]> {
    const coldkey = await view.read(ITEMS.subnetOwner, [netuid], address)
    const owned = await view.read(ITEMS.ownedHotkeys, [coldkey], list(address))
    if (ownership === 'owner') return scanOwners(coldkey, owned)
    const uids = await Promise.all(owned.map(uidOf))
    return uids.filter((uid) => uid !== undefined)
  }

  /** The version includes the owned hotkeys, because a hotkey swap changes them but neither scores nor last updates. */
  async function scanOwners(coldkey: Address, owned: readonly Address[]): Promise<readonly number[]> {
    const owners = await Promise.all(
      neurons.map(({ uid, score, registeredAt, lastUpdate }) => {
        const version = [score, registeredAt, lastUpdate, coldkey, ...owned].join(' ')
        return cache.getOrRead({ key: `${netuid}/${uid}`, ...lookupAt(view), version }, async () =>
          view.shared(readOwner, await view.read(ITEMS.keys, [netuid, uid], address)),
        )
      }),
    )
    return neurons.filter((_, index) => owners[index] === coldkey).map(({ uid }) => uid)
  }
}
