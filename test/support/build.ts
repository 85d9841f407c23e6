import { COLLECTORS } from '../../src/collectors/index.ts'
import { allSucceed, testExporter, type TestConfig, type TestExporter } from './exporter.ts'
import { simulate, type SimulatedUpstreamOptions, type Simulation } from './simulation.ts'

export interface BuildOptions extends Omit<TestConfig, 'urls'> {
  /** Of the simulated chain. */
  readonly chain?: Parameters<typeof simulate>[0]
  /** One entry for each Sidecar or JSON-RPC node (`rpc: true`) of the chain; one Sidecar by default. */
  readonly sidecars?: readonly SimulatedUpstreamOptions[]
}

export interface Built extends Simulation {
  readonly exporter: TestExporter
  /** /metrics once every collector that is on has succeeded. */
  readonly metrics: string
}

/** A ready exporter over a simulated chain. Exporter and Sidecars are closed at the end of the test. */
export async function build({ chain, sidecars = [], ...config }: BuildOptions = {}): Promise<Built> {
  const simulation = await simulate(chain, ...sidecars)
  const exporter = await testExporter({ urls: simulation.urls, rpcUrls: simulation.rpcUrls, ...config })
  const nodes = simulation.urls.length + simulation.rpcUrls.length
  // Collectors of node state have a result for each node.
  const results = COLLECTORS.filter(({ name }) => config.collectors?.[name] !== false)
    .map(({ scope }) => (scope === 'node' ? nodes : 1))
    .reduce((sum, count) => sum + count, 0)
  const metrics = await exporter.until((text) => allSucceed(text, results))
  return { ...simulation, exporter, metrics }
}
