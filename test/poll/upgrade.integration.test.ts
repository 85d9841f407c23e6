import { describe, expect, onTestFinished, test } from 'vitest'
import { ITEMS } from '../../src/storage/layout.ts'
import { readWriter } from '../../src/storage/writer.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import type { SimulatedChain } from '../../src/demo/chain.ts'
import { allSucceed, hotkey, testExporter, type TestExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { expectedOf } from '../support/truth.ts'
import { reader } from '../support/views.ts'
import { LAYOUT_SPECS } from '../support/specs.ts'
import { failuresOf } from './log.ts'
import { seriesOf, valueOf } from '../support/parse-exposition.ts'

const WATCHED = { hotkey: inventedAddress('watched'), coldkey: inventedAddress('its coldkey') }

/** Every value that plain arithmetic on the simulation gives at a height is published, and the neuron table has no other. */
function expectTrue(metrics: string, chain: SimulatedChain, height: number): void {
  const published = seriesOf(metrics)
  const expected = expectedOf(chain.truth(height), 9)
  expect(expected.size).toBeGreaterThan(300)
  for (const [series, value] of expected) expect([series, published.get(series)]).toEqual([series, value])
  const invented = [...published.keys()].filter(
    (series) =>
      /^bittensor_neuron_/.test(series) &&
      /_(rank|trust|stake|emission)_/.test(series) &&
      !expected.has(series),
  )
  expect(invented).toEqual([])
}

/** Makes one block final, and returns what is published at it once every collector has succeeded. */
async function atNextBlock(chain: SimulatedChain, exporter: TestExporter): Promise<string> {
  chain.advance()
  const height = chain.finalizedHeight
  return exporter.until(
    (text) => valueOf(text, 'bittensor_chain_block_height') === height && allSucceed(text),
  )
}

const pairs = LAYOUT_SPECS.slice(1).map((spec, index) => [LAYOUT_SPECS[index] ?? 0, spec] as const)

describe('an exporter that reads every block of a runtime upgrade', () => {
  test.each(pairs)('from spec %d to %d publishes what is true at each of them', async (from, to) => {
    const { chain, urls } = await simulate({
      spec: from,
      still: false,
      finalityLag: 0,
      neurons: 10,
      placed: [{ ...WATCHED, netuids: [1, 3], stake: 5 }],
    })
    const exporter = await testExporter({ urls, subnets: 'all', keys: [hotkey('validator', WATCHED.hotkey)] })
    await exporter.until(allSucceed)
    expectTrue(await atNextBlock(chain, exporter), chain, chain.height)

    chain.setSpec(to)
    const atUpgrade = await atNextBlock(chain, exporter)
    expect([chain.specAt(chain.height), chain.writerAt(chain.height)]).toEqual([to, from])
    expectTrue(atUpgrade, chain, chain.height)
    expect(valueOf(atUpgrade, 'bittensor_chain_state_spec_version')).toBe(from)

    for (let after = 1; after <= 3; after++) {
      const metrics = await atNextBlock(chain, exporter)
      expectTrue(metrics, chain, chain.height)
      expect(valueOf(metrics, 'bittensor_chain_state_spec_version')).toBe(to)
    }
    expect(failuresOf(exporter)).toEqual([])
  })
})

test('the metadata of a runtime is read once per runtime', async () => {
  const { chain, sidecars, urls } = await simulate({ spec: 381, finalityLag: 0 })
  const exporter = await testExporter({ urls, subnets: [3] })
  await exporter.until(allSucceed)
  const metadata = () => sidecars[0]?.requests.get('/runtime/metadata')
  for (let block = 0; block < 3; block++) await atNextBlock(chain, exporter)
  expect(metadata()).toBe(1)
  chain.setSpec(424)
  for (let block = 0; block < 4; block++) await atNextBlock(chain, exporter)
  expect(metadata()).toBe(2)
})

describe('the runtime that wrote the state of a block', () => {
  const BLOCK = { height: 7, hash: `0x${'07'.repeat(32)}` }
  const PARENT = `0x${'06'.repeat(32)}`

  /** A client of which only what readWriter asks for is there. */
  const clientWhere = (noted: unknown) =>
    ({
      node: 'a',
      scrub: (text: string) => text,
      storage: (item: unknown) => {
        expect(item).toBe(ITEMS.lastRuntimeUpgrade)
        return noted instanceof Error ? Promise.reject(noted) : Promise.resolve(noted)
      },
      parentHash: () => Promise.resolve(PARENT),
      runtimeAt: (hash: string) =>
        Promise.resolve({ specName: 'node-subtensor', specVersion: hash === PARENT ? 423 : 424 }),
    }) as unknown as Parameters<typeof readWriter>[0]
  const writer = async (noted: unknown) =>
    (await readWriter(clientWhere(noted), BLOCK, new AbortController().signal)).specVersion

  test('is the one that noted itself there', async () => {
    expect(await writer({ specVersion: '381', specName: 'node-subtensor' })).toBe(381)
  })

  test.each([
    ['none is noted', null],
    ['the note is no version', { specVersion: 'new', specName: 'node-subtensor' }],
    ['the note has no name', { specVersion: '381' }],
  ])('is the one in the state of its parent where %s', async (_, noted) => {
    expect(await writer(noted)).toBe(423)
  })

  test('is not guessed when the node does not answer', async () => {
    await expect(writer(new Error('no answer'))).rejects.toThrow('no answer')
  })
})

describe('a Sidecar that decodes a block by another runtime than the one that wrote it', () => {
  const REFUSED = 'bittensor_exporter_refused_views_total{node="node-a",reason="wrong_runtime"}'

  test('is not read, and is read again once it decodes right', async () => {
    const { chain, sidecars, urls } = await simulate({ spec: 381, finalityLag: 0 })
    const [sidecar] = sidecars
    if (sidecar === undefined) throw new Error('there is no Sidecar')
    const exporter = await testExporter({ urls, subnets: 'all' })
    await exporter.until(allSucceed)
    const before = await exporter.metrics()

    // The layout of 424 has another price: what it reads of this state would be false.
    sidecar.node.decodesBy = 424
    chain.advance()
    const refused = await exporter.until((text) => (valueOf(text, REFUSED) ?? 0) > 0)
    const price = 'bittensor_subnet_alpha_price_tao{netuid="3"}'
    expect(valueOf(refused, 'bittensor_chain_block_height')).toBe(chain.height - 1)
    expect(valueOf(refused, price)).toBe(valueOf(before, price))
    expect(failuresOf(exporter)[0]).toMatch(
      /decodes block \d+ with the runtime of spec 424, but spec 381 wrote it/,
    )

    sidecar.node.decodesBy = undefined
    expectTrue(await atNextBlock(chain, exporter), chain, chain.height)
  })

  test('in the middle of a poll makes that poll void', async () => {
    const { chain, sidecars, urls } = await simulate({ spec: 381, finalityLag: 0 })
    const [sidecar] = sidecars
    if (sidecar === undefined) throw new Error('there is no Sidecar')
    const exporter = await testExporter({ urls, subnets: 'all' })
    await exporter.until(allSucceed)
    const height = chain.height
    // It decodes right when the poll begins, and hears of the upgrade while the collectors read: one answer takes its time.
    const reads = () => sidecar.requests.get('/pallets/:pallet/storage/:item') ?? 0
    const undo = sidecar.fault(/\/storage\/TotalIssuance/, { delayMs: 300 })
    const before = reads()
    let flipped = false
    const flip = setInterval(() => {
      if (reads() < before + 20 || flipped) return
      flipped = true
      sidecar.node.decodesBy = 424
    }, 1)
    try {
      chain.advance()
      const refused = await exporter.until((text) => (valueOf(text, REFUSED) ?? 0) > 0)
      expect(flipped).toBe(true)
      expect(valueOf(refused, 'bittensor_chain_block_height')).toBe(height)
    } finally {
      clearInterval(flip)
      undo()
    }
    sidecar.node.decodesBy = undefined
    expectTrue(await atNextBlock(chain, exporter), chain, chain.height)
  })

  test('does not give its block either, from which operations would be counted', async () => {
    const { chain, sidecars, view, close } = await reader({ spec: 381, neurons: 6, finalityLag: 0 })
    onTestFinished(close)
    chain.advance(2)
    const opened = await view()
    const [sidecar] = sidecars
    if (sidecar === undefined) throw new Error('there is no Sidecar')
    sidecar.node.decodesBy = 424
    const { height } = opened.block
    await expect(opened.body(height)).rejects.toMatchObject({ reason: 'wrong_runtime' })
    // An older block is decoded by the runtime of its parent again.
    await expect(opened.body(height - 1)).resolves.toMatchObject({ height: height - 1 })
  })
})
