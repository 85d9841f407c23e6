import { expandMetadata, Metadata, TypeRegistry, type GenericChainProperties } from '@polkadot/types'
import { AbstractInt, Compact, Enum, Option, Struct, Tuple, Vec, VecFixed } from '@polkadot/types-codec'
import type { Codec } from '@polkadot/types-codec/types'
import { u8aToHex } from '@polkadot/util'
import type { StorageEntry } from '@polkadot/types/primitive/types'

/** Signed extensions of Subtensor that polkadot-js does not know. They add no bytes to an extrinsic. */
const EXTENSIONS = Object.fromEntries(
  [
    ...['CommitmentsSignedExtension', 'SubtensorSignedExtension', 'SubtensorTransactionExtension'],
    ...['SudoTransactionExtension', 'CheckShieldedTxValidity', 'DrandPriority'],
  ].map((name) => [name, { extrinsic: {}, payload: {} }]),
)

/** polkadot-js over the metadata that a node answers: a decoder that shares nothing with the simulation's encoder. */
export class PolkadotRuntime {
  readonly registry = new TypeRegistry()
  private readonly query: Readonly<Record<string, Readonly<Record<string, StorageEntry>>>>

  constructor(metadataHex: string) {
    const properties = this.registry.createTypeUnsafe<GenericChainProperties>('ChainProperties', [
      { ss58Format: 42 },
    ])
    this.registry.setChainProperties(properties)
    const metadata = new Metadata(this.registry, metadataHex as `0x${string}`)
    this.registry.setMetadata(metadata, undefined, EXTENSIONS)
    this.query = expandMetadata(this.registry, metadata).query
  }

  entry(pallet: string, item: string): StorageEntry {
    const entry = this.query[lowerFirst(pallet)]?.[camelCase(item)]
    if (entry === undefined) throw new Error(`the metadata has no ${pallet}.${item}`)
    return entry
  }

  /** What all storage keys of an item begin with, 0x hex. */
  prefix(pallet: string, item: string): string {
    return u8aToHex(this.entry(pallet, item).keyPrefix())
  }

  /** The storage key of an entry, 0x hex. */
  key(pallet: string, item: string, keys: readonly unknown[]): string {
    return this.registry.createType('StorageKey', [this.entry(pallet, item), keys] as never).toHex()
  }

  /** The key parts of a storage key. */
  keyParts(pallet: string, item: string, key: string): readonly string[] {
    const storageKey = this.registry.createType('StorageKey', key) as unknown as {
      setMeta(meta: unknown): { readonly args: readonly Codec[] }
    }
    return storageKey.setMeta(this.entry(pallet, item).meta).args.map((part) => part.toString())
  }

  /** A storage value as Sidecar writes it; null is an entry without a value. */
  value(pallet: string, item: string, value: string | null): unknown {
    const { meta } = this.entry(pallet, item)
    const isOptional = meta.modifier.isOptional
    if (value === null && isOptional) return null
    const type = this.registry.createLookupType(meta.type.isPlain ? meta.type.asPlain : meta.type.asMap.value)
    const bytes = value ?? meta.fallback.toHex()
    const codec = this.registry.createType(type as 'Bytes', hexToBytes(bytes))
    if (Buffer.from(codec.toU8a()).toString('hex') !== bytes.slice(2))
      throw new Error(`${pallet}.${item}: ${bytes} is longer or shorter than its type`)
    return sidecarJson(codec)
  }
}

const hexToBytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.slice(2), 'hex'))

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1)

/** polkadot-js's names of items: `SubnetTAO` is `subnetTAO`, `TAO` would be `tao`. */
const camelCase = lowerFirst

/** A value as Sidecar writes it: integers of any width in decimal, everything else as polkadot-js does. */
export function sidecarJson(codec: Codec): unknown {
  if (codec instanceof Option) return codec.isNone ? null : sidecarJson(codec.unwrap() as Codec)
  if (codec instanceof AbstractInt) return codec.toString()
  if (codec instanceof Compact) return sidecarJson(codec.unwrap() as Codec)
  if (codec instanceof Vec || codec instanceof Tuple || codec instanceof VecFixed)
    return Array.from(codec as Iterable<Codec>, (element) => sidecarJson(element))
  if (codec instanceof Enum)
    return codec.isBasic ? codec.type : { [lowerFirst(codec.type)]: sidecarJson(codec.value) }
  if (codec instanceof Struct)
    return Object.fromEntries(
      Array.from(codec.entries() as Iterable<[string, Codec]>, ([name, field]) => [name, sidecarJson(field)]),
    )
  return codec.toJSON()
}
