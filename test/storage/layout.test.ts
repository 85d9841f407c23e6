import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { metadataWire } from '../../src/upstream/sidecar/metadata-wire.ts'
import { ITEMS, layoutOf, type KnownItem, type Layout } from '../../src/storage/layout.ts'
import { recordedMetadata, type ItemJson, type MetadataJson, type TypeJson } from '../support/metadata.ts'
import { RECORDED_SPECS } from '../support/specs.ts'

const layoutFrom = (spec: number, json: MetadataJson): Layout => layoutOf(spec, metadataWire.parse(json))

const itemIn = (json: MetadataJson, { pallet, item }: KnownItem): ItemJson | undefined =>
  json.metadata.v14.pallets
    .find(({ name }) => name === pallet)
    ?.storage?.items.find(({ name }) => name === item)

/** Adds a type to the registry, and returns its id. */
function added(json: MetadataJson, type: Partial<TypeJson['type']>): string {
  const { types } = json.metadata.v14.lookup
  const id = String(types.length)
  types.push({ id, type: { path: [], params: [], def: {}, ...type } })
  return id
}

const primitive = (json: MetadataJson, name: string): string => added(json, { def: { primitive: name } })

const valueOf = ({ type }: ItemJson): string => type.map?.value ?? type.plain ?? ''

function setValue(item: ItemJson, value: string): void {
  if (item.type.map === undefined) item.type = { plain: value }
  else item.type.map.value = value
}

describe('the layout of a runtime, from its real metadata', () => {
  // How stake and prices are kept, by spec: chain formulas, read in the chain's source.
  test.each([
    [103, 'tao', 'none'],
    [219, 'tao', 'none'],
    [240, 'alpha', 'pool'],
    [343, 'alpha', 'square_root'],
    [365, 'alpha', 'square_root'],
    [381, 'alpha', 'square_root'],
    [393, 'alpha', 'square_root'],
    [424, 'alpha', 'balancer'],
    [475, 'alpha', 'balancer'],
  ] as const)('of spec %d counts in %s, and keeps its price by %s', async (spec, unit, price) => {
    expect(layoutFrom(spec, await recordedMetadata(spec))).toMatchObject({ unit, price, unknown: [] })
  })

  test('has every item that is read in at least one spec', async () => {
    const layouts = await Promise.all(
      RECORDED_SPECS.map(async (spec) => layoutFrom(spec, await recordedMetadata(spec))),
    )
    const nowhere = Object.values(ITEMS).filter((item) => !layouts.some((layout) => layout.understands(item)))
    expect(nowhere.map(({ item }) => item)).toEqual([])
  })

  test('reports an absent item as missing in the runtime', async () => {
    const layout = layoutFrom(103, await recordedMetadata(103))
    expect([layout.has(ITEMS.subnetTao), layout.understands(ITEMS.subnetTao)]).toEqual([false, false])
    expect(layout.whyNot(ITEMS.subnetTao)).toBe(
      'the runtime of spec 103 has no storage item SubtensorModule.SubnetTAO',
    )
  })

  test('has no price for an unknown kind of swap', async () => {
    const json = await recordedMetadata(475)
    const swap = json.metadata.v14.pallets.find(({ name }) => name === 'Swap')
    swap?.storage?.items.push({ name: 'SwapSuperellipse', modifier: 'Default', type: { plain: '4' } })
    expect(layoutFrom(476, json).price).toBe('unknown')
  })
})

/** Changes after which a value must not be read as before. */
const CHANGES: Readonly<Record<string, (json: MetadataJson, item: ItemJson) => void>> = {
  'another type of value': (json, item) => {
    setValue(item, primitive(json, 'I256'))
  },
  'a vector of what it was': (json, item) => {
    setValue(item, added(json, { def: { sequence: { type: valueOf(item) } } }))
  },
  'null for what has no value, or no longer null': (_, item) => {
    item.modifier = item.modifier === 'Optional' ? 'Default' : 'Optional'
  },
  'another number of keys': (json, item) => {
    const key = primitive(json, 'U16')
    item.type = {
      map: { hashers: ['Identity', 'Identity', 'Identity', 'Identity'], key, value: valueOf(item) },
    }
  },
  'keys of another type': (json, item) => {
    if (item.type.map === undefined)
      item.type = { map: { hashers: ['Identity'], key: '0', value: valueOf(item) } }
    else item.type.map.key = primitive(json, 'I256')
  },
  'a hasher that is none of Substrate’s': (_, item) => {
    const { map } = item.type
    if (map === undefined) item.modifier = 'Other'
    else map.hashers = map.hashers.map(() => 'Sha3')
  },
}

