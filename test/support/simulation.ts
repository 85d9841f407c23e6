import { onTestFinished } from 'vitest'
import { SimulatedChain, type SimulatedChainOptions } from '../../src/demo/chain.ts'
import {
  startSimulatedSidecar,
  type SimulatedSidecar,
  type SimulatedSidecarOptions,
} from '../../src/demo/sidecar.ts'

export interface Simulation {
  readonly chain: SimulatedChain
  readonly sidecars: readonly SimulatedSidecar[]
  readonly urls: readonly string[]
}

/** A small simulated chain that stands still unless told otherwise, behind Sidecars that are closed with the test. */
export async function simulate(
  chainOptions: SimulatedChainOptions = {},
  ...sidecarOptions: readonly Omit<SimulatedSidecarOptions, 'chain'>[]
): Promise<Simulation> {
  const chain = new SimulatedChain({ neurons: 8, still: true, ...chainOptions })
  const options = sidecarOptions.length === 0 ? [{}] : sidecarOptions
  const sidecars = await Promise.all(options.map((each) => startSimulatedSidecar({ chain, ...each })))
  for (const sidecar of sidecars) onTestFinished(() => sidecar.close())
  return { chain, sidecars, urls: sidecars.map(({ url }) => url) }
}
