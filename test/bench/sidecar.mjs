// A simulated Sidecar and a simulated node that answers JSON-RPC, before one simulated chain, in a process of their own.
import { SimulatedChain } from '../../dist/demo/chain.js'
import { startRpcNode } from '../../dist/demo/rpc/server.js'
import { startSimulatedSidecar } from '../../dist/demo/sidecar.js'

const { latencyMs = 0, blockMs, perSecond = Infinity, ...options } = JSON.parse(process.argv[2])
const chain = new SimulatedChain({ keepBlocks: 256, ...options })
// The node reads the runtime in the state of the parent: the finalized block must have one.
chain.advance()
const sidecar = await startSimulatedSidecar({ chain, latencyMs })
const node = await startRpcNode(chain, { latencyMs, limits: { perSecond } })
if (blockMs !== undefined) setInterval(() => chain.advance(), blockMs)
process.on('message', ({ id, what }) => {
  if (what === 'advance') chain.advance()
  const requests = [...sidecar.requests.values()].reduce((sum, count) => sum + count, 0)
  const { total, limited } = node.requests
  const { user, system } = process.cpuUsage()
  const cpuMs = (user + system) / 1000
  process.send({
    id,
    answer: { requests, rpcRequests: total, rpcLimited: limited, height: chain.finalizedHeight, cpuMs },
  })
})
process.send({ url: sidecar.url, rpcUrl: node.url })
