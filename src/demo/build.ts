import { ROOT_NETUID } from '../chain/subnet.ts'
import type { Address } from '../chain/address.ts'
import { ARTICLE } from './article.ts'
import type { Draft } from './draft.ts'
import { lastEpochBefore, runEpoch } from './epoch.ts'
import { inventedAddress, subnetName, subnetSymbol } from './names.ts'
import type { Random } from './random.ts'
import { withElement, type SubnetState } from './subnet.ts'

/** A neuron that is registered on these subnets when the chain is created. */
export interface PlacedNeuron {
  readonly hotkey: Address
  readonly coldkey: Address
  readonly netuids: readonly number[]
  /** Whole tokens staked on each of them. */
  readonly stake: number
}

/** Parameters of a new subnet. */
export interface SubnetPlan {
  readonly netuid: number
  readonly neurons: number
  /** MaxAllowedUids, if it is at least the number of neurons. */
  readonly limit: number
  readonly seed: number
  readonly placed: readonly PlacedNeuron[]
  readonly article: boolean
}

/** Adds a subnet to a block, with neurons, accounts, stakes, and the values of a first epoch. */
export function buildSubnet(draft: Draft, plan: SubnetPlan, random: Random): void {
  const { netuid, seed } = plan
  const { height } = draft.block
  const keys = plan.placed.filter(({ netuids }) => netuids.includes(netuid)).map(({ hotkey }) => hotkey)
  for (let uid = keys.length; uid < plan.neurons; uid++) {
    // The first few are validators with the same hotkeys on every subnet.
    const name = uid < SHARED || netuid === ROOT_NETUID ? `validator-${uid}` : `hot-${netuid}-${uid}`
    keys.push(inventedAddress(`${seed}/${name}`))
  }
  const ages = keys.map(() => height - 1 - random.below(20_000))
  const isPlaced = (hotkey: Address): boolean => plan.placed.some((placed) => placed.hotkey === hotkey)
  const validates = keys.map((hotkey, uid) => isPlaced(hotkey) || uid < SHARED || random.chance(0.1))
  draft.addSubnet(emptySubnet(plan, height, keys, ages, random))
  const updates = validates.map((validator) => height - random.below(validator ? 300 : 4000))
  const { mechanisms } = draft.subnet(netuid)
  draft.patchSubnet(netuid, { lastUpdate: Array.from({ length: mechanisms }, () => updates) })
  for (const [uid, hotkey] of keys.entries()) {
    const placed = plan.placed.find((candidate) => candidate.hotkey === hotkey)
    const coldkey =
      placed?.coldkey ?? inventedAddress(`${seed}/cold-${uid < SHARED ? uid : netuid * 8 + (uid % 40)}`)
    addKeys(draft, hotkey, draft.owner(hotkey) ?? coldkey, random)
    const isValidator = validates[uid] === true
    const stake = placed === undefined ? random.amount(isValidator ? 10_000 : 2) : tokens(placed.stake)
    draft.setAlpha(netuid, hotkey, stake)
    draft.setStake(hotkey, draft.stake(hotkey) + stake)
    if (isValidator && draft.take(hotkey) === undefined && random.chance(0.5))
      draft.setTake(hotkey, random.below(11_797))
  }
  const { lastEpoch } = draft.subnet(netuid)
  runEpoch(draft, netuid, random)
  draft.patchSubnet(netuid, { lastEpoch })
  if (plan.article && netuid === ARTICLE.netuid && plan.neurons > ARTICLE.uid) placeArticle(draft)
}

/** Number of hotkeys that validate on every subnet. */
const SHARED = 6

const tokens = (whole: number): bigint => BigInt(Math.floor(whole * 1e9))

function addKeys(draft: Draft, hotkey: Address, coldkey: Address, random: Random): void {
  draft.setOwner(hotkey, coldkey)
  if (draft.account(coldkey).nonce === 0)
    draft.patchAccount(coldkey, { nonce: 1 + random.below(500), free: random.amount(300) + 1_000_000_000n })
  if (draft.account(hotkey).nonce === 0)
    draft.patchAccount(hotkey, { nonce: 1 + random.below(900), free: random.amount(1) })
}

