import type { SimulatedChain } from '../../src/demo/chain.ts'

/** An IPv4 address as the integer the chain keeps. */
export const ipv4 = (address: string): bigint =>
  address.split('.').reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)

/** Has a neuron of a simulated chain publish an endpoint; it is final, and can be read, when this returns. */
export function publish(
  chain: SimulatedChain,
  netuid: number,
  uid: number,
  endpoint: { readonly ip: bigint; readonly port: number; readonly ipType?: number },
): { readonly hotkey: string; readonly coldkey: string } {
  const { hotkey, coldkey } = chain.truth().subnets.get(netuid)!.neurons[uid]!
  chain.setEndpoint(netuid, hotkey, { block: 158_000 + uid, version: 7, ipType: 4, ...endpoint })
  chain.advance(1 + chain.finalityLag)
  return { hotkey, coldkey }
}
