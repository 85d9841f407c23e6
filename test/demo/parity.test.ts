import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAddress } from '../../src/chain/address.ts'
import { SimulatedChain } from '../../src/demo/chain.ts'
import { ITEMS } from '../../src/demo/items.ts'
import { startSimulatedSidecar, type SimulatedSidecar } from '../../src/demo/sidecar.ts'

/** One request and what a real Sidecar 18 answered, recorded by record.mjs. */
interface Recorded {
  readonly path: string
  readonly status: number
  readonly contentType: string
  readonly body: unknown
}

const folder = new URL('../fixtures/shapes/', import.meta.url)
const specs = readdirSync(folder).map((file) => Number.parseInt(file, 10))
const recorded = (spec: number) =>
  JSON.parse(readFileSync(new URL(`${spec}.json`, folder), 'utf8')) as Recorded[]

/** Facts of the runtime, the same on every chain: compared by value. Other numbers are compared as numbers. */
const EXACT = ['palletIndex', 'specVersion', 'tokenDecimals', 'ss58Format', 'code']

/** A request for what does not exist: the runtime's default must be the same value. */
const isForDefault = (path: string): boolean => /keys\[\]=(?:99|5C4hrfjw)/.test(path)

/** What of an answer must be the same on the simulation: every field in order, its type, and texts without hashes. */
function shape(value: unknown, field = '', byValue = false): unknown {
  if (typeof value === 'string') {
    if (byValue || EXACT.includes(field)) return value
    if (/^-?\d+$/.test(value)) return '<number>'
    if (isAddress(value)) return '<address>'
    if (/^0x([0-9a-f]{2})*$/.test(value)) return value.length === 66 ? '<hash>' : '<bytes>'
    return value.replace(/0x[0-9a-f]{64}/g, '<hash>').replace(/Lookup\d+/g, 'Lookup')
  }
  if (typeof value === 'boolean') return byValue ? value : '<boolean>'
  if (Array.isArray(value)) {
    if (value.length === 0) return []
    const elements = value.map((element) => shape(element, field, byValue))
    return ['each', ...new Map(elements.map((element) => [JSON.stringify(element), element])).values()]
  }
  if (value === null || typeof value !== 'object') return value
  return Object.entries(value).map(([name, element]) => [
    name,
    TEXTS.includes(name) ? typeof element : shape(element, name, byValue),
  ])
}

/**
 * Fields whose content is each chain's own: compared by type. Items are compared in a test of their own, extrinsics and
 * events in test/extrinsics.
 */
const TEXTS = ['stack', 'localPeerId', 'items', 'extrinsics', 'events']

function answerShape(body: unknown, forDefault: boolean): unknown {
  if (body === null || typeof body !== 'object') return shape(body)
  const keys = 'keys' in body && Array.isArray(body.keys) ? body.keys.length : undefined
  const fields = Object.entries(body as Record<string, unknown>).map(([name, value]) =>
    // Keys are sent back as they were asked for.
    name === 'keys' ? [name, keys] : shape({ [name]: value }, '', forDefault && name === 'value'),
  )
  return fields
}

describe.each(specs)('spec %i', (spec) => {
  let sidecar: SimulatedSidecar
  let names: Record<string, string>
  const answers = recorded(spec)

  beforeAll(async () => {
    const subnets = spec === 103 ? [1] : [0, 1, 3, 11]
    const chain = new SimulatedChain({ spec, subnets, keepBlocks: 256 })
    sidecar = await startSimulatedSidecar({ chain })
    const { neurons } = chain.truth().subnets.get(1)!
    const endpoint = { block: chain.height, version: 1, ip: 134_744_072n, port: 9100, ipType: 4 }
    chain.setEndpoint(1, neurons[1]!.hotkey, endpoint)
    chain.advance(1 + chain.finalityLag)
    names = {
      height: String(chain.finalizedHeight),
      hash: chain.hashAt(chain.finalizedHeight),
      best: String(chain.height),
      future: String(chain.height + 1000),
      discarded: String(chain.height - 300),
      hotkey: neurons[1]!.hotkey,
      coldkey: neurons[1]!.coldkey,
    }
  })
  afterAll(() => sidecar.close())

  const ask = async (path: string) => {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => names[name]!)
    const response = await fetch(sidecar.url + filled)
    const text = await response.text()
    const contentType = response.headers.get('content-type')!
    const body: unknown = contentType.includes('json') ? JSON.parse(text) : text
    return { status: response.status, contentType, body }
  }

  test('there are recorded answers', () => {
    expect(answers.length).toBeGreaterThan(190)
  })

  test.each(answers)('$path', async ({ path, status, contentType, body }) => {
    const answer = await ask(path)
    expect(answer).toMatchObject({ status, contentType })
    expect(answerShape(answer.body, isForDefault(path))).toEqual(answerShape(body, isForDefault(path)))
  })

  test.each(['System', 'Timestamp', 'SubtensorModule', 'Swap'])(
    'the simulated items of %s are those the metadata has',
    async (pallet) => {
      const path = `/pallets/${pallet}/storage?onlyIds=true`
      const real = answers.find((answer) => answer.path === path)!
      const answer = await ask(path)
      expect(answer.status).toBe(real.status)
      if (real.status !== 200) return
      const known = new Set(ITEMS.filter((item) => item.pallet === pallet).map(({ name }) => name))
      const expected = (real.body as { items: string[] }).items.filter((name) => known.has(name))
      expect(new Set((answer.body as { items: string[] }).items)).toEqual(new Set(expected))
      expect(expected.length).toBeGreaterThan(0)
    },
  )
})
