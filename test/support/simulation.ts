import { onTestFinished } from 'vitest'
import { SimulatedChain, type SimulatedChainOptions } from '../../src/demo/chain.ts'
import { startRpcNode, type RpcNode, type RpcNodeOptions } from '../../src/demo/rpc/server.ts'
import {
  startSimulatedSidecar,
  type SimulatedSidecar,
  type SimulatedSidecarOptions,
} from '../../src/demo/sidecar.ts'

/** A node behind a Sidecar, or with `rpc: true` one that answers JSON-RPC. */
export type SimulatedUpstreamOptions =
  | ({ readonly rpc?: false } & Omit<SimulatedSidecarOptions, 'chain'>)
  | ({ readonly rpc: true } & RpcNodeOptions)

export interface Simulation {
  readonly chain: SimulatedChain
  readonly sidecars: readonly SimulatedSidecar[]
  readonly rpcNodes: readonly RpcNode[]
  /** Of Sidecars and nodes, in the order of the options. */
  readonly urls: readonly string[]
  /** Those of the nodes that answer JSON-RPC. */
  readonly rpcUrls: readonly string[]
}

/** A small simulated chain that stands still unless told otherwise, with one Sidecar by default. Closed with the test. */
export async function simulate(
  chainOptions: SimulatedChainOptions = {},
  ...upstreamOptions: readonly SimulatedUpstreamOptions[]
): Promise<Simulation> {
  const chain = new SimulatedChain({ neurons: 8, still: true, ...chainOptions })
  const sidecars: SimulatedSidecar[] = []
  const rpcNodes: RpcNode[] = []
  const urls: string[] = []
  for (const options of upstreamOptions.length === 0 ? [{}] : upstreamOptions) {
    const server =
      options.rpc === true
        ? await startRpcNode(chain, options)
        : await startSimulatedSidecar({ chain, ...options })
    onTestFinished(() => server.close())
    if ('calls' in server) rpcNodes.push(server)
    else sidecars.push(server)
    urls.push(server.url)
  }
  return { chain, sidecars, rpcNodes, urls, rpcUrls: rpcNodes.map(({ url }) => url) }
}
