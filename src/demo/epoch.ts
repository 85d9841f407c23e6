import { ROOT_NETUID } from '../chain/subnet.ts'
import type { Draft } from './draft.ts'
import type { Random } from './random.ts'
import { newestUpdate, type SubnetState } from './subnet.ts'

const U16 = 65_535

/**
 * Whether a subnet's epoch runs in this block. Up to spec 422: (block + netuid + 1) mod (tempo + 1) is 0
 * (coinbase/run_coinbase.rs:1045 at v3.4.7-422); from 423: a tempo after the last one (:1085 at spec 425).
 */
export function isEpoch(subnet: SubnetState, height: number, spec: number): boolean {
  if (subnet.tempo === 0 || subnet.stuck) return false
  return spec >= 423
    ? height >= subnet.lastEpoch + subnet.tempo
    : (height + subnet.netuid + 1) % (subnet.tempo + 1) === 0
}

/** Height of the last epoch at or before this height, by the rule of specs up to 422. */
export const lastEpochBefore = (height: number, netuid: number, tempo: number): number =>
  Math.max(0, height - ((height + netuid + 1) % (tempo + 1)))

/** Blocks without an update after which a validator is inactive (utils/misc.rs:614 at spec 425). */
const cutoffOf = (subnet: SubnetState, spec: number): number =>
  spec >= 423
    ? Math.max(1, Math.floor((subnet.activityCutoffFactorMilli * subnet.tempo) / 1000))
    : subnet.activityCutoff

/**
 * Runs one simplified epoch: the largest stakes get permits, active validators share dividends by stake, and miners share
 * incentive by that of the last epoch with a random drift. Writes plausible values for everything that the chain writes at an
 * epoch. Null consensus grants one permit and sets trust and consensus to 0.
 */
export function runEpoch(draft: Draft, netuid: number, random: Random): void {
  const subnet = draft.subnet(netuid)
  const { height, spec } = draft.block
  const cutoff = cutoffOf(subnet, spec)
  const stakes = subnet.keys.map((hotkey) =>
    Number(spec >= 233 ? draft.alpha(netuid, hotkey) : draft.stake(hotkey)),
  )
  const isNull = spec >= 474 && subnet.epochConsensus === 'Null'
  const permits = permitted(subnet, stakes, {
    most: isNull ? 1 : subnet.maxValidators,
    owner: spec >= 397 && !isNull,
  })
  const active = subnet.keys.map((_, uid) => newestUpdate(subnet, uid) + cutoff >= height)
  const votes = permits.map((permit, uid) => permit && active[uid] === true)
  const validatorTrust = votes.map((vote, uid) =>
    vote && !isNull ? drift(subnet.validatorTrust[uid] ?? 0, random, 40_000, U16) : 0,
  )
  const miners = permits.map((permit) => !permit && netuid !== ROOT_NETUID)
  const incentive = subnet.incentive.map((scores) =>
    shares(miners.map((miner, uid) => (miner ? drift(scores[uid] ?? 0, random, 1, U16) : 0))),
  )
  const scores = incentive[0] ?? []
  const dividends = shares(stakes.map((stake, uid) => (votes[uid] ? stake * (validatorTrust[uid] ?? 0) : 0)))
  const epochReward = 410_000_000 * subnet.tempo
  const emission = subnet.keys.map((_, uid) =>
    BigInt(Math.floor(((scores[uid] ?? 0) + (dividends[uid] ?? 0)) * (epochReward / U16))),
  )
  const most = Math.max(1, ...scores, ...dividends)
  draft.patchSubnet(netuid, {
    lastEpoch: height,
    registrationsThisInterval: 0,
    active,
    validatorPermit: permits,
    validatorTrust,
    incentive,
    dividends,
    emission,
    rank: scores,
    trust: scores.map((score) => (score === 0 ? 0 : 20_000 + random.below(U16 - 20_000))),
    consensus: scores.map((score) => (isNull ? 0 : Math.floor(score * random.between(0.8, 1)))),
    pruningScores: scores.map((score, uid) =>
      Math.floor((Math.max(score, dividends[uid] ?? 0) / most) * U16),
    ),
    stakeWeight: shares(stakes),
  })
  for (const [uid, hotkey] of subnet.keys.entries()) {
    const earned = votes[uid] ? (emission[uid] ?? 0n) : 0n
    if (earned === 0n) continue
    draft.setAlpha(netuid, hotkey, draft.alpha(netuid, hotkey) + earned)
    draft.setStake(hotkey, draft.stake(hotkey) + earned)
  }
}

/** UIDs with the largest stakes; from spec 397, under Yuma, also the subnet owner's hotkey. */
function permitted(
  subnet: SubnetState,
  stakes: readonly number[],
  { most, owner }: { readonly most: number; readonly owner: boolean },
): boolean[] {
  const places = stakes
    .map((_, uid) => uid)
    .filter((uid) => (stakes[uid] ?? 0) > 0)
    .sort((a, b) => (stakes[b] ?? 0) - (stakes[a] ?? 0) || a - b)
    .slice(0, most)
  const chosen = new Set(places)
  return subnet.keys.map((key, uid) => chosen.has(uid) || (owner && key === subnet.ownerHotkey))
}

/** Changes a value randomly by less than a tenth, within bounds. The first value is near the lower bound. */
function drift(before: number, random: Random, low: number, high: number): number {
  if (before === 0) return low + random.below(Math.min(400, high - low))
  return Math.round(Math.min(high, Math.max(low, before * random.between(0.92, 1.09))))
}

/** Normalizes weights to u16 with a total of 65,535, rounded down as the chain does. */
function shares(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => (total === 0 ? 0 : Math.floor((weight / total) * U16)))
}