describe.each([240, 393, 475])('an item of spec %d with', (spec) => {
  test.each(Object.entries(CHANGES))('%s is not read, and is named', async (name, change) => {
    const before = layoutFrom(spec, await recordedMetadata(spec))
    const items = Object.values(ITEMS).filter(
      (item) => before.has(item) && (item.keys.length > 0 || !name.startsWith('a hasher')),
    )
    expect(items.length).toBeGreaterThan(40)
    const after = layoutFrom(spec, changed(await recordedMetadata(spec), items, change))
    expect(after.unknown.map(({ pallet, item }) => `${pallet}.${item}`)).toEqual(
      items.map(({ pallet, item }) => `${pallet}.${item}`),
    )
    for (const item of items) {
      expect([item.item, after.has(item), after.understands(item)]).toEqual([item.item, true, false])
      expect(after.whyNot(item)).toContain(
        `${item.pallet}.${item.item} has a type this exporter does not know: `,
      )
    }
  })

  test('a newtype around its value, or another hasher of Substrate’s, is read', async () => {
    const before = layoutFrom(spec, await recordedMetadata(spec))
    const items = Object.values(ITEMS).filter((item) => before.has(item))
    const json = changed(await recordedMetadata(spec), items, (json, item) => {
      const { map } = item.type
      if (map !== undefined) map.hashers = map.hashers.map(() => 'Blake2_128Concat')
      const field = { name: null, type: valueOf(item) }
      setValue(item, added(json, { path: ['crate', 'New'], def: { composite: { fields: [field] } } }))
    })
    const after = layoutFrom(spec, json)
    expect(after.unknown).toEqual([])
    expect(items.filter((item) => !after.understands(item))).toEqual([])
  })
})

test('a struct with more fields is read, and one without a field that is read is not', async () => {
  const json = await recordedMetadata(475)
  const account = json.metadata.v14.lookup.types.find(({ type }) => type.path.at(-1) === 'AccountInfo')
  const { fields } = account?.type.def['composite'] as { fields: { name: string }[] }
  fields.push({ ...fields[0], name: 'more' })
  expect(layoutFrom(475, json).understands(ITEMS.account)).toBe(true)
  fields.splice(
    fields.findIndex(({ name }) => name === 'nonce'),
    1,
  )
  expect(layoutFrom(475, json).understands(ITEMS.account)).toBe(false)
})

test('a fixed-point number with another fraction is not read', async () => {
  const json = await recordedMetadata(475)
  const { types } = json.metadata.v14.lookup
  const price = itemIn(json, ITEMS.subnetMovingPrice)
  const type = types.find(({ id }) => id === (price === undefined ? '' : valueOf(price)))
  // The fraction of the one is 32 bits, of shares 64: both are FixedU128 or FixedI128 of 16 bytes.
  const wider = types.find(({ type }) => type.path.at(-1) === 'FixedU128')?.type.params[0]?.type
  expect(layoutFrom(475, json).understands(ITEMS.subnetMovingPrice)).toBe(true)
  type?.type.params.splice(0, 1, { name: 'Frac', type: wider ?? null })
  expect(layoutFrom(475, json).understands(ITEMS.subnetMovingPrice)).toBe(false)
})

/** The same metadata, with a change made to each of these items. */
function changed(
  json: MetadataJson,
  items: readonly KnownItem[],
  change: (json: MetadataJson, item: ItemJson) => void,
): MetadataJson {
  for (const item of items) {
    const found = itemIn(json, item)
    if (found === undefined) throw new Error(`the metadata has no ${item.item}`)
    change(json, found)
  }
  return json
}

test('a layout keeps nothing of the metadata, which takes half a megabyte', async () => {
  const collect = collector()
  const { layout, metadata } = await (async () => {
    const parsed = metadataWire.parse(await recordedMetadata(475))
    return { layout: layoutOf(475, parsed), metadata: new WeakRef(parsed.types) }
  })()
  // A weak reference that was made in this turn is not cleared before the next one.
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  expect(metadata.deref()).toBeUndefined()
  expect(layout.has(ITEMS.totalHotkeyAlpha)).toBe(true)
})

/** The function that collects garbage. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
