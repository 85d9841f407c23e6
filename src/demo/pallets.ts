import { encode } from './encode.ts'
import { ErrorResponse } from './fault.ts'
import type { Item } from './item.ts'
import { itemsOf } from './items.ts'
import { decodeKeys } from './keys.ts'
import type { KnownBlock, SimulatedNode } from './node.ts'

interface Pallet {
  /** In Sidecar's spelling: `subtensorModule`. */
  readonly name: string
  readonly index: string
  readonly items: readonly Item[]
  /** By name in lower case. */
  readonly itemsByName: ReadonlyMap<string, Item>
}

/** `GET /pallets/{pallet}/storage?onlyIds=true` */
export function storageIds(node: SimulatedNode, palletId: string, at: string | undefined): string {
  const block = node.block(at)
  const pallet = palletOf(camelCase(palletId), decodingSpec(node, block))
  const items = pallet.items.map(({ name }) => name)
  return `{${atJson(block)},"pallet":"${pallet.name}","palletIndex":"${pallet.index}","items":${JSON.stringify(items)}}`
}

/** `GET /pallets/{pallet}/storage/{item}?keys[]=…` */
export function storageItem(
  node: SimulatedNode,
  palletId: string,
  itemId: string,
  keys: readonly string[],
  at: string | undefined,
): string {
  const block = node.block(at)
  const spec = decodingSpec(node, block)
  const pallet = palletOf(camelCase(palletId), spec)
  const name = camelCase(itemId)
  const item = itemOf(pallet, name)
  const parts = decodeKeys(item, `${pallet.name}.${name}`, keys, spec)
  const value = encode(item.read(node.state(block), ...parts))
  return `{${atJson(block)},"pallet":"${pallet.name}","palletIndex":"${pallet.index}","storageItem":"${name}","keys":${JSON.stringify(keys)},"value":${value}}`
}

/** `GET /pallets/System/consts/Version?metadata=true`, the only simulated constant: SCALE bytes of RuntimeVersion. */
export function versionConstant(
  node: SimulatedNode,
  [palletId = '', constantId = '']: readonly string[],
  at: string | undefined,
): string {
  const block = node.block(at)
  if (palletId.toLowerCase() !== 'system' || constantId.toLowerCase() !== 'version')
    throw new ErrorResponse(500, `the simulation has no constant ${constantId} of ${palletId}`)
  const name = Buffer.from('node-subtensor')
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  const text = [Buffer.of(name.length << 2), name]
  const versions = [1, decodingSpec(node, block), 1].map(u32)
  // No APIs, transaction version 1, state version 1.
  const value = Buffer.concat([...text, ...text, ...versions, Buffer.of(0), u32(1), Buffer.of(1)])
  const metadata = { name: 'Version', type: '0', value: `0x${value.toString('hex')}`, docs: [] }
  return `{${atJson(block)},"pallet":"system","palletIndex":"0","constantsItem":"version","metadata":${JSON.stringify(metadata)}}`
}

const decodingSpec = ({ health, chain }: SimulatedNode, { height }: KnownBlock): number =>
  health.decodesBy ?? chain.writerAt(height)

/** The block of a response, as the first field of its JSON. */
export const atJson = ({ height, hash }: KnownBlock): string => `"at":{"hash":"${hash}","height":"${height}"}`

function palletOf(id: string, spec: number): Pallet {
  const pallet = palletsOf(spec).find(
    ({ name, index }) => index === id || name.toLowerCase() === id.toLowerCase(),
  )
  if (pallet === undefined) throw new ErrorResponse(400, `"${id}" was not recognized as a queryable pallet.`)
  return pallet
}

function itemOf(pallet: Pallet, name: string): Item {
  const found = pallet.itemsByName.get(name.toLowerCase())
  if (found === undefined)
    throw new ErrorResponse(
      500,
      `Could not find storage item ("${name}") in metadata. storage item names are expected to be in camel case, e.g. 'storageItemId'`,
    )
  if (camelCase(found.name) !== name)
    throw new ErrorResponse(500, 'historicApi.query[palletName][storageItemId] is not a function')
  return found
}

const cache = new Map<number, readonly Pallet[]>()

function palletsOf(spec: number): readonly Pallet[] {
  let pallets = cache.get(spec)
  if (pallets === undefined) {
    const items = itemsOf(spec)
    pallets = Object.entries(indices(spec))
      .map(([name, index]) => {
        const own = items.filter((item) => item.pallet === name)
        const itemsByName = new Map(own.map((item) => [item.name.toLowerCase(), item]))
        return { name: camelCase(name), index: String(index), items: own, itemsByName }
      })
      .filter((pallet) => pallet.items.length > 0)
    cache.set(spec, pallets)
  }
  return pallets
}

/** Pallet indices in the metadata of specs 103, 240 and 381. */
const indices = (spec: number): Record<string, number> => ({
  System: 0,
  Timestamp: 2,
  SubtensorModule: spec < 133 ? 8 : 7,
  Swap: 28,
})

const camelCased = new Map<string, string>()

/** polkadot-js's stringCamelCase: `SubnetTAO` → `subnetTAO`, `subtensor_module` → `subtensorModule`, `TAO` → `tao`. */
function camelCase(text: string): string {
  const cached = camelCased.get(text)
  if (cached !== undefined) return cached
  const converted = makeCamelCase(text)
  // Bounded, because clients may request any name.
  if (camelCased.size < 1000) camelCased.set(text, converted)
  return converted
}

function makeCamelCase(text: string): string {
  const words = text
    .replace(/[-_., ]+/g, ' ')
    .trim()
    .split(' ')
  return words
    .map((word, index) => {
      const lowered = /^[\dA-Z]+$/.test(word)
        ? word.toLowerCase()
        : word.replace(
            /^[\dA-Z]{2,}[^a-z]/,
            (caps) => caps.slice(0, -1).toLowerCase() + caps.slice(-1).toUpperCase(),
          )
      const first = lowered.slice(0, 1)
      return (index === 0 ? first.toLowerCase() : first.toUpperCase()) + lowered.slice(1)
    })
    .join('')
}
