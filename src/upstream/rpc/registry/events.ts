import type { ChainEvent } from '../../../chain/extrinsic.ts'
import { count, DecodeError, field } from '../../decode.ts'
import type { Input } from './input.ts'
import { camelCase } from './names.ts'
import type { Decode, DecoderOf, UnifiedMetadata } from './types.ts'
import { PalletVariants } from './variants.ts'

/** An event, and the part of the block it is of: an extrinsic by its index, or the hooks before or after all of them. */
export interface EventRecord {
  readonly phase: number | 'before' | 'after'
  readonly event: ChainEvent
}

/** Decodes `System.Events` of a runtime: records of a phase, an event and topics. */
export class EventDecoder {
  readonly #variants: PalletVariants
  readonly #phase: Decode
  readonly #topics: Decode

  /** Throws DecodeError when the runtime keeps events in another form. */
  constructor(unified: UnifiedMetadata, decoderOf: DecoderOf) {
    this.#variants = new PalletVariants(unified, 'events', decoderOf)
    const record = unified.lookup.find(({ path }) => path.join('::') === 'frame_system::EventRecord')?.def
    const fields = record?.tag === 'composite' ? record.value : []
    const [phase, , topics] = fields
    if (
      phase === undefined ||
      topics === undefined ||
      fields.map(({ name }) => name).join() !== 'phase,event,topics'
    )
      throw new DecodeError('the metadata has no event records of a phase, an event and topics')
    this.#phase = decoderOf(phase.type)
    this.#topics = decoderOf(topics.type)
  }

  /** All records. One that cannot be decoded hides where the next begins: then DecodeError is thrown. */
  decode(input: Input): readonly EventRecord[] {
    const length = input.length()
    return Array.from({ length }, () => this.#record(input))
  }

  #record(input: Input): EventRecord {
    const phase = phaseOf(this.#phase(input))
    const { pallet, name, fields } = this.#variants.of(input.byte(), input.byte())
    const event = { pallet: camelCase(pallet), name, data: fields.map(({ decode }) => decode(input)) }
    this.#topics(input)
    return { phase, event }
  }
}

function phaseOf(phase: unknown): EventRecord['phase'] {
  if (typeof phase === 'object' && phase !== null) {
    if ('applyExtrinsic' in phase) return count(field(phase, 'applyExtrinsic'))
    if ('initialization' in phase) return 'before'
    if ('finalization' in phase) return 'after'
  }
  throw new DecodeError('expected the phase of an event')
}
