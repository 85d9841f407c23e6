import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { Scope } from '../../src/scope/scope.ts'
import type { ChainInstance, NodeInstance } from '../../src/collectors/define.ts'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { SimulatedChain } from '../../src/demo/chain.ts'
import { TableEncoder } from '../../src/metrics/table/index.ts'
import { EndpointDirectory } from '../../src/on-demand/endpoints.ts'
import { runRound, type Outcome } from '../../src/poll/round.ts'
import { type UpstreamClient } from '../../src/upstream/client.ts'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { UpstreamError } from '../../src/upstream/errors.ts'
import { ITEMS } from '../../src/storage/layout.ts'
import { openView } from '../../src/storage/view.ts'
import { bounded, expectNoPollution, expectOneLine, mutation } from './hostile.ts'
import { damagedSidecar, type Damage } from './sidecar.ts'
import { SAMPLE_SPECS } from '../support/specs.ts'

afterEach(expectNoPollution)

const ROUTES = [
  '/runtime/spec',
  '/node/version',
  '/node/network',
  '/node/transaction-pool',
  '/blocks/head/header',
  'noFees',
  'onlyIds',
]
const items = Object.values(ITEMS).map(({ item }) => `/${item}?`)

const damage: fc.Arbitrary<Damage> = fc.record({
  place: fc.constantFrom(...items, ...items, ...ROUTES, ...ROUTES),
  whole: fc.boolean(),
  mutation,
})
const spec = fc.constantFrom(...SAMPLE_SPECS)

const ignore = () => undefined
const LOG = { debug: ignore, info: ignore, warn: ignore }

const smallChain = (spec: number) =>
  new SimulatedChain({ spec, subnets: spec < 133 ? [1, 3] : [0, 1, 3, 11], neurons: 4, limit: () => 4 })

/** One line that names the place: nothing of ours broke. */
function expectRefusal(error: unknown): void {
  expect(error).toBeInstanceOf(UpstreamError)
  expectOneLine((error as Error).message)
  expect((error as Error).message).toMatch(/^a: GET \/.+: ./)
}

const SAMPLE = /^bittensor_[a-z_]+(\{([a-z0-9_]+="([^"\\\n]|\\[\\"n])*",?)+\})? -?[0-9.]+(e[+-]\d+)?$/

function expectSound(outcomes: readonly Outcome[]): void {
  for (const { result, warnings } of outcomes) {
    warnings.forEach(expectOneLine)
    if ('error' in result) expectRefusal(result.error)
    else
      for (const { chunks } of result.contents.values())
        for (const { bytes } of chunks)
          for (const line of bytes.toString().trimEnd().split('\n')) expect(line).toMatch(SAMPLE)
  }
}

const watchOf = (chain: SimulatedChain): Scope => {
  const { neurons } = chain.truth().subnets.get(1)!
  const key = (uid: number, of: 'hotkey' | 'coldkey') => {
    const expected = of === 'hotkey' ? { netuids: [1], active: true, maxUpdatedBlocks: 360 } : {}
    return { name: `${of}-${uid}`, address: neurons[uid]![of], expect: expected }
  }
  return {
    hotkeys: [key(0, 'hotkey'), key(3, 'hotkey')],
    coldkeys: [key(0, 'coldkey')],
    subnets: [1],
    maxSeries: 1000,
  }
}

/** Two polls of everything, the second reading on from the first where it can. */
async function poll(chain: SimulatedChain, client: UpstreamClient): Promise<readonly Outcome[]> {
  const table = new TableEncoder()
  const collectors = COLLECTORS.map((each) => each.create({ log: LOG, table }))
  const nodes = collectors.filter((each): each is NodeInstance => each.scope === 'node')
  const chains = collectors.filter((each): each is ChainInstance => each.scope === 'chain')
  const scope = watchOf(chain)
  const outcomes: Outcome[] = []
  for (let round = 0; round < 2; round++) {
    const abort = new AbortController()
    const common = { scope, node: 'a', signal: abort.signal }
    outcomes.push(...(await runRound(nodes, client, { ...common, decimals: undefined })))
    try {
      const head = await client.finalizedHead(abort.signal)
      const view = await openView(client, head, new Map(), abort)
      const options = { ...common, decimals: head.runtime.token?.decimals }
      const settled = await runRound(chains, view, options)
      outcomes.push(...settled)
      for (const [index, { result }] of settled.entries())
        if ('data' in result) chains[index]?.published?.(result.data)
    } catch (error) {
      expectRefusal(error)
    }
    chain.advance(2)
  }
  return outcomes
}

test('the undamaged chain is read whole', async () => {
  for (const spec of SAMPLE_SPECS) {
    const chain = smallChain(spec)
    const outcomes = await poll(chain, sidecarClient(damagedSidecar(chain, [])))
    expect(outcomes).toHaveLength(26)
    for (const { result } of outcomes) expect(result).toHaveProperty('contents')
    expectSound(outcomes)
  }
})

test('whatever Sidecar answers, a collector publishes sound samples or fails with a line that names the place', async () => {
  await fc.assert(
    fc.asyncProperty(spec, fc.array(damage, { minLength: 1, maxLength: 3 }), async (spec, damages) => {
      const chain = smallChain(spec)
      expectSound(await poll(chain, sidecarClient(damagedSidecar(chain, damages))))
    }),
    bounded(60),
  )
}, 120_000)

test.each(['/SubnetworkN?', '/MechanismCountCurrent?'])(
  'as many neurons or mechanisms as no memory holds are refused, not believed: %s',
  async (place) => {
    for (const text of ['the largest array', 'the largest integer', 'beyond 16 bits']) {
      const chain = smallChain(475)
      const damages: Damage[] = [{ place, whole: false, mutation: { path: [], change: 'replace', text } }]
      const outcomes = await poll(chain, sidecarClient(damagedSidecar(chain, damages)))
      expectSound(outcomes)
      const refused = outcomes
        .filter(({ result }) => 'error' in result)
        .map(({ collector }) => collector.name)
      expect(new Set(refused)).toContain('neurons')
    }
  },
)

test('and endpoints are read, or refused with one line', async () => {
  const places = [
    '/NetworksAdded?',
    '/SubnetworkN?',
    '/Keys?',
    '/Prometheus?',
    '/Owner?',
    '/runtime/spec',
    'onlyIds',
  ]
  const one: fc.Arbitrary<Damage> = fc.record({
    place: fc.constantFrom(...places),
    whole: fc.boolean(),
    mutation,
  })
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 2 }), async (damages) => {
      const chain = smallChain(475)
      for (const { hotkey } of chain.truth().subnets.get(1)!.neurons)
        chain.setEndpoint(1, hotkey, { block: 1, version: 1, ip: 134_744_072n, port: 9100, ipType: 4 })
      chain.advance(1 + chain.finalityLag)
      const client = sidecarClient(damagedSidecar(chain, damages))
      const { signal } = new AbortController()
      const plan = { sources: () => [client], signal }
      const answer = await new EndpointDirectory({ onDemand: () => plan, log: LOG }).ask(1)
      if ('unavailable' in answer) expectOneLine(answer.unavailable)
    }),
    bounded(100),
  )
})
