import { z } from 'zod'
import type { BlockBody, Call, ChainEvent } from '../../chain/extrinsic.ts'
import { nameOf } from '../../text.ts'
import { hash } from './wire.ts'

/** Schema of `/blocks/:block`, limited to the fields that are used. Verified against a running Sidecar 18.0.0. */

const word = z.string().transform(nameOf)

const name = z.object({ pallet: word, method: word })

const event = z
  .object({ method: name, data: z.array(z.unknown()) })
  .transform(({ method, data }): ChainEvent => ({ pallet: method.pallet, name: method.method, data }))

const events = z.object({ events: z.array(event) }).transform((hook) => hook.events)

/** A signer is a plain account or, from the first Substrate 3 runtimes on, {"id": account}. */
const signer = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)])

const call = z.object({ method: name, args: z.record(z.string(), z.unknown()) })

const extrinsic = z
  .object({
    ...call.shape,
    hash,
    // Ethereum accounts also sign extrinsics; they are never watched.
    signature: z.object({ signer: signer.catch('') }).nullable(),
    events: z.array(event),
    // A text if the node has discarded the events.
    success: z.union([z.boolean(), z.string()]),
  })
  .transform(({ method, args, hash, signature, events, success }) => ({
    hash,
    signer: signature?.signer === '' ? undefined : signature?.signer,
    call: callOf(method, args),
    events,
    success,
  }))

const height = z
  .string()
  .regex(/^\d{1,16}$/, 'expected a string of digits')
  .transform(Number)

const MOST_LEVELS = 1024

/**
 * Whether JSON is nested deeper than any valid block, which would overflow the stack of recursive readers. The chain decodes
 * at most 256 nested calls (MAX_EXTRINSIC_DEPTH), and each takes three levels.
 */
function isTooDeep(answer: unknown): boolean {
  let level: unknown[] = [answer]
  for (let levels = 0; level.length > 0; levels++) {
    if (levels > MOST_LEVELS) return true
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? (Object.values(value) as unknown[]) : [],
    )
  }
  return false
}

export const blockWire = z
  .unknown()
  .refine((answer) => !isTooDeep(answer), 'is nested too deeply')
  .pipe(
    z.object({
      number: height,
      hash,
      parentHash: hash,
      // Absent for chains without finality.
      finalized: z.boolean().optional(),
      onInitialize: events,
      extrinsics: z.array(extrinsic),
      onFinalize: events,
    }),
  )

/** A block, or the reason why it cannot be used: it is not finalized, or its events were discarded. */
export type ReadBlock =
  { readonly body: BlockBody } | { readonly problem: 'not_final' } | { readonly problem: 'no_events' }

/** Converts a response of `/blocks/:block` to a block. */
export function blockOf(answer: z.output<typeof blockWire>): ReadBlock {
  if (answer.finalized === false) return { problem: 'not_final' }
  const extrinsics = answer.extrinsics.flatMap(({ success, ...rest }) =>
    typeof success === 'boolean' ? [{ ...rest, success }] : [],
  )
  if (extrinsics.length < answer.extrinsics.length) return { problem: 'no_events' }
  const { number, hash, parentHash, onInitialize, onFinalize } = answer
  const [eventsBefore, eventsAfter] = [onInitialize, onFinalize]
  return { body: { height: number, hash, parentHash, eventsBefore, extrinsics, eventsAfter } }
}

/** A call. Arguments that are calls have the form {"method": {"pallet", "method"}, "args"}, alone or in an array, to any depth. */
function callOf({ pallet, method }: z.output<typeof name>, args: Readonly<Record<string, unknown>>): Call {
  const plain: Record<string, unknown> = {}
  const calls: Record<string, readonly Call[]> = {}
  for (const [key, value] of Object.entries(args)) {
    const inner = Array.isArray(value) ? value.map(nestedCall) : [nestedCall(value)]
    const found = inner.filter((each) => each !== undefined)
    if (found.length > 0 && found.length === inner.length) calls[key] = found
    else plain[key] = value
  }
  return { pallet, method, args: plain, calls }
}

/** An argument as a call, if it is one. The cheap check comes first: most arguments are plain, and lists of weights are long. */
function nestedCall(value: unknown): Call | undefined {
  if (typeof value !== 'object' || value === null || !('method' in value)) return undefined
  const parsed = call.safeParse(value)
  return parsed.success ? callOf(parsed.data.method, parsed.data.args) : undefined
}
