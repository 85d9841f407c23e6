import type { Block } from '../../chain/block.ts'
import type { BlockBody, ChainEvent, Extrinsic } from '../../chain/extrinsic.ts'
import type { EventRecord } from './registry/events.ts'
import { bytesOf, decodeAll } from './registry/input.ts'
import type { DecodedRuntime } from './registry/runtime.ts'

/** The parts of a block as a node answers them. */
export interface RawBlock {
  readonly block: Block
  readonly parentHash: string
  /** Encoded, as 0x hex. */
  readonly extrinsics: readonly string[]
  /** The value of System.Events in the state of the block. */
  readonly events: string | null
}

/** Why a block cannot be used: its events are gone, or are not those of this block. */
export class BlockFault extends Error {
  override readonly name = 'BlockFault'
}

/**
 * Decodes a block by the runtime that executed it. An extrinsic that cannot be decoded has UNDECODED_CALL; its events and the other
 * extrinsics are complete. Throws BlockFault when the events do not tell how each extrinsic ended, DecodeError when they cannot be decoded.
 */
export function blockBodyOf(
  { block, parentHash, extrinsics, events }: RawBlock,
  runtime: DecodedRuntime,
): BlockBody {
  const records = events === null ? [] : decodeAll(bytesOf(events), (input) => runtime.events.decode(input))
  const byPhase = new Map<EventRecord['phase'], ChainEvent[]>()
  for (const { phase, event } of records) byPhase.set(phase, [...(byPhase.get(phase) ?? []), event])
  for (const phase of byPhase.keys())
    if (typeof phase === 'number' && phase >= extrinsics.length)
      throw new BlockFault(`has events of extrinsic ${phase}, and ${extrinsics.length} extrinsics`)
  return {
    height: block.height,
    hash: block.hash,
    parentHash,
    eventsBefore: byPhase.get('before') ?? [],
    extrinsics: extrinsics.map((hex, index): Extrinsic => {
      const own = byPhase.get(index) ?? []
      return { ...runtime.extrinsics.decode(bytesOf(hex)), success: successOf(own, index), events: own }
    }),
    eventsAfter: byPhase.get('after') ?? [],
  }
}

function successOf(events: readonly ChainEvent[], index: number): boolean {
  const end = events.find(
    ({ pallet, name }) => pallet === 'system' && (name === 'ExtrinsicSuccess' || name === 'ExtrinsicFailed'),
  )
  if (end === undefined) throw new BlockFault(`came without the events of extrinsic ${index}`)
  return end.name === 'ExtrinsicSuccess'
}