function emptySubnet(
  { netuid, neurons, limit, seed, placed }: SubnetPlan,
  height: number,
  keys: readonly Address[],
  registeredAt: readonly number[],
  random: Random,
): SubnetState {
  const tempo = netuid === 1 ? 99 : 360
  const mechanisms = netuid === 11 || netuid % 16 === 7 ? 2 : 1
  const zeros = keys.map(() => 0)
  const alphaIn = random.amount(900_000) + 100_000_000_000_000n
  const tao = BigInt(Math.floor(Number(alphaIn) * random.between(0.003, 0.09)))
  return {
    netuid,
    name: subnetName(netuid),
    symbol: subnetSymbol(netuid),
    ownerColdkey: inventedAddress(`${seed}/owner-${netuid}`),
    ownerHotkey: keys[placed.length] ?? inventedAddress(`${seed}/owner-hotkey-${netuid}`),
    createdAt: Math.min(height, 1000 * netuid),
    maxAllowedUids: Math.max(netuid === ROOT_NETUID ? 64 : limit, neurons),
    maxValidators: netuid === ROOT_NETUID ? Math.max(64, neurons) : Math.max(2, Math.ceil(neurons * 0.12)),
    tempo,
    immunityPeriod: 4096,
    activityCutoff: 5000,
    activityCutoffFactorMilli: 13_889,
    minNonImmuneUids: 10,
    immuneOwnerUidsLimit: 1,
    burn: random.amount(2) + 500_000n,
    difficulty: 10_000_000n,
    registrationsThisBlock: 0,
    registrationsThisInterval: 0,
    targetRegistrations: 2,
    adjustmentInterval: 100,
    lastEpoch: lastEpochBefore(height, netuid, tempo),
    stuck: false,
    epochConsensus: 'Yuma',
    collateralLockShare: netuid % 2 === 1 ? 16_384 : 0,
    tao,
    alphaIn,
    alphaOut: random.amount(900_000) + 100_000_000_000_000n,
    staked: 0n,
    taoProvided: random.amount(10),
    alphaInProvided: random.amount(200),
    movingPrice: BigInt(Math.floor((Number(tao) / Number(alphaIn)) * 2 ** 32)),
    mechanismKind: netuid === ROOT_NETUID ? 0 : 1,
    swapInitialized: netuid !== ROOT_NETUID && netuid % 8 !== 5,
    balancerQuote: 500_000_000_000_000_000n + BigInt(random.below(2_000_000_000)) * 10_000_000n,
    mechanisms,
    emissionSplit: mechanisms === 2 && netuid !== 11 ? [45_000, 20_535] : null,
    keys,
    registeredAt,
    rank: zeros,
    trust: zeros,
    consensus: zeros,
    dividends: zeros,
    validatorTrust: zeros,
    pruningScores: zeros,
    stakeWeight: zeros,
    emission: keys.map(() => 0n),
    active: keys.map(() => true),
    validatorPermit: keys.map(() => false),
    incentive: Array.from({ length: mechanisms }, () => zeros),
    lastUpdate: Array.from({ length: mechanisms }, () => keys.map(() => height)),
  }
}

/** Puts the article's neuron at its UID, with the article's numbers. */
function placeArticle(draft: Draft): void {
  const { netuid, uid, hotkey, coldkey } = ARTICLE
  const subnet = draft.subnet(netuid)
  const { height } = draft.block
  const before = subnet.keys[uid]
  if (before !== undefined) {
    draft.setAlpha(netuid, before, 0n)
    draft.setStake(before, 0n)
  }
  draft.setOwner(hotkey, coldkey)
  draft.setAlpha(netuid, hotkey, ARTICLE.stake)
  draft.setStake(hotkey, ARTICLE.stake)
  draft.patchAccount(hotkey, { nonce: 444, free: 860_000n })
  draft.patchAccount(coldkey, { nonce: 12, free: 500_001_000n })
  const set = (scores: readonly number[], value: number): number[] => withElement(scores, uid, value)
  draft.patchSubnet(netuid, {
    keys: withElement(subnet.keys, uid, hotkey),
    rank: set(subnet.rank, 0),
    trust: set(subnet.trust, 0),
    consensus: set(subnet.consensus, 0),
    dividends: set(subnet.dividends, ARTICLE.dividends),
    validatorTrust: set(subnet.validatorTrust, ARTICLE.validatorTrust),
    emission: withElement(subnet.emission, uid, ARTICLE.emission),
    active: withElement(subnet.active, uid, true),
    validatorPermit: withElement(subnet.validatorPermit, uid, true),
    incentive: subnet.incentive.map((scores) => set(scores, 0)),
    lastUpdate: subnet.lastUpdate.map((heights) => set(heights, height - ARTICLE.updated)),
  })
}
