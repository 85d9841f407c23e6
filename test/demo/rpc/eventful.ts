import type { Address } from '../../../src/chain/address.ts'
import { SimulatedChain } from '../../../src/demo/chain.ts'
import { inventedAddress } from '../../../src/demo/names.ts'

const STRANGER = inventedAddress('stranger')

/** A chain that has a value other than the default in every item, as far as the spec has it. */
export function eventfulChain(spec: number, options: { readonly keepBlocks?: number } = {}): SimulatedChain {
  const chain = new SimulatedChain({ spec, subnets: [0, 1, 3, 11], neurons: 12, ...options })
  const { neurons } = chain.truth().subnets.get(3)!
  const [hotkey, other] = [neurons[1]!.hotkey, neurons[2]!.hotkey]
  const { coldkey } = neurons[1]!
  const shares = new Map<Address, number>([
    [coldkey, 3],
    [STRANGER, 2],
  ])
  chain.setStake(3, hotkey, 5_000_000_000n)
  chain.setPortions(3, hotkey, shares)
  chain.setPoolEpoch(3, hotkey, 2, [coldkey])
  chain.setBasket(hotkey, { shares: 12_345n, rate: -(1n << 31n) })
  chain.setClaimed(hotkey, coldkey, -77n)
  chain.setCollateral(3, hotkey, coldkey, 99n)
  chain.setSwap(
    coldkey,
    spec < 381 ? { scheduledAt: 160_000, to: STRANGER } : { announcedFor: 160_000, disputedAt: 159_000 },
  )
  chain.setPendingChildren(3, hotkey, { children: [[2n ** 63n, other]], from: 170_000 })
  chain.setEndpoint(3, hotkey, { block: chain.height, version: 7, ip: 2n ** 100n, port: 9100, ipType: 6 })
  chain.setIdentity(coldkey, 'Älpha & Ω')
  chain.setTake(hotkey, 9_000)
  chain.setOwner(other, STRANGER)
  chain.setBalance(STRANGER, { free: 10_000_000_000n, reserved: 5n, frozen: 4n, nonce: 3 })
  chain.sign(STRANGER, 1_000_000_000n)
  chain.sign(hotkey)
  chain.setSettings(3, {
    name: 'Two words',
    symbol: 'β',
    tempo: 77,
    maxAllowedUids: 64,
    maxValidators: 9,
    immunityPeriod: 5,
    activityCutoff: 6,
    activityCutoffFactorMilli: 7,
    collateralLockShare: 8,
    epochConsensus: 'Null',
    ownerHotkey: other,
    ownerColdkey: STRANGER,
  })
  chain.registerNeuron(3, { hotkey: inventedAddress('newcomer'), coldkey: STRANGER })
  chain.addSubnet(5, 4)
  chain.setSubnet(11, { emissionSplit: [40_000, 25_535] })
  chain.advance(30)
  return chain
}
