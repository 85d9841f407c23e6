import { decAnyMetadata, type V14 } from '@polkadot-api/substrate-bindings'
import type { ChangedTypes } from '../chain.ts'
import type { Item } from '../item.ts'
import { itemsOf } from '../items.ts'
import { ByteWriter } from './byte-writer.ts'
import { patchedMetadata } from './patched-metadata.ts'
import { TypeEncoders, type Encoder } from './scale.ts'
import { SHIPPED_SPEC, shippedMetadata } from './shipped-metadata.ts'
import { StorageKeys, type Hasher } from './storage-key.ts'

/** A simulated storage item in one runtime. */
export interface RuntimeItem {
  readonly item: Item
  readonly keys: StorageKeys
  readonly encode: Encoder
  /** Hex digits of the value that an entry without one reads as. */
  readonly fallback: string
}

/** One runtime of the simulated chain: its metadata, and how it encodes storage, extrinsics and events. */
export class Runtime {
  readonly spec: number
  /** What `state_getMetadata` answers. */
  readonly metadataHex: string
  readonly metadata: V14
  readonly types: TypeEncoders
  /** By the prefixes of their storage keys. */
  readonly items: ReadonlyMap<string, RuntimeItem>

  constructor(spec: number, bytes: Uint8Array) {
    this.spec = spec
    this.metadataHex = `0x${Buffer.from(bytes).toString('hex')}`
    this.metadata = decoded(bytes)
    this.types = new TypeEncoders(this.metadata.lookup)
    this.items = new Map(
      itemsOf(spec).map((item) => {
        const made = this.itemOf(item)
        return [made.keys.prefix, made]
      }),
    )
  }

  private itemOf(item: Item): RuntimeItem {
    const entry = this.storageEntry(item.pallet, item.name)
    const { type } = entry
    const hashers = type.tag === 'map' ? type.value.hashers.map(({ tag }) => tag as Hasher) : []
    if (hashers.length !== item.keys.length)
      throw new RangeError(`spec ${this.spec} has ${hashers.length} keys for ${item.pallet}.${item.name}`)
    const keys = item.keys.map((key, index) => [key, hashers[index] ?? 'Identity'] as const)
    return {
      item,
      keys: new StorageKeys(item.pallet, item.name, keys),
      encode: this.types.of(type.tag === 'map' ? type.value.value : type.value),
      fallback: entry.fallback.slice(2),
    }
  }

  /** The type of a plain storage item. */
  plainType(pallet: string, name: string): number {
    const { type } = this.storageEntry(pallet, name)
    if (type.tag === 'map') throw new RangeError(`${pallet}.${name} is a map`)
    return type.value
  }

  private storageEntry(pallet: string, name: string) {
    const storage = this.metadata.pallets.find((each) => each.name === pallet)?.storage
    const entry = storage?.items.find((each) => each.name === name)
    if (entry === undefined)
      throw new RangeError(`the metadata of spec ${this.spec} has no ${pallet}.${name}, which is simulated`)
    return entry
  }
}

function decoded(bytes: Uint8Array): V14 {
  const { metadata } = decAnyMetadata(bytes)
  if (metadata.tag !== 'v14') throw new RangeError(`expected metadata V14, got ${metadata.tag}`)
  return metadata.value
}

/** SCALE bytes of the metadata V14 of a spec, or undefined where there is none. */
export type MetadataSource = (spec: number) => Uint8Array | undefined

/** The runtimes of one chain, made when they are first needed. */
export class Runtimes {
  private readonly made = new Map<number, Runtime>()
  private readonly source: MetadataSource
  private readonly changed: ChangedTypes

  /** @param source real metadata; for specs that it does not have, it is made from that of the package. */
  constructor(source: MetadataSource, changed: ChangedTypes) {
    this.source = source
    this.changed = changed
  }

  of(spec: number): Runtime {
    let runtime = this.made.get(spec)
    if (runtime === undefined) {
      runtime = new Runtime(spec, this.bytesOf(spec))
      this.made.set(spec, runtime)
    }
    return runtime
  }

  private bytesOf(spec: number): Uint8Array {
    const real = this.source(spec) ?? (spec === SHIPPED_SPEC ? shippedMetadata() : undefined)
    const isChanged = spec >= this.changed.from && Object.keys(this.changed.types).length > 0
    if (real !== undefined && !isChanged) return real
    return patchedMetadata(decoded(real ?? shippedMetadata()), spec, this.changed, real !== undefined)
  }
}

/** One writer for all: encoding is never interrupted. */
const writer = new ByteWriter()

/** Hex digits of a value. */
export function encodedHex(encode: Encoder, value: unknown): string {
  writer.clear()
  encode(value, writer)
  return writer.hex()
}
