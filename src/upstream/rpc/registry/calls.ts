import type { Call } from '../../../chain/extrinsic.ts'
import { DecodeError } from '../../decode.ts'
import type { Input } from './input.ts'
import { camelCase } from './names.ts'
import type { CallType, DecoderOf, UnifiedMetadata } from './types.ts'
import { PalletVariants } from './variants.ts'

/** How an argument holds calls: alone, as the elements of a vector or an array, or as bytes; undefined for any other argument. */
type CallsIn = ((input: Input) => readonly Call[] | undefined) | undefined

interface Argument {
  readonly name: string
  readonly decode: (input: Input) => unknown
  readonly calls: CallsIn
}

interface CallForm {
  readonly pallet: string
  readonly method: string
  readonly args: readonly Argument[]
}

/** Decodes the calls of a runtime, with the calls among their arguments to any depth. */
export class CallDecoder {
  readonly #unified: UnifiedMetadata
  readonly #variants: PalletVariants
  readonly #forms = new Map<number, CallForm>()
  /** Undefined when the metadata does not name the type of calls. */
  readonly type: CallType | undefined

  constructor(unified: UnifiedMetadata, decoderOf: DecoderOf) {
    this.#unified = unified
    this.#variants = new PalletVariants(unified, 'calls', decoderOf)
    const id = callTypeOf(unified)
    this.type =
      id === undefined ? undefined : { id, decode: (input) => input.nested(() => this.#plain(input)) }
  }

  /** A call as an extrinsic makes it. */
  decode(input: Input): Call {
    return input.nested(() => {
      const { pallet, method, args } = this.#form(input.byte(), input.byte())
      const plain: Record<string, unknown> = {}
      const calls: Record<string, readonly Call[]> = {}
      for (const { name, decode, calls: callsIn } of args) {
        const inner = callsIn?.(input)
        if (inner === undefined) plain[name] = decode(input)
        else if (inner.length > 0) calls[name] = inner
        else plain[name] = []
      }
      return { pallet, method, args: plain, calls }
    })
  }

  /** A call among other values, such as in an option. */
  #plain(input: Input): unknown {
    const [pallet, variant] = [input.byte(), input.byte()]
    const { args } = this.#form(pallet, variant)
    return {
      callIndex: `0x${Buffer.of(pallet, variant).toString('hex')}`,
      args: Object.fromEntries(args.map(({ name, decode }) => [name, decode(input)])),
    }
  }

  #form(pallet: number, variant: number): CallForm {
    const key = pallet * 256 + variant
    const known = this.#forms.get(key)
    if (known !== undefined) return known
    const found = this.#variants.of(pallet, variant)
    const form: CallForm = {
      pallet: camelCase(found.pallet),
      method: camelCase(found.name),
      args: found.fields.map(({ name, type, decode }, index) => ({
        name: name ?? `param${index}`,
        decode,
        calls: this.#callsIn(type, name),
      })),
    }
    this.#forms.set(key, form)
    return form
  }

  #callsIn(id: number, name: string | undefined): CallsIn {
    if (id === this.type?.id) return (input) => [this.decode(input)]
    const def = this.#unwrapped(id)
    if (def?.tag === 'sequence' && def.value === this.type?.id)
      return (input) => input.nested(() => Array.from({ length: input.length() }, () => this.decode(input)))
    if (def?.tag === 'array' && def.value.type === this.type?.id)
      return (input) => Array.from({ length: def.value.len }, () => this.decode(input))
    // A multisig of older runtimes holds its call in bytes, which may be no call.
    if (name === 'call' && def?.tag === 'sequence' && this.#isByte(def.value))
      return (input) => this.#opaque(input)
    return undefined
  }

  /** Bytes that are a call; undefined, with nothing read, for others. */
  #opaque(input: Input): readonly Call[] | undefined {
    const inner = input.peekBytes()
    try {
      const call = this.decode(inner)
      inner.end()
      input.skip(input.length())
      return [call]
    } catch (error) {
      if (error instanceof DecodeError) return undefined
      throw error
    }
  }

  /** The definition inside structs of one field without a name, such as BoundedVec. */
  #unwrapped(id: number): UnifiedMetadata['lookup'][number]['def'] | undefined {
    const def = this.#unified.lookup.find((type) => type.id === id)?.def
    if (def?.tag !== 'composite') return def
    const [first] = def.value
    return def.value.length === 1 && first !== undefined && first.name === undefined
      ? this.#unified.lookup.find((type) => type.id === first.type)?.def
      : def
  }

  #isByte(id: number): boolean {
    const def = this.#unified.lookup.find((type) => type.id === id)?.def
    return def?.tag === 'primitive' && def.value.tag === 'u8'
  }
}

/** In version 14 the type of calls is a parameter of the extrinsic's type. */
function callTypeOf({ extrinsic, lookup }: UnifiedMetadata): number | undefined {
  if ('call' in extrinsic) return extrinsic.call
  return lookup.find(({ id }) => id === extrinsic.type)?.params.find(({ name }) => name === 'Call')?.type
}
