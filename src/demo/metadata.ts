import type { ChangedTypes } from './chain.ts'
import { ErrorResponse } from './fault.ts'
import type { Item, KeyType } from './item.ts'
import { itemsOf } from './items.ts'
import type { SimulatedNode } from './node.ts'
import { BYTES, ITEM_TYPES, type TypeText } from './types.ts'

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

function itemOf({ pallet, name, keys }: Item, spec: number, changed: ChangedTypes, types: Types): unknown {
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

/** A type registry to which types are added on demand. */
class Types {
  readonly all: { readonly id: string; readonly type: object }[] = []
  readonly #ids = new Map<TypeText, string>()

  /** The id of a type. Adds it, after its parts, if it is new. */
  idOf(text: TypeText): string {
    const cached = this.#ids.get(text)
    if (cached !== undefined) return cached
    const type = this.#typeOf(text)
    const id = String(this.all.length)
    this.#ids.set(text, id)
    this.all.push({ id, type })
    return id
  }

  #typeOf(text: TypeText): object {
    const plain = (def: object, path: readonly string[] = [], params: readonly object[] = []) => ({
      path,
      params,
      def,
    })
    const struct = (fields: readonly (readonly [string | null, TypeText])[]) => ({
      composite: { fields: fields.map(([name, type]) => ({ name, type: this.idOf(type) })) },
    })
    const generic = /^(\w+)<(.+)>$/.exec(text)
    if (text === 'H256') return plain(struct([[null, '[u8; 32]']]), ['primitive_types', 'H256'])
    if (text === 'AccountId32')
      return plain(struct([[null, '[u8; 32]']]), ['sp_core', 'crypto', 'AccountId32'])
    if (text === '[u8; 32]') return plain({ array: { len: '32', type: this.idOf('u8') } })
    if (generic !== null) return this.#genericOf(generic[1] ?? '', generic[2] ?? '', plain, struct)
    if (text.startsWith('('))
      return plain({ tuple: partsOf(text.slice(1, -1)).map((part) => this.idOf(part)) })
    if (text.startsWith('{'))
      return plain(struct(partsOf(text.slice(1, -1)).map(fieldOf)), ['pallet', 'Struct'])
    if (text.includes('|')) {
      const variants = text
        .split('|')
        .map((name, index) => ({ name: name.trim(), fields: [], index: String(index) }))
      return plain({ variant: { variants } }, ['pallet', 'Enum'])
    }
    return plain({ primitive: text.slice(0, 1).toUpperCase() + text.slice(1) })
  }

  #genericOf(
    name: string,
    inner: string,
    plain: (def: object, path?: readonly string[], params?: readonly object[]) => object,
    struct: (fields: readonly (readonly [string | null, TypeText])[]) => object,
  ): object {
    if (name === 'Vec') return plain({ sequence: { type: this.idOf(inner) } })
    if (name === 'Compact') return plain({ compact: { type: this.idOf(inner) } })
    // A newtype, which runtimes from spec 426 use for numbers.
    if (name === 'New') return plain(struct([[null, inner]]), ['pallet', 'New'])
    const bits = name.replace('FixedU', 'u').replace('FixedI', 'i')
    return plain(
      struct([['bits', bits]]),
      ['substrate_fixed', name],
      [{ name: 'Frac', type: this.#typenum(Number(inner)) }],
    )
  }

  /** Adds a number as a type of the `typenum` crate: UInt<UInt<UTerm, B1>, B0> is 2. */
  #typenum(number: number): string {
    const add = (name: string, params: readonly object[]): string => {
      const id = String(this.all.length)
      this.all.push({ id, type: { path: ['typenum', name], params, def: { composite: { fields: [] } } } })
      return id
    }
    if (number === 0) return add('UTerm', [])
    const upper = this.#typenum(Math.floor(number / 2))
    const bit = add(number % 2 === 0 ? 'B0' : 'B1', [])
    return add('UInt', [
      { name: 'U', type: upper },
      { name: 'B', type: bit },
    ])
  }
}

/** Splits a text at commas outside brackets. */
function partsOf(text: string): string[] {
  const parts: string[] = []
  let [depth, from] = [0, 0]
  for (let index = 0; index <= text.length; index++) {
    const character = text[index] ?? ','
    if ('(<{['.includes(character)) depth++
    else if (')>}]'.includes(character)) depth--
    else if (character === ',' && depth === 0) {
      if (from < index) parts.push(text.slice(from, index).trim())
      from = index + 1
    }
  }
  return parts
}

function fieldOf(text: string): readonly [string, TypeText] {
  const colon = text.indexOf(':')
  return [text.slice(0, colon), text.slice(colon + 1).trim()]
}
