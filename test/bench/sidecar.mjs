// A simulated Sidecar before a simulated chain, in a process of its own.
import { SimulatedChain } from '../../dist/demo/chain.js'
import { startSimulatedSidecar } from '../../dist/demo/sidecar.js'

const { latencyMs = 0, blockMs, ...options } = JSON.parse(process.argv[2])
const chain = new SimulatedChain({ keepBlocks: 256, ...options })
const sidecar = await startSimulatedSidecar({ chain, latencyMs })
if (blockMs !== undefined) setInterval(() => chain.advance(), blockMs)
process.on('message', ({ id, what }) => {
  if (what === 'advance') chain.advance()
  const requests = [...sidecar.requests.values()].reduce((sum, count) => sum + count, 0)
  process.send({ id, answer: { requests, height: chain.finalizedHeight } })
})
process.send({ url: sidecar.url })
