import { Blake2256 } from '@polkadot-api/substrate-bindings'
import { accountIn, fieldOf, UNDECODED_CALL, type Call } from '../../../chain/extrinsic.ts'
import { DecodeError } from '../../decode.ts'
import type { CallDecoder } from './calls.ts'
import { Input } from './input.ts'
import { extensionsOf } from './metadata.ts'
import type { Decode, DecoderOf, UnifiedMetadata } from './types.ts'

/** What an extrinsic says by itself. */
export interface DecodedExtrinsic {
  readonly hash: string
  /** See Extrinsic.signer. */
  readonly signer: string | undefined
  /** UNDECODED_CALL where the bytes cannot be decoded. */
  readonly call: Call
}

/** Extensions of general transactions (version 5) that hold the account which signed. */
const SIGNATURE_EXTENSIONS: ReadonlySet<string> = new Set(['VerifySignature', 'VerifyMultiSignature'])

/**
 * Decodes the extrinsics of a runtime, of version 4 (bare or signed) and 5 (bare or general, whose extensions are those of version
 * 0). Each extension is decoded by its type in the metadata, so unknown ones are skipped correctly.
 */
export class ExtrinsicDecoder {
  readonly #calls: CallDecoder
  readonly #address: Decode
  readonly #signature: Decode
  readonly #extensions: readonly { readonly identifier: string; readonly decode: Decode }[]

  constructor(unified: UnifiedMetadata, decoderOf: DecoderOf, calls: CallDecoder) {
    this.#calls = calls
    const param = (name: 'Address' | 'Signature'): Decode => decoderOf(typeOf(unified, name))
    this.#address = param('Address')
    this.#signature = param('Signature')
    this.#extensions = extensionsOf(unified.extrinsic).map(({ identifier, type }) => ({
      identifier,
      decode: decoderOf(type),
    }))
  }

  /** Never throws for bytes: an extrinsic that cannot be decoded has UNDECODED_CALL, and its signer if that comes before the fault. */
  decode(bytes: Buffer): DecodedExtrinsic {
    const hash = `0x${Buffer.from(Blake2256(new Uint8Array(bytes))).toString('hex')}`
    const found: { signer: string | undefined } = { signer: undefined }
    try {
      const input = new Input(bytes)
      if (Number(input.compact()) !== input.left)
        throw new DecodeError('expected an extrinsic of its own length')
      this.#readHead(input, found)
      const call = this.#calls.decode(input)
      input.end()
      return { hash, signer: found.signer, call }
    } catch (error) {
      if (error instanceof DecodeError) return { hash, signer: found.signer, call: UNDECODED_CALL }
      throw error
    }
  }

  /** Reads what comes before the call. */
  #readHead(input: Input, found: { signer: string | undefined }): void {
    const format = input.byte()
    switch (format) {
      case 0x04:
      case 0x05:
        return
      case 0x84: {
        const signer = accountIn(this.#address(input))
        this.#signature(input)
        this.#readExtensions(input)
        found.signer = signer
        return
      }
      case 0x45: {
        const version = input.byte()
        if (version !== 0) throw new DecodeError(`expected extensions of version 0, got ${version}`)
        found.signer = this.#readExtensions(input)
        return
      }
      default:
        throw new DecodeError(`expected an extrinsic of version 4 or 5, got format ${format}`)
    }
  }

  /** Returns the account whose signature an extension holds. */
  #readExtensions(input: Input): string | undefined {
    let signer: string | undefined
    for (const { identifier, decode } of this.#extensions) {
      const value = decode(input)
      if (SIGNATURE_EXTENSIONS.has(identifier))
        signer = accountIn(fieldOf(fieldOf(value, 'signed'), 'account'))
    }
    return signer
  }
}

/** In version 14 the types are parameters of the extrinsic's type, in version 15 they are given. */
function typeOf({ extrinsic, lookup }: UnifiedMetadata, name: 'Address' | 'Signature'): number {
  const type =
    'address' in extrinsic
      ? { Address: extrinsic.address, Signature: extrinsic.signature }[name]
      : lookup.find(({ id }) => id === extrinsic.type)?.params.find((param) => param.name === name)?.type
  if (type === undefined) throw new DecodeError(`the metadata does not name the ${name} of extrinsics`)
  return type
}
