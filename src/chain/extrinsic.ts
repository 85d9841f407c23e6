/**
 * What a block holds, as Sidecar tells it: pallets and calls in its camel case (`subtensorModule`, `setWeights`), events
 * in Pascal case (`Transfer`), integers as decimal text, accounts as SS58.
 */

/** A call, with the calls among its arguments taken apart from the rest. */
export interface Call {
  readonly pallet: string
  readonly method: string
  readonly args: Readonly<Record<string, unknown>>
  /** Calls by the name of the argument they are in; an argument that is one call is a list of one. */
  readonly calls: Readonly<Record<string, readonly Call[]>>
}

/** Stands for a call that could not be decoded. The rest of its extrinsic, such as its events, is as the block has it. */
export const UNDECODED_CALL: Call = { pallet: 'undecoded', method: 'undecoded', args: {}, calls: {} }

/** An event, with its fields in the order of the metadata. */
export interface ChainEvent {
  readonly pallet: string
  readonly name: string
  readonly data: readonly unknown[]
}

/** One extrinsic and what came of it. */
export interface Extrinsic {
  /** 0x hex. */
  readonly hash: string
  /** Undefined for what nobody signed: inherents, and transactions that carry their proof themselves. */
  readonly signer: string | undefined
  readonly call: Call
  readonly success: boolean
  readonly events: readonly ChainEvent[]
}

/** The extrinsics and events of one block. */
export interface BlockBody {
  readonly height: number
  readonly hash: string
  readonly parentHash: string
  /** Of the runtime's hooks before the extrinsics: what was scheduled happens there. */
  readonly eventsBefore: readonly ChainEvent[]
  readonly extrinsics: readonly Extrinsic[]
  /** Of the runtime's hooks after them. */
  readonly eventsAfter: readonly ChainEvent[]
}

/** `pallet.name` of a call or an event. */
export const callName = ({ pallet, method }: Call): string => `${pallet}.${method}`
export const eventName = ({ pallet, name }: ChainEvent): string => `${pallet}.${name}`

/** The account of a `MultiAddress` ({"id": …}) or of a plain account; undefined for its other forms. */
export function accountIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  const id = fieldOf(value, 'id')
  return typeof id === 'string' ? id : undefined
}

/** A field of a record, whatever the case of its name: releases of Sidecar differ in that. */
export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
    : undefined

/** The accounts among these that an event names, at any depth of its data. */
export function accountsNamed({ data }: ChainEvent, accounts: ReadonlySet<string>): ReadonlySet<string> {
  const named = new Set<string>()
  const collect = (value: unknown): void => {
    if (typeof value === 'string') {
      if (accounts.has(value)) named.add(value)
    } else if (typeof value === 'object' && value !== null)
      for (const inner of Object.values(value)) collect(inner)
  }
  collect(data)
  return named
}
