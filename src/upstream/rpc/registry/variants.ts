import { nameOf } from '../../../text.ts'
import { DecodeError } from '../../decode.ts'
import type { Decode, DecoderOf, UnifiedMetadata } from './types.ts'

/** A call or an event: an enum over the pallets, with an enum over the pallet's calls or events inside. */
export interface PalletVariant {
  /** As in the metadata, made harmless. */
  readonly pallet: string
  readonly name: string
  readonly fields: readonly {
    readonly name: string | undefined
    readonly type: number
    readonly decode: Decode
  }[]
}

/** The calls or the events of a runtime by pallet index and variant index. Each one is prepared when it is first decoded. */
export class PalletVariants {
  readonly #unified: UnifiedMetadata
  readonly #kind: 'calls' | 'events'
  readonly #decoderOf: DecoderOf
  readonly #found = new Map<number, PalletVariant>()

  constructor(unified: UnifiedMetadata, kind: 'calls' | 'events', decoderOf: DecoderOf) {
    this.#unified = unified
    this.#kind = kind
    this.#decoderOf = decoderOf
  }

  /** Throws DecodeError for an index that the runtime does not have. */
  of(pallet: number, variant: number): PalletVariant {
    const key = pallet * 256 + variant
    const known = this.#found.get(key)
    if (known !== undefined) return known
    const found = this.#find(pallet, variant)
    this.#found.set(key, found)
    return found
  }

  #find(palletIndex: number, variantIndex: number): PalletVariant {
    const pallet = this.#unified.pallets.find(({ index }) => index === palletIndex)
    const type = pallet?.[this.#kind]?.type
    const def = this.#unified.lookup.find(({ id }) => id === type)?.def
    const variant = def?.tag === 'variant' ? def.value.find(({ index }) => index === variantIndex) : undefined
    if (pallet === undefined || variant === undefined)
      throw new DecodeError(
        `the runtime has no variant ${variantIndex} of pallet ${palletIndex} in its ${this.#kind}`,
      )
    return {
      pallet: nameOf(pallet.name),
      name: nameOf(variant.name),
      fields: variant.fields.map(({ name, type }) => ({ name, type, decode: this.#decoderOf(type) })),
    }
  }
}
