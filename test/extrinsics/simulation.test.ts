import { expect, test } from 'vitest'
import { SimulatedChain } from '../../src/demo/chain.ts'
import { trafficOf } from '../../src/demo/extrinsics.ts'
import { balanceEffects, type Balance } from '../../src/chain/balance-effect.ts'
import { keyActivity } from '../../src/chain/key-activity.ts'
import { startSimulatedSidecar } from '../../src/demo/sidecar.ts'
import { decoded, recordedAnswers } from './blocks.ts'

/** Names of fields and types of values, of one extrinsic; what depends on the call and what it did is left out. */
function shape(value: unknown, field = ''): unknown {
  if (['args', 'data', 'era'].includes(field)) return typeof value
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])]
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.entries(value).map(([name, inner]) => [name, shape(inner, name)])
}

test('a simulated extrinsic is told as the real Sidecar tells one', async () => {
  const [answer] = await recordedAnswers('381')
  const real = (answer as { readonly extrinsics: readonly unknown[] }).extrinsics[1]
  const chain = new SimulatedChain({ neurons: 8 })
  chain.advance(10)
  const simulated = Array.from({ length: 10 }, (_, back) => trafficOf(chain, chain.height - back)).flatMap(
    ({ extrinsics }) => extrinsics,
  )
  expect(simulated.length).toBeGreaterThan(5)
  expect(shape(real)).not.toEqual([])
  for (const extrinsic of simulated) expect(shape(extrinsic)).toEqual(shape(real))
})

test('every balance of a lively simulation is explained by its blocks', async () => {
  const chain = new SimulatedChain({ neurons: 16, keepBlocks: 300 })
  const sidecar = await startSimulatedSidecar({ chain })
  try {
    const start = chain.height
    const coldkeys =
      chain
        .truth(start)
        .subnets.get(1)
        ?.neurons.map(({ coldkey }) => coldkey) ?? []
    const hotkeys =
      chain
        .truth(start)
        .subnets.get(1)
        ?.neurons.map(({ hotkey }) => hotkey) ?? []
    const accounts = [...new Set([...coldkeys, ...hotkeys])]
    const expected = new Map<string, Balance>(accounts.map((of) => [of, chain.truth(start).account(of)]))
    chain.advance(200)
    let operations = 0
    for (let height = start + 1; height <= chain.height - chain.finalityLag; height++) {
      const body = decoded(await (await fetch(`${sidecar.url}/blocks/${height}?noFees=true`)).json())
      operations += keyActivity(body, new Set(accounts)).operations.length
      const events = [
        ...body.eventsBefore,
        ...body.extrinsics.flatMap(({ events }) => events),
        ...body.eventsAfter,
      ]
      for (const { account, apply } of balanceEffects(events)) {
        const balance = expected.get(account)
        if (balance !== undefined) expected.set(account, apply(balance))
      }
    }
    expect(operations).toBeGreaterThan(0)
    const total = ({ free, reserved }: Balance) => free + reserved
    for (const of of accounts)
      expect([of, total(expected.get(of)!)]).toEqual([of, total(chain.truth().account(of))])
  } finally {
    await sidecar.close()
  }
})
