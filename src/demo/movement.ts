import { ROOT_NETUID } from '../chain/subnet.ts'
import type { Address } from '../chain/address.ts'
import type { Draft } from './draft.ts'
import { inventedAddress } from './names.ts'
import type { Random } from './random.ts'
import { register } from './register.ts'
import { withElement, type SubnetState } from './subnet.ts'

/** The fee of a simulated extrinsic, in rao. */
const FEE = 124_000n

/** Maximum number of deregistered hotkeys that may register again. At this number no new ones are invented, which bounds memory. */
const WAITING = 512

/** State of the simulated activity that is not part of the chain's state. */
export interface Traffic {
  readonly seed: number
  /** Accounts that sign an extrinsic every few blocks. */
  readonly busy: readonly Address[]
  /** Deregistered hotkeys that may register again. */
  readonly waiting: Address[]
  invented: number
}

/** Simulates the activity on a subnet in one block: trades, weights, registrations, stake. */
export function moveSubnet(draft: Draft, netuid: number, random: Random, traffic: Traffic): void {
  trade(draft, draft.subnet(netuid), random)
  setSomeWeights(draft, draft.subnet(netuid), random)
  if (netuid !== ROOT_NETUID && random.chance(1 / 50)) registerSomebody(draft, netuid, random, traffic)
  const hotkey = random.chance(0.2) ? random.pick(draft.subnet(netuid).keys) : undefined
  if (hotkey !== undefined) addStake(draft, netuid, hotkey, random.amount(3))
}

/** Simulates the activity of accounts in one block: they sign extrinsics, make payments and receive payments. */
export function moveAccounts(draft: Draft, random: Random, traffic: Traffic): void {
  for (const address of traffic.busy) if (random.chance(1 / 6)) sign(draft, address)
  const subnet = random.pick(draft.subnets())
  const hotkey = subnet === undefined ? undefined : random.pick(subnet.keys)
  const coldkey = hotkey === undefined ? undefined : draft.owner(hotkey)
  if (coldkey === undefined) return
  const paid = random.amount(0.5)
  if (random.chance(0.5) && draft.account(coldkey).free > paid + FEE) sign(draft, coldkey, paid + FEE)
  else draft.patchAccount(coldkey, { free: draft.account(coldkey).free + paid })
}

/** Signs one extrinsic: increments the nonce and deducts the cost in rao (the fee by default). */
export function sign(draft: Draft, address: Address, cost = FEE): void {
  const { nonce, free } = draft.account(address)
  draft.patchAccount(address, { nonce: nonce + 1, free: free > cost ? free - cost : 0n })
}

/** Adds stake to a hotkey. */
function addStake(draft: Draft, netuid: number, hotkey: Address, units: bigint): void {
  draft.setAlpha(netuid, hotkey, draft.alpha(netuid, hotkey) + units)
  draft.setStake(hotkey, draft.stake(hotkey) + units)
  draft.emitStake('StakeAdded', netuid, hotkey, units)
}

/** Sets weights of a neuron on one mechanism: its last update becomes this block. */
export function setWeights(draft: Draft, netuid: number, uid: number, mechanism = 0): void {
  const { lastUpdate } = draft.subnet(netuid)
  const heights = lastUpdate[mechanism]
  if (heights?.[uid] === undefined)
    throw new RangeError(`subnet ${netuid} has no UID ${uid} on mechanism ${mechanism}`)
  const updated = withElement(heights, uid, draft.block.height)
  draft.patchSubnet(netuid, { lastUpdate: withElement(lastUpdate, mechanism, updated) })
}

function trade(draft: Draft, subnet: SubnetState, random: Random): void {
  if (subnet.mechanismKind === 0) return
  // TAO for alpha or the reverse, up to 0.05 % of the reserve, at a constant product.
  const tao = scaled(subnet.tao, random.between(0.9995, 1.0005))
  const alphaIn = (subnet.tao * subnet.alphaIn) / tao
  const spot = Math.min(1, Number(tao) / Number(alphaIn)) * 2 ** 32
  const moving = Number(subnet.movingPrice)
  draft.patchSubnet(subnet.netuid, {
    tao,
    alphaIn,
    alphaOut: between(LEAST_OUT, subnet.alphaOut + 1_000_000_000n + (subnet.alphaIn - alphaIn), MOST_OUT),
    movingPrice: BigInt(Math.floor(moving + (spot - moving) * 0.001)),
    // Registrations, about one in fifty blocks, increase it by a quarter.
    burn: between(MIN_BURN, (subnet.burn * 995n) / 1_000n, MAX_BURN),
    registrationsThisBlock: 0,
  })
}

/** Rao. */
const [MIN_BURN, MAX_BURN] = [500_000n, 100_000_000_000n]

/** Bounds of the alpha outside the pool of a subnet: a minimum for trades, and the maximum issuance of 21 million. */
const [LEAST_OUT, MOST_OUT] = [1_000_000_000_000n, 21_000_000_000_000_000n]

function between(least: bigint, value: bigint, most: bigint): bigint {
  if (value < least) return least
  return value > most ? most : value
}

const scaled = (amount: bigint, factor: number): bigint =>
  (amount * BigInt(Math.round(factor * 1_000_000))) / 1_000_000n

/** Validators set weights about every hundred blocks. */
function setSomeWeights(draft: Draft, subnet: SubnetState, random: Random): void {
  const validators = subnet.validatorPermit.flatMap((permit, uid) => (permit ? [uid] : []))
  for (let calls = validators.length / 100; random.chance(calls); calls--) {
    const uid = random.pick(validators)
    if (uid !== undefined) setWeights(draft, subnet.netuid, uid, random.below(subnet.mechanisms))
  }
}

function registerSomebody(draft: Draft, netuid: number, random: Random, traffic: Traffic): void {
  const { keys } = draft.subnet(netuid)
  const back = traffic.waiting.length > 0 && (traffic.waiting.length >= WAITING || random.chance(0.5))
  const hotkey = back
    ? traffic.waiting.splice(random.below(traffic.waiting.length), 1)[0]
    : inventedAddress(`${traffic.seed}/newcomer-${traffic.invented++}`)
  const neighbour = random.pick(keys)
  if (hotkey === undefined || neighbour === undefined || keys.includes(hotkey)) return
  const coldkey = draft.owner(hotkey) ?? draft.owner(neighbour) ?? hotkey
  const gone = register(draft, netuid, { hotkey, coldkey })
  if (gone !== undefined && !draft.subnets().some((subnet) => subnet.keys.includes(gone))) {
    traffic.waiting.push(gone)
    for (const { netuid: other } of draft.subnets()) draft.setAlpha(other, gone, 0n)
    draft.emitStake('StakeRemoved', netuid, gone, draft.stake(gone))
    draft.setStake(gone, 0n)
  }
}
