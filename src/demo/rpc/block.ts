import type { SimulatedChain } from '../chain.ts'
import { trafficOf, type SimulatedExtrinsic } from '../extrinsics.ts'
import { ByteWriter } from './byte-writer.ts'
import type { Runtime, Runtimes } from './runtime.ts'
import { camelCase, EncodeError, type TypeEncoders } from './scale.ts'

/** A block as a node answers it: 0x hex. */
interface EncodedBlock {
  readonly extrinsics: readonly string[]
  /** The value of System.Events. */
  readonly events: string
}

type EventOf = SimulatedExtrinsic['events'][number]

const writer = new ByteWriter()

/** The blocks of a chain, encoded by the runtimes that executed them. */
export class Blocks {
  private readonly chain: SimulatedChain
  private readonly runtimes: Runtimes
  private readonly encoded = new Map<number, EncodedBlock>()

  constructor(chain: SimulatedChain, runtimes: Runtimes) {
    this.chain = chain
    this.runtimes = runtimes
  }

  /**
   * Whether a block's extrinsics and events are known: they are derived from the states before and after it. The block the
   * simulation begins with has none before it, and nothing happened in it.
   */
  has(height: number): boolean {
    const { chain } = this
    if (chain.stateAt(height) === undefined) return false
    return chain.stateAt(height - 1) !== undefined || height > chain.height - chain.keepBlocks
  }

  /** The extrinsics and events of a block that has them. */
  at(height: number): EncodedBlock {
    let block = this.encoded.get(height)
    if (block === undefined) {
      block = makeBlock(this.chain, this.runtimes.of(this.chain.writerAt(height)), height)
      this.encoded.set(height, block)
      for (const other of this.encoded.keys()) if (other < this.chain.oldestHeight) this.encoded.delete(other)
    }
    return block
  }
}

function makeBlock(chain: SimulatedChain, runtime: Runtime, height: number): EncodedBlock {
  const traffic = trafficOf(chain, height)
  const own = chain.stateAt(height)?.block.events ?? []
  const records = [
    ...traffic.extrinsics.flatMap(({ events }, index) =>
      events.map((event) => ({ phase: { applyExtrinsic: index }, event })),
    ),
    ...[...own, ...traffic.events].map((event) => ({ phase: 'finalization', event })),
  ]
  return {
    extrinsics: traffic.extrinsics.map((extrinsic) => `0x${encodedExtrinsic(runtime, extrinsic)}`),
    events: `0x${encodedEvents(runtime, records)}`,
  }
}

/** Signed, version 4. */
const SIGNED_V4 = 0x84

/** Hex digits of an extrinsic behind its length. */
function encodedExtrinsic({ metadata, types }: Runtime, extrinsic: SimulatedExtrinsic): string {
  const { signature, method, args, nonce } = extrinsic
  if (signature === null) throw new EncodeError('the simulation has no unsigned extrinsics')
  const params = new Map(types.type(metadata.extrinsic.type).params.map(({ name, type }) => [name, type]))
  const typeOf = (name: string): number => {
    const type = params.get(name)
    if (type === undefined) throw new EncodeError(`the type of extrinsics has no parameter ${name}`)
    return type
  }
  writer.clear()
  writer.byte(SIGNED_V4)
  types.of(typeOf('Address'))(signature.signer, writer)
  types.of(typeOf('Signature'))({ sr25519: signature.signature }, writer)
  for (const { identifier, type } of metadata.extrinsic.signedExtensions)
    if (identifier === 'CheckNonce') types.of(type)(nonce, writer)
    // An immortal era, no tip, no check of the metadata's hash.
    else types.zero(type, writer)
  const call = innerVariant(types, typeOf('Call'), method)
  for (const { name = '', type } of call.fields) types.of(type)(args[name], writer)
  const body = writer.copy()
  writer.clear()
  writer.compact(body.length)
  writer.append(body)
  return writer.hex()
}

/** Writes the indices of a pallet and of one of its calls or events, and returns what that holds. */
function innerVariant(types: TypeEncoders, outer: number, { pallet, method }: EventOf['method']) {
  const own = types.variants(outer).get(camelCase(pallet))
  const inner = own?.fields[0]?.type
  const variant = inner === undefined ? undefined : types.variants(inner).get(camelCase(method))
  if (own === undefined || variant === undefined)
    throw new EncodeError(`the runtime has no ${pallet}.${method}`)
  writer.byte(own.index)
  writer.byte(variant.index)
  return variant
}

interface EventRecord {
  readonly phase: unknown
  readonly event: EventOf
}

/** The types of System.Events: Vec<EventRecord { phase, event, topics }>. */
function recordTypes(runtime: Runtime): { readonly phase: number; readonly event: number } {
  const list = runtime.types.type(runtime.plainType('System', 'Events')).def
  const record = list.tag === 'sequence' ? runtime.types.type(list.value).def : undefined
  const fields = new Map(
    record?.tag === 'composite' ? record.value.map(({ name, type }) => [name, type]) : [],
  )
  const [phase, event] = [fields.get('phase'), fields.get('event')]
  if (phase === undefined || event === undefined) throw new EncodeError('System.Events has another type')
  return { phase, event }
}

/** Events that the runtime does not have are left out: the simulation emits some for all specs. */
function encodedEvents(runtime: Runtime, records: readonly EventRecord[]): string {
  const { types } = runtime
  const type = recordTypes(runtime)
  const known = records.filter(({ event }) => hasEvent(types, type.event, event.method))
  writer.clear()
  writer.compact(known.length)
  for (const { phase, event } of known) {
    types.of(type.phase)(phase, writer)
    const { name, fields } = innerVariant(types, type.event, event.method)
    if (fields.length !== event.data.length)
      throw new EncodeError(`${name} has ${event.data.length} values for ${fields.length} fields`)
    for (const [index, field] of fields.entries()) types.of(field.type)(event.data[index], writer)
    // No topics.
    writer.compact(0)
  }
  return writer.hex()
}

function hasEvent(types: TypeEncoders, outer: number, { pallet, method }: EventOf['method']): boolean {
  const inner = types.variants(outer).get(camelCase(pallet))?.fields[0]?.type
  return inner !== undefined && types.variants(inner).has(camelCase(method))
}
