import { expect, test } from 'vitest'
import { EFFECTS } from '../../src/chain/balance-effect.ts'
import { keyActivity } from '../../src/chain/key-activity.ts'
import { WRAPPERS } from '../../src/chain/operations.ts'
import { metadataWire } from '../../src/upstream/sidecar/metadata-wire.ts'
import { KNOWN_FIELDS } from '../../src/storage/block-types.ts'
import { layoutOf } from '../../src/storage/layout.ts'
import { recordedMetadata, type MetadataJson } from '../support/metadata.ts'

/** `Balances.Transfer` as `balances.Transfer`, `Utility.batch_all` as `utility.batchAll`: as Sidecar writes them. */
const spelled = ({ pallet, name }: { readonly pallet: string; readonly name: string }): string =>
  `${pallet.slice(0, 1).toLowerCase()}${pallet.slice(1)}.${name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}`

interface VariantJson {
  readonly name: string
  readonly fields: { name: string | null; type: string }[]
}

/** The fields of an event or a call in the metadata, to be changed. */
function fieldsOf(
  json: MetadataJson,
  kind: 'event' | 'call',
  pallet: string,
  name: string,
): VariantJson['fields'] {
  const { pallets, lookup } = json.metadata.v14
  const found = pallets.find((each) => each.name === pallet)
  const type = kind === 'event' ? found?.events?.type : found?.calls?.type
  const { def } = lookup.types.find(({ id }) => id === type)!.type
  const { variants } = def['variant'] as { variants: VariantJson[] }
  return variants.find((each) => each.name === name)!.fields
}

test('the types are listed of every event that moves a balance, and of every call with calls in it', () => {
  const listed = new Set(KNOWN_FIELDS.map(spelled))
  expect([...EFFECTS.keys()].filter((name) => !listed.has(name))).toEqual([])
  expect([...WRAPPERS.keys()].filter((name) => !listed.has(name))).toEqual([])
})

test.each([
  ['an amount of another width', 2, 'u8'],
  ['an account that is no account', 0, 'u64'],
] as const)('a transfer with %s is not understood, and is named', async (_, index, primitive) => {
  const json = await recordedMetadata(475)
  const { types } = json.metadata.v14.lookup
  const other = types.find(({ type }) => type.def['primitive'] === primitive.toUpperCase())!.id
  const before = layoutOf(475, metadataWire.parse(json))
  expect(before.blocks).toEqual({ balanceEvents: new Set(), operations: true })
  fieldsOf(json, 'event', 'Balances', 'Transfer')[index]!.type = other
  const after = layoutOf(476, metadataWire.parse(json))
  expect(after.blocks).toEqual({ balanceEvents: new Set(['balances.Transfer']), operations: true })
  expect(after.unknown).toMatchObject([{ kind: 'event', pallet: 'Balances', item: 'Transfer' }])
})

test('a transfer with a field more is not understood: its fields are read by their place', async () => {
  const json = await recordedMetadata(475)
  fieldsOf(json, 'event', 'Balances', 'Transfer').unshift({ name: 'asset', type: '4' })
  expect(layoutOf(476, metadataWire.parse(json)).blocks.balanceEvents).toEqual(new Set(['balances.Transfer']))
})

test.each([
  ['call', 'Utility', 'batch', 'calls'],
  ['call', 'Proxy', 'proxy', 'real'],
  ['call', 'Multisig', 'as_multi', 'call'],
  ['event', 'Proxy', 'ProxyExecuted', 'result'],
  ['event', 'Multisig', 'MultisigExecuted', 'multisig'],
] as const)(
  'without a known type of the %s %s.%s no operations are told',
  async (kind, pallet, name, field) => {
    const json = await recordedMetadata(475)
    const changed = fieldsOf(json, kind, pallet, name).find((each) => each.name === field)!
    changed.type = json.metadata.v14.lookup.types.find(({ type }) => type.def['primitive'] === 'U8')!.id
    const { blocks, unknown } = layoutOf(476, metadataWire.parse(json))
    expect(blocks).toEqual({ balanceEvents: new Set(), operations: false })
    expect(unknown).toMatchObject([{ kind, pallet, item: name }])
  },
)

test('an event that is not understood has no effect, and makes the accounts it names unknown', () => {
  const transfer = { pallet: 'balances', name: 'Transfer', data: ['alice', 'bob', '5'] }
  const body = {
    height: 7,
    hash: '0x07',
    parentHash: '0x06',
    eventsBefore: [],
    extrinsics: [],
    eventsAfter: [transfer],
  }
  const known = keyActivity(body, new Set(['bob']))
  expect(known.effects.map(({ account, apply }) => [account, apply({ free: 1n, reserved: 0n })])).toEqual([
    ['bob', { free: 6n, reserved: 0n }],
  ])
  expect(known.unclassified).toEqual([])
  const unknown = keyActivity(body, new Set(['bob']), new Set(['balances.Transfer']))
  expect(unknown.effects).toEqual([])
  expect(unknown.unclassified).toEqual([{ account: 'bob', event: transfer }])
})
