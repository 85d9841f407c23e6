import type { Address } from '../chain/address.ts'
import type { Draft } from './draft.ts'
import { nextToGo } from './prune.ts'
import { uidOf, withElement, type SubnetState } from './subnet.ts'

/** A hotkey that registers, and the coldkey that owns it and pays. */
export interface Candidate {
  readonly hotkey: Address
  readonly coldkey: Address
}

/**
 * Registers a neuron: on a free UID while there is room, else on the UID that is next to go, or on the one that is
 * given. Returns the hotkey that had to leave. Throws RangeError when the hotkey is on the subnet already.
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
    // Not counted any more from spec 397.
    registrationsThisInterval: subnet.registrationsThisInterval + (draft.block.spec < 397 ? 1 : 0),
    burn: (burn * 126n) / 100n,
  })
  draft.emit('NeuronRegistered', netuid, place, hotkey)
  return subnet.keys[place]
}

const placeFor = (subnet: SubnetState, draft: Draft): number | undefined =>
  subnet.keys.length < subnet.maxAllowedUids ? subnet.keys.length : nextToGo(subnet, draft)

/** What a registration writes at its UID: nothing of the neuron that was there remains. */
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
