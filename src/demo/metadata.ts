import type { ChangedTypes } from './chain.ts'
import { ErrorResponse } from './fault.ts'
import type { Item, KeyType } from './item.ts'
import { itemsOf } from './items.ts'
import type { SimulatedNode } from './node.ts'
import { Types, type TypeId } from './type-registry.ts'
import { BYTES, ITEM_TYPES } from './types.ts'

/**
 * `GET /runtime/metadata?at=…`: version 14, with the simulated storage items and their types. At a block that sets new code,
 * Sidecar confuses two runtimes and fails.
 */
export function runtimeMetadata(node: SimulatedNode, at: string | undefined): string {
  const block = node.block(at)
  node.state(block)
  const spec = node.chain.specAt(block.height)
  if (spec !== node.chain.writerAt(block.height))
    throw new ErrorResponse(
      500,
      'createType(SpVersionRuntimeVersion):: decodeU8aStruct: failed at 0xc2a0e766000b0040… on specName (index 1/8)',
    )
  return JSON.stringify(metadataOf(spec, node.chain.changedTypes))
}

function metadataOf(spec: number, changed: ChangedTypes): unknown {
  const types = new Types()
  const items = itemsOf(spec)
  const names = [...new Set(items.map(({ pallet }) => pallet))]
  const pallets = names.map((name) => ({
    name,
    storage: {
      prefix: name,
      items: items.filter(({ pallet }) => pallet === name).map((item) => itemOf(item, spec, changed, types)),
    },
    calls: null,
    events: null,
  }))
  const extensions = ['CheckNonZeroSender', 'CheckSpecVersion', ...(spec < 195 ? [] : ['CheckMetadataHash'])]
  const extrinsic = {
    type: types.idOf('()'),
    version: '4',
    signedExtensions: extensions.map((identifier) => ({ identifier, type: types.idOf('()') })),
  }
  return {
    magicNumber: '1635018093',
    metadata: { v14: { lookup: { types: types.all }, pallets, extrinsic } },
  }
}

/** A storage item in the JSON form of metadata. */
export interface ItemJson {
  readonly name: string
  readonly modifier: 'Optional' | 'Default'
  readonly type:
    | { readonly plain: TypeId }
    | { readonly map: { readonly hashers: readonly string[]; readonly key: TypeId; readonly value: TypeId } }
  readonly fallback: string
  readonly docs: string
}

/** An item in the metadata of a spec; the types it needs are added to the registry. */
export function itemOf(
  { pallet, name, keys }: Item,
  spec: number,
  changed: ChangedTypes,
  types: Types,
): ItemJson {
  const full = `${pallet}.${name}`
  const itemType = ITEM_TYPES[full] ?? ITEM_TYPES[name]
  if (itemType === undefined) throw new Error(`the simulation has no type for ${full}: add it to ITEM_TYPES`)
  const { value, optional, hashers = keys.map(hasherOf) } = itemType
  const type = types.idOf(
    (spec >= changed.from ? changed.types[full] : undefined) ??
      (typeof value === 'string' ? value : value(spec)),
  )
  const keyTypes = keys.map((each) => (each === 'Bytes' ? BYTES : each))
  const key = keyTypes.length === 1 ? (keyTypes[0] ?? '') : `(${keyTypes.join(', ')})`
  return {
    name,
    modifier: optional === true ? 'Optional' : 'Default',
    type: keys.length === 0 ? { plain: type } : { map: { hashers, key: types.idOf(key), value: type } },
    fallback: '0x00',
    docs: '',
  }
}

const hasherOf = (key: KeyType): string =>
  ({ u16: 'Identity', u32: 'Twox64Concat', AccountId32: 'Blake2_128Concat', Bytes: 'Identity' })[key]
