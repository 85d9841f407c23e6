/**
 * Contents of a block in Sidecar's spelling: pallets and calls in camel case (`subtensorModule`, `setWeights`), events in
 * Pascal case (`Transfer`), integers as decimal text, accounts as SS58.
 */

/** A call. Arguments that are calls themselves are in `calls`, all others in `args`. */
export interface Call {
  readonly pallet: string
  readonly method: string
  readonly args: Readonly<Record<string, unknown>>
  /** Nested calls by argument name; an argument that is a single call is a list of one. */
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

/** One extrinsic with its result and events. */
export interface Extrinsic {
  /** As 0x hex. */
  readonly hash: string
  /** Undefined for unsigned extrinsics: inherents, and transactions that carry their own proof. */
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
  /** Events of the runtime's hooks before the extrinsics, which include scheduled calls. */
  readonly eventsBefore: readonly ChainEvent[]
  readonly extrinsics: readonly Extrinsic[]
  /** Events of the runtime's hooks after the extrinsics. */
  readonly eventsAfter: readonly ChainEvent[]
}

/** `pallet.name` of a call or an event. */
export const callName = ({ pallet, method }: Call): string => `${pallet}.${method}`
export const eventName = ({ pallet, name }: ChainEvent): string => `${pallet}.${name}`

/** The account in a `MultiAddress` ({"id": …}) or a plain account; undefined for other forms of MultiAddress. */
export function accountIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  const id = fieldOf(value, 'id')
  return typeof id === 'string' ? id : undefined
}

/** A field of a record by its name in any letter case, because Sidecar releases differ in that. */
export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
    : undefined

/** Those of `accounts` that occur in the data of an event, at any depth. */
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
