import { decAnyMetadata, unifyMetadata } from '@polkadot-api/substrate-bindings'
import { addressOf } from '../../../chain/address.ts'
import { nameOf } from '../../../text.ts'
import { madeAddress } from '../../addresses.ts'
import type { StorageItem, StorageKey } from '../../client.ts'
import { count, DecodeError, field } from '../../decode.ts'
import type { RuntimeMetadata } from '../../metadata/metadata.ts'
import { itemPrefix, type KeyParts, KeyError } from '../keys.ts'
import { CallDecoder } from './calls.ts'
import { EventDecoder } from './events.ts'
import { ExtrinsicDecoder } from './extrinsics.ts'
import { bytesOf, decodeAll } from './input.ts'
import { runtimeMetadataOf } from './metadata.ts'
import type { RecentMap } from './recent-map.ts'
import { TypeDecoders, type UnifiedMetadata } from './types.ts'

/** Length of an account as 0x hex. */
const ACCOUNT_CHARACTERS = 2 + 2 * 32

/** One storage item of a runtime. */
export interface ItemCodec {
  /** The storage key of an entry, as 0x hex. Throws KeyError. */
  keyOf(keys: readonly StorageKey[]): string
  /** An entry as Sidecar writes it; null is an entry without a value: the item's default, or null. Throws DecodeError. */
  decode(value: string | null): unknown
}

/** What runtimes share as long as a client lives. */
export interface RegistryCaches {
  /** SS58 addresses by account in 0x hex: making one takes longer than decoding the rest of a value. */
  readonly addresses: RecentMap<string, string>
  readonly keys: KeyParts
}

/** One runtime by its metadata: decoders of its storage, events and extrinsics. */
export class DecodedRuntime {
  readonly specName: string
  readonly specVersion: number
  readonly #unified: UnifiedMetadata
  readonly #types: TypeDecoders
  readonly #addresses: RecentMap<string, string>
  readonly #keys: KeyParts
  readonly #items = new Map<string, Map<string, ItemCodec>>()
  #metadata: RuntimeMetadata | undefined
  #events: EventDecoder | undefined
  #extrinsics: ExtrinsicDecoder | undefined
  readonly #calls: CallDecoder

  /**
   * @param hex is the metadata in version 14 or 15 as `state_getMetadata` answers it. Throws DecodeError for anything else.
   */
  constructor(hex: unknown, { addresses, keys }: RegistryCaches) {
    this.#unified = unified(bytesOf(hex))
    const types = new Map(this.#unified.lookup.map((type) => [type.id, type]))
    this.#calls = new CallDecoder(this.#unified, (id) => this.#types.of(id))
    this.#types = new TypeDecoders(types, (account) => this.#addressOf(account), this.#calls.type)
    this.#addresses = addresses
    this.#keys = keys
    const version = this.#constant('System', 'Version')
    this.specName = String(field(version, 'specName'))
    this.specVersion = count(field(version, 'specVersion'))
  }

  get metadata(): RuntimeMetadata {
    this.#metadata ??= runtimeMetadataOf(this.#unified)
    return this.#metadata
  }

  get events(): EventDecoder {
    this.#events ??= new EventDecoder(this.#unified, (id) => this.#types.of(id))
    return this.#events
  }

  get extrinsics(): ExtrinsicDecoder {
    this.#extrinsics ??= new ExtrinsicDecoder(this.#unified, (id) => this.#types.of(id), this.#calls)
    return this.#extrinsics
  }

  hasPallet(pallet: string): boolean {
    return this.#unified.pallets.some(({ name }) => name === pallet)
  }

  /** Undefined for an item that the runtime does not have. Throws DecodeError for one with types that are not supported. */
  item({ pallet, item }: StorageItem): ItemCodec | undefined {
    const known = this.#items.get(pallet)?.get(item)
    if (known !== undefined) return known
    const codec = this.#item(pallet, item)
    if (codec === undefined) return undefined
    const items = this.#items.get(pallet) ?? new Map<string, ItemCodec>()
    this.#items.set(pallet, items.set(item, codec))
    return codec
  }

  #addressOf(account: string): string {
    const cached = this.#addresses.get(account)
    if (cached !== undefined) return cached
    const address = madeAddress(addressOf(bytesOf(account)))
    this.#addresses.set(account, address)
    this.#keys.remember(address, account.slice(2).toLowerCase())
    return address
  }

  #item(pallet: string, item: string): ItemCodec | undefined {
    const storage = this.#unified.pallets.find(({ name }) => name === pallet)?.storage
    const found = storage?.items.find(({ name }) => name === item)
    if (storage === undefined || found === undefined) return undefined
    const { type, modifier, fallback } = found
    const prefix = itemPrefix(storage.prefix, item)
    let parts: readonly ((key: StorageKey) => string)[] | undefined
    const valueType = type.tag === 'plain' ? type.value : type.value.value
    const decode = this.#types.of(valueType)
    const isAccount = this.#types.isAccount(valueType)
    // Decoded at most once, and shared: decoded values are never changed.
    let byDefault: { readonly value: unknown } | undefined = modifier === 0 ? { value: null } : undefined
    return {
      keyOf: (keys) => {
        parts ??= this.#keyParts(pallet, item)
        if (keys.length !== parts.length)
          throw new KeyError(`${pallet}.${item} has ${parts.length} keys, got ${keys.length}`)
        let key = prefix
        for (const [index, part] of parts.entries()) key += part(keys[index] ?? '')
        return key
      },
      decode: (value) => {
        // An account is a key of the cache of addresses as it comes.
        if (isAccount && value?.length === ACCOUNT_CHARACTERS) return this.#addressOf(value)
        if (value !== null) return decodeAll(bytesOf(value), decode)
        byDefault ??= { value: decodeAll(bytesOf(fallback), decode) }
        return byDefault.value
      },
    }
  }

  /** One part per hasher: the key of several hashers is a tuple. */
  #keyParts(pallet: string, item: string): readonly ((key: StorageKey) => string)[] {
    const { hashers, key } = this.metadata.pallets.get(pallet)?.items.get(item) ?? {}
    if (hashers === undefined || key === undefined) return []
    const [hasher] = hashers
    if (hasher !== undefined && hashers.length === 1)
      return [this.#keys.of(this.#types.unwrapped(Number(key)), hasher)]
    const definition = this.metadata.types.get(key)?.definition
    if (definition?.kind !== 'tuple' || definition.types.length !== hashers.length)
      throw new KeyError(`${pallet}.${item} has a key that does not fit its hashers`)
    return hashers.map((each, index) =>
      this.#keys.of(this.#types.unwrapped(Number(definition.types[index])), each),
    )
  }

  #constant(pallet: string, constant: string): unknown {
    const found = this.#unified.pallets
      .find(({ name }) => name === pallet)
      ?.constants.find(({ name }) => name === constant)
    if (found === undefined) throw new DecodeError(`the metadata has no constant ${pallet}.${constant}`)
    return decodeAll(bytesOf(found.value), this.#types.of(found.type))
  }
}

/** The version of metadata is in the byte behind the letters "meta". */
const VERSION_AT = 4

function unified(bytes: Buffer): UnifiedMetadata {
  const version = bytes[VERSION_AT]
  if (version !== undefined && version !== 14 && version !== 15)
    throw new DecodeError(`expected a runtime's metadata in version 14 or 15, got version ${version}`)
  try {
    return unifyMetadata(decAnyMetadata(new Uint8Array(bytes)))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new DecodeError(`expected a runtime's metadata in version 14 or 15: ${nameOf(why)}`)
  }
}
