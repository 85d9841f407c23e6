import { stringCamelCase } from '@polkadot/util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ITEMS } from '../../../src/storage/layout.ts'
import { DecodeError } from '../../../src/upstream/decode.ts'
import { KeyParts } from '../../../src/upstream/rpc/keys.ts'
import { camelCase } from '../../../src/upstream/rpc/registry/names.ts'
import { decodeAll } from '../../../src/upstream/rpc/registry/input.ts'
import { RecentMap } from '../../../src/upstream/rpc/registry/recent-map.ts'
import { DecodedRuntime } from '../../../src/upstream/rpc/registry/runtime.ts'
import { metadataWire } from '../../../src/upstream/sidecar/metadata-wire.ts'
import { RECORDED_SPECS } from '../../support/specs.ts'
import { polkadot, randomOf, sidecarJson, Types, type Random } from './polkadot.ts'

const caches = () => ({ addresses: new RecentMap<string, string>(1000), keys: new KeyParts() })

const hexOf = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`

/** Runs with sources of random integers. Nothing is shrunk, as messages name the type that fails. */
const withRandom = (numRuns: number, body: (random: Random) => void): void => {
  fc.assert(
    fc.property(fc.noShrink(fc.integer()), (seed) => {
      body(randomOf(seed))
    }),
    { numRuns },
  )
}

describe.each(RECORDED_SPECS)('spec %i', (spec) => {
  test('the metadata is the one that Sidecar answers', async () => {
    const { metadata, json } = await polkadot(spec)
    const runtime = new DecodedRuntime(metadata, caches())
    expect([runtime.specName, runtime.specVersion]).toEqual(['node-subtensor', spec])
    expect(runtime.metadata).toEqual(metadataWire.parse(json))
  })

  test('all storage values decode as Sidecar writes them, and no longer or shorter ones', async () => {
    const node = await polkadot(spec)
    const runtime = new DecodedRuntime(node.metadata, caches())
    const types = new Types(node)
    const items = node.json.metadata.v14.pallets.flatMap(({ name, storage }) =>
      (storage?.items ?? []).map((item) => ({ pallet: name, item: item.name, type: item.type })),
    )
    expect(items.length).toBeGreaterThan(100)
    withRandom(3, (random) => {
      for (const { pallet, item, type } of items) {
        if (`${pallet}.${item}` === 'System.Events') continue
        const codec = runtime.item({ pallet, item })!
        const { bytes, json } = types.random(type.plain ?? type.map!.value, random)
        expect([pallet, item, codec.decode(hexOf(bytes))]).toEqual([pallet, item, json])
        expect(() => codec.decode(hexOf(Buffer.concat([bytes, Buffer.of(0)])))).toThrow(DecodeError)
        if (bytes.length > 0) expect(() => codec.decode(hexOf(bytes.subarray(0, -1)))).toThrow(DecodeError)
      }
    })
  })

  test('the items that are read are among them', async () => {
    const { metadata } = await polkadot(spec)
    const runtime = new DecodedRuntime(metadata, caches())
    const found = Object.values(ITEMS).filter((item) => runtime.item(item) !== undefined)
    expect(found.length).toBeGreaterThanOrEqual(35)
  })

  test('an entry without a value reads as its default', async () => {
    const node = await polkadot(spec)
    const runtime = new DecodedRuntime(node.metadata, caches())
    for (const item of Object.values(ITEMS)) {
      const pallet = node.registry.metadata.pallets.find(({ name }) => name.toString() === item.pallet)
      const found = pallet?.storage.unwrapOrDefault().items.find(({ name }) => name.toString() === item.item)
      if (found === undefined) continue
      const type = found.type.isPlain ? found.type.asPlain : found.type.asMap.value
      const expected = found.modifier.isOptional
        ? null
        : sidecarJson(node.create(type.toNumber(), found.fallback.toU8a(true)))
      expect([item.item, runtime.item(item)?.decode(null)]).toEqual([item.item, expected])
    }
  })

  test('all events decode as Sidecar writes them', async () => {
    const node = await polkadot(spec)
    const runtime = new DecodedRuntime(node.metadata, caches())
    const types = new Types(node)
    const pallets = node.registry.metadata.pallets.map(({ name, index, events }) => ({
      name: name.toString(),
      index: index.toNumber(),
      variants: events.isSome ? types.variants(events.unwrap().type.toString()) : [],
    }))
    withRandom(3, (random) => {
      for (const { name, index, variants } of pallets)
        for (const variant of variants) {
          const fields = variant.fields.map(({ type }) => types.random(type, random))
          const record = Buffer.concat([
            Buffer.of(4, 0, 10, 0, 0, 0, index, Number(variant.index)),
            ...fields.map(({ bytes }) => bytes),
            Buffer.of(4),
            Buffer.alloc(32),
          ])
          // One record, of extrinsic 10, with one topic of zeros.
          expect(decodeAll(record, (input) => runtime.events.decode(input))).toEqual([
            {
              phase: 10,
              event: {
                pallet: stringCamelCase(name),
                name: variant.name,
                data: fields.map(({ json }) => json),
              },
            },
          ])
        }
    })
  })

  test('all calls decode as Sidecar writes them', async () => {
    const node = await polkadot(spec)
    const runtime = new DecodedRuntime(node.metadata, caches())
    const types = new Types(node)
    const pallets = node.registry.metadata.pallets.map(({ name, index, calls }) => ({
      name: name.toString(),
      index: index.toNumber(),
      variants: calls.isSome ? types.variants(calls.unwrap().type.toString()) : [],
    }))
    let compared = 0
    withRandom(2, (random) => {
      for (const { name, index, variants } of pallets)
        for (const variant of variants) {
          // Nobody can make a call with an argument of an empty type.
          if (variant.fields.some(({ type }) => types.isEmpty(type))) continue
          const args = variant.fields.map((field) => ({ field, ...types.random(field.type, random) }))
          const bytes = Buffer.concat([
            Buffer.of(4, index, Number(variant.index)),
            ...args.map((arg) => arg.bytes),
          ])
          const length = Buffer.alloc(4)
          length.writeUInt32LE(bytes.length * 4 + 2)
          const { call } = runtime.extrinsics.decode(Buffer.concat([length, bytes]))
          // Calls among the arguments are taken apart, except optional ones; here they are all `system.remark`.
          const isCall = (json: unknown): boolean =>
            typeof json === 'object' && json !== null && 'callIndex' in json
          const holdsCalls = (json: unknown): boolean =>
            isCall(json) || (Array.isArray(json) && json.length > 0 && json.every(isCall))
          expect([call.pallet, call.method]).toEqual([stringCamelCase(name), stringCamelCase(variant.name)])
          for (const { field, json } of args) {
            const key = field.name!
            if (types.isOption(field.type) || !holdsCalls(json))
              expect([variant.name, key, call.args[key]]).toEqual([variant.name, key, json])
            else
              expect(call.calls[key]).toEqual(
                [json].flat().map((each) => ({
                  pallet: 'system',
                  method: 'remark',
                  args: (each as { args: object }).args,
                  calls: {},
                })),
              )
          }
          compared += 1
        }
    })
    expect(compared).toBeGreaterThan(100)
  })
})

test('names are spelled as Sidecar spells them', async () => {
  const names = new Set(['EVM', 'CKBurn', 'UUID64', 'a_b-c.d e', 'NFTOrder', 'A', 'aB', '0x1', 'IPs'])
  for (const spec of RECORDED_SPECS) {
    const { registry } = await polkadot(spec)
    for (const { type } of registry.lookup.types) {
      const { def } = type
      if (def.isVariant) for (const { name } of def.asVariant.variants) names.add(name.toString())
      const fields = def.isComposite
        ? [def.asComposite.fields]
        : def.isVariant
          ? def.asVariant.variants.map((each) => each.fields)
          : []
      for (const { name } of fields.flatMap((each) => [...each]))
        if (name.isSome) names.add(name.unwrap().toString())
    }
  }
  expect(names.size).toBeGreaterThan(1000)
  for (const name of names) expect([name, camelCase(name)]).toEqual([name, stringCamelCase(name)])
})
