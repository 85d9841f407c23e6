import { expect, onTestFinished, test } from 'vitest'
import { SimulatedChain } from '../../../src/demo/chain.ts'
import { startSimulatedSidecar } from '../../../src/demo/sidecar.ts'
import { sidecarClient } from '../../../src/upstream/sidecar/client.ts'
import { openView } from '../../../src/storage/view.ts'
import { client, failureOf } from './server.ts'

const started = async (seed: number) => {
  const chain = new SimulatedChain({ seed, neurons: 4, subnets: [1], finalityLag: 2 })
  const sidecar = await startSimulatedSidecar({ chain })
  onTestFinished(() => sidecar.close())
  return { ...sidecar, chain }
}

const viewOf = async (url: string) => {
  const sidecar = sidecarClient(client(url))
  const head = await sidecar.finalizedHead(new AbortController().signal)
  return openView(sidecar, head, new Map(), new AbortController())
}

test('a block that was asked for by its height is that of the chain the view is on', async () => {
  const [here, elsewhere] = [await started(1), await started(2)]
  const chain = here.chain
  chain.advance(8)
  elsewhere.chain.advance(8)
  const view = await viewOf(here.url)
  const { height } = view.block
  for (const each of [height, height - 1, height - 5])
    expect((await view.body(each)).hash).toBe(chain.hashAt(each))
  for (const each of [height, height - 4]) {
    const path = `/blocks/${each}?noFees=true`
    const body = await (await fetch(elsewhere.url + path)).text()
    const undo = here.fault(path, { body })
    const failure = await failureOf((await viewOf(here.url)).body(each))
    expect(failure.reason).toBe('wrong_block')
    expect(failure.message).toBe(
      `a: GET /blocks/${each}: expected block ${chain.hashAt(each)}, which the state of the view contains, got ${elsewhere.chain.hashAt(each)}`,
    )
    undo()
  }
})
