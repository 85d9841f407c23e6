import type { Address } from '../chain/address.ts'
import { ROOT_NETUID } from '../chain/subnet.ts'
import type { StateAt } from './state.ts'
import type { SubnetState } from './subnet.ts'

/**
 * The UID that the next registration on a full subnet replaces (rules by spec: subnets/registration.rs:280 at spec 425,
 * :358 at v101, and those in between). Undefined if every neuron is protected.
 */
export function nextToGo(subnet: SubnetState, state: StateAt): number | undefined {
  const { height, spec } = state.block
  if (subnet.netuid === ROOT_NETUID && spec >= 473) return nextToGoOnRoot(subnet, state)
  const scores = spec >= 365 ? subnet.emission : subnet.pruningScores
  const score = (uid: number): number => Number(scores[uid] ?? 0)
  const registered = (uid: number): number => subnet.registeredAt[uid] ?? 0
  const immune = (uid: number): boolean => height - registered(uid) < subnet.immunityPeriod
  const order = (a: number, b: number): number => {
    if (spec >= 195) return score(a) - score(b) || registered(a) - registered(b) || a - b
    return score(a) - score(b) || (immune(a) ? a - b : b - a)
  }
  const protectedUids = ownersUids(subnet, state)
  const all = subnet.keys.map((_, uid) => uid).filter((uid) => !protectedUids.has(uid))
  // Up to spec 194 the search begins below the maximum score, so a neuron with that score is found only if all have it.
  const scored = spec < 195 ? all.filter((uid) => score(uid) < 65_535) : all
  if (scored.length === 0) return all[0]
  const candidates = scored
  const replaceable = candidates.filter((uid) => !immune(uid)).sort(order)
  const fewest = spec >= 365 ? subnet.minNonImmuneUids : 0
  if (replaceable.length > fewest) return replaceable[0]
  return candidates.filter(immune).sort(order)[0]
}

/** The validator with the least stake that is not immune (get_root_neuron_to_prune, subnets/registration.rs at spec 475). */
function nextToGoOnRoot({ keys, registeredAt, immunityPeriod }: SubnetState, state: StateAt) {
  let best: { readonly uid: number; readonly stake: bigint; readonly registered: number } | undefined
  for (const [uid, hotkey] of keys.entries()) {
    const stake = state.alpha(ROOT_NETUID, hotkey)
    const registered = registeredAt[uid] ?? 0
    if (state.block.height - registered < immunityPeriod) continue
    if (best === undefined || stake < best.stake || (stake === best.stake && registered < best.registered))
      best = { uid, stake, registered }
  }
  return best?.uid
}

/** UIDs of the subnet owner, which are never replaced. */
function ownersUids(subnet: SubnetState, state: StateAt): ReadonlySet<number> {
  const { spec } = state.block
  if (spec < 233) return new Set()
  const uids = subnet.keys.map((_, uid) => uid)
  const isOwnerHotkey = (uid: number): boolean => subnet.keys[uid] === subnet.ownerHotkey
  if (spec >= 238 && spec < 320) return new Set(uids.filter(isOwnerHotkey))
  const owned = state.owned(subnet.ownerColdkey)
  const isOwned = (hotkey: Address | undefined): boolean =>
    hotkey !== undefined &&
    (spec < 475 ? owned.includes(hotkey) : state.owner(hotkey) === subnet.ownerColdkey)
  const owners = uids.filter((uid) => isOwned(subnet.keys[uid]))
  if (spec < 238) return new Set(owners)
  const registered = (uid: number): number => subnet.registeredAt[uid] ?? 0
  // The newest come first up to spec 325 (f27a8fad5).
  const sign = spec < 326 ? -1 : 1
  const others = owners
    .filter((uid) => !isOwnerHotkey(uid))
    .sort((a, b) => sign * (registered(a) - registered(b)) || a - b)
  return new Set([...uids.filter(isOwnerHotkey), ...others].slice(0, subnet.immuneOwnerUidsLimit))
}
