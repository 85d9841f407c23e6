import type { Address } from '../chain/address.ts'
import type { Draft } from './draft.ts'
import { nextToGo } from './prune.ts'
import { uidOf, withElement, type SubnetState } from './subnet.ts'

/** A hotkey to register, and the coldkey that owns it and pays. */
export interface Candidate {
  readonly hotkey: Address
  readonly coldkey: Address
}

/**
 * Registers a neuron on the given UID, by default on a free one, otherwise on the next one to be replaced. Returns the hotkey
 * that was replaced. Throws RangeError if the hotkey is already on the subnet.
 */
export function register(
  draft: Draft,
  netuid: number,
  { hotkey, coldkey }: Candidate,
  uid?: number,
): Address | undefined {
  const subnet = draft.subnet(netuid)
  if (uidOf(subnet, hotkey) !== undefined)
    throw new RangeError(`hotkey ${hotkey} is on subnet ${netuid} of the simulated chain already`)
  const place = uid ?? placeFor(subnet, draft)
  if (place === undefined) return undefined
  if (place > subnet.keys.length)
    throw new RangeError(
      `subnet ${netuid} of the simulated chain has no UID ${place} and none before it is free`,
    )
  draft.setOwner(hotkey, coldkey)
  const { burn } = subnet
  const { free } = draft.account(coldkey)
  if (free > burn) draft.patchAccount(coldkey, { free: free - burn })
  draft.patchSubnet(netuid, {
    ...freshNeuron(subnet, place, hotkey, draft.block.height),
    registrationsThisBlock: subnet.registrationsThisBlock + 1,
    // No longer counted from spec 397.
    registrationsThisInterval: subnet.registrationsThisInterval + (draft.block.spec < 397 ? 1 : 0),
    burn: (burn * 126n) / 100n,
  })
  draft.emit('NeuronRegistered', netuid, place, hotkey)
  return subnet.keys[place]
}

const placeFor = (subnet: SubnetState, draft: Draft): number | undefined =>
  subnet.keys.length < subnet.maxAllowedUids ? subnet.keys.length : nextToGo(subnet, draft)

/** The values that a registration writes at its UID. They replace all values of the previous neuron. */
function freshNeuron(
  subnet: SubnetState,
  uid: number,
  hotkey: Address,
  height: number,
): Partial<SubnetState> {
  const zero = (scores: readonly number[]): number[] => withElement(scores, uid, 0)
  return {
    keys: withElement(subnet.keys, uid, hotkey),
    registeredAt: withElement(subnet.registeredAt, uid, height),
    rank: zero(subnet.rank),
    trust: zero(subnet.trust),
    consensus: zero(subnet.consensus),
    dividends: zero(subnet.dividends),
    validatorTrust: zero(subnet.validatorTrust),
    pruningScores: zero(subnet.pruningScores),
    stakeWeight: zero(subnet.stakeWeight),
    emission: withElement(subnet.emission, uid, 0n),
    active: withElement(subnet.active, uid, true),
    validatorPermit: withElement(subnet.validatorPermit, uid, false),
    incentive: subnet.incentive.map(zero),
    lastUpdate: subnet.lastUpdate.map((heights) => withElement(heights, uid, height)),
  }
}
