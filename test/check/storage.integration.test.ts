import { expect, test } from 'vitest'
import { inventedAddress } from '../../src/demo/names.ts'
import { useProgram } from '../support/program.ts'
import { simulate } from '../support/simulation.ts'

const start = useProgram()

const HOT = inventedAddress('storage/hotkey')
const COLD = inventedAddress('storage/coldkey')

const simulated = (
  ...upstreams: Parameters<typeof simulate> extends [unknown?, ...infer Rest] ? Rest : never
) =>
  simulate(
    { subnets: [0, 1, 3], placed: [{ hotkey: HOT, coldkey: COLD, netuids: [1, 3], stake: 100 }] },
    ...upstreams,
  )

async function storage(environment: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const run = start(['storage', ...args], environment)
  const code = await run.ended
  const text = run.stdout()
  return { code, read: text === '' ? undefined : (JSON.parse(text) as unknown), errors: run.stderr() }
}

test.each([
  ['NODE_URL', true],
  ['SIDECAR_URL', false],
])('reads values as the chain has them, with %s', async (variable, rpc) => {
  const { chain, urls } = await simulated({ rpc })
  const environment = { [variable]: `a=${urls[0]}` }
  const read = { node: 'a', block: chain.finalizedHeight }
  const owner = await storage(environment, 'SubtensorModule.Owner', HOT)
  expect(owner).toEqual({ code: 0, read: { ...read, value: COLD }, errors: '' })
  // Placed neurons are the first of their subnets.
  const uids = await storage(environment, 'SubtensorModule.Uids', '3', HOT)
  expect(uids).toMatchObject({ code: 0, read: { ...read, value: '0' } })
  const none = await storage(environment, 'SubtensorModule.Uids', '3', COLD)
  expect(none).toMatchObject({ code: 0, read: { ...read, value: null } })
})

test('the next node is asked if one cannot tell', async () => {
  const { sidecars, urls } = await simulated({}, {})
  sidecars[0]!.fault('Owner', { body: 'no JSON' })
  const { code, read } = await storage(
    { SIDECAR_URL: `a=${urls[0]},b=${urls[1]}` },
    'SubtensorModule.Owner',
    HOT,
  )
  expect([code, read]).toEqual([0, expect.objectContaining({ node: 'b', value: COLD })])
})

test('if none can tell, each node has its reason, and the exit code is 1', async () => {
  const { rpcUrls } = await simulated({ rpc: true })
  const environment = { NODE_URL: `a=http://127.0.0.1:1,b=${rpcUrls[0]}` }
  const { code, read, errors } = await storage(environment, 'SubtensorModule.Onwer', HOT)
  expect([code, read]).toEqual([1, undefined])
  expect(errors.split('\n')).toEqual([
    expect.stringMatching(/^a: .*connection refused/),
    expect.stringMatching(/^b: .*the runtime of spec 475 has no storage item SubtensorModule\.Onwer/),
    '',
  ])
  const wrong = await storage({ NODE_URL: `b=${rpcUrls[0]}` }, 'SubtensorModule.Owner', '5Gx')
  expect(wrong).toMatchObject({
    code: 1,
    errors: expect.stringMatching(/expected an SS58 address/) as string,
  })
})
