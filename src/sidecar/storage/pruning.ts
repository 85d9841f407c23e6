import type { Address } from '../../chain/address.ts'
import {
  pruneOrder,
  pruningRuleOf,
  sparedUids,
  type OwnerNeurons,
  type PruningRule,
} from '../../chain/pruning.ts'
import { ROOT_NETUID } from '../../chain/subnet.ts'
import { address, count, optional, unsigned } from '../decode.ts'
import { occasionOf, type View } from '../view.ts'
import { ITEMS } from './layout.ts'
import { readImmunityPeriod } from './subnet-settings.ts'
import { list, perNeuron } from './list.ts'
import type { Memory } from './memory.ts'
import { readSize } from './subnet.ts'

/** Who goes when, and how fast others come, on one subnet. */
export interface SubnetPruning {
  readonly netuid: number
  /** UIDs, the next to go first. Undefined while the subnet has room, on root, and where nothing is scored. */
  readonly order: readonly number[] | undefined
  /** Heights, by UID. */
  readonly registeredAt: readonly number[]
  /** Blocks. */
  readonly immunityPeriod: number
  readonly intervals: RegistrationIntervals | undefined
}

/** How registrations are counted and limited; not from spec 397, where only the price limits them, except on root. */
export interface RegistrationIntervals {
  readonly registrations: number
  /** Registrations per interval the price aims at; a subnet refuses more than three times as many. */
  readonly target: number
  readonly blocks: number
}

/**
 * Reads what decides about deregistration on a subnet that exists. BlockAtRegistration is one request per UID and changes
 * only with a registration, so it is remembered, and read again where a neuron's score or last update has changed. A
 * registration that leaves both as they were (a score of 0, on specs that do not touch LastUpdate) is seen when the
 * memory has had enough.
 */
export async function readPruning(
  view: View,
  netuid: number,
  memory: Memory<number>,
): Promise<SubnetPruning> {
  const { layout } = view
  const rule = pruningRuleOf({
    specVersion: layout.specVersion,
    hasOwnerHotkey: layout.has(ITEMS.subnetOwnerHotkey),
    hasMechanisms: layout.has(ITEMS.mechanismCountCurrent),
    hasMinNonImmune: layout.has(ITEMS.minNonImmuneUids),
  })
  const size = await view.shared(readSize, netuid)
  const [limit, immunityPeriod, minNonImmune, scores, lastUpdate, intervals] = await Promise.all([
    view.read(ITEMS.maxAllowedUids, [netuid], count),
    view.shared(readImmunityPeriod, netuid),
    view.readIfKept(ITEMS.minNonImmuneUids, [netuid], count),
    readScores(view, netuid, size, rule),
    view.read(ITEMS.lastUpdate, [netuid], perNeuron(size, count)),
    readIntervals(view, netuid),
  ])
  const registeredAt = await Promise.all(
    Array.from({ length: size }, (_, uid) => {
      const trace = `${scores?.[uid] ?? ''} ${lastUpdate?.[uid] ?? ''}`
      return memory.recall({ key: `${netuid}/${uid}`, ...occasionOf(view), trace }, () =>
        view.read(ITEMS.blockAtRegistration, [netuid, uid], count),
      )
    }),
  )
  const reading = { netuid, registeredAt, immunityPeriod, intervals }
  // On root it is the validator with the least stake that goes, and only for one with more (coinbase/root.rs).
  if (netuid === ROOT_NETUID || size < limit || scores === undefined) return { ...reading, order: undefined }
  const heightOf = (uid: number): number => registeredAt[uid] ?? 0
  const owner = await readOwnerNeurons(view, netuid, rule)
  const order = pruneOrder(
    rule,
    scores.map((score, uid) => ({ uid, score, registeredAt: heightOf(uid) })),
    {
      height: view.block.height,
      immunityPeriod,
      spared: sparedUids(rule, owner, heightOf),
      minNonImmune: minNonImmune ?? 0,
    },
  )
  return { ...reading, order }
}

function readScores(
  view: View,
  netuid: number,
  size: number,
  { score }: PruningRule,
): Promise<readonly bigint[] | undefined> {
  const item = score === 'emission' ? ITEMS.emission : ITEMS.pruningScores
  return view.readIfKept(item, [netuid], perNeuron(size, unsigned))
}

/** Runtimes that no longer have PruningScores (from spec 397) no longer count the registrations of an interval. */
async function readIntervals(view: View, netuid: number): Promise<RegistrationIntervals | undefined> {
  if (netuid !== ROOT_NETUID && !view.layout.has(ITEMS.pruningScores)) return undefined
  const [registrations, target, blocks] = await Promise.all([
    view.read(ITEMS.registrationsThisInterval, [netuid], count),
    view.read(ITEMS.targetRegistrationsPerInterval, [netuid], count),
    view.read(ITEMS.adjustmentInterval, [netuid], count),
  ])
  return { registrations, target, blocks }
}

async function readOwnerNeurons(view: View, netuid: number, { owner }: PruningRule): Promise<OwnerNeurons> {
  if (owner === 'nobody') return { hotkey: undefined, coldkey: [], limit: 0 }
  const uidOf = (hotkey: Address) => view.read(ITEMS.uids, [netuid, hotkey], optional(count))
  const [hotkey, coldkey, limit] = await Promise.all([
    view.read(ITEMS.subnetOwnerHotkey, [netuid], address).then(uidOf),
    owner === 'hotkey' ? [] : readColdkeyUids(),
    view.readIfKept(ITEMS.immuneOwnerUidsLimit, [netuid], count),
  ])
  return { hotkey, coldkey, limit: limit ?? 0 }

  async function readColdkeyUids(): Promise<readonly number[]> {
    const owned = await view.read(ITEMS.ownedHotkeys, [await readOwner()], list(address))
    const uids = await Promise.all(owned.map(uidOf))
    return uids.filter((uid) => uid !== undefined)
  }

  function readOwner(): Promise<Address> {
    return view.read(ITEMS.subnetOwner, [netuid], address)
  }
}
