import type { Address } from '../../src/chain/address.ts'
import { SimulatedChain, type SimulatedChainOptions } from '../../src/demo/chain.ts'
import { itemsOf } from '../../src/demo/items.ts'
import type { SubnetTruth } from '../../src/demo/truth.ts'

/** Four subnets of 24 neurons. */
export const small = (options: SimulatedChainOptions = {}) =>
  new SimulatedChain({ subnets: [0, 1, 3, 11], neurons: 24, keepBlocks: 200, ...options })

/** A storage value at a height, before it is JSON. */
export const read = (chain: SimulatedChain, height: number, name: string, ...keys: (number | Address)[]) => {
  const item = itemsOf(chain.specAt(height)).find((candidate) => candidate.name === name)!
  return item.read(chain.stateAt(height)!, ...keys)
}

/** The truth about one subnet, at the best block if no height is given. */
export const subnetOf = (chain: SimulatedChain, netuid: number, height = chain.height): SubnetTruth =>
  chain.truth(height).subnets.get(netuid)!
