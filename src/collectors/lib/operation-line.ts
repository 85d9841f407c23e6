import type { BlockBody } from '../../chain/extrinsic.ts'
import { oneLine } from '../../text.ts'
import type { IncomingEvent, KeyOperation } from '../../chain/key-activity.ts'

/** One structured line of the log. */
export interface Line {
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** The line of a call by a watched key. Amounts are in the smallest unit, as on the chain. */
export function operationLine(
  body: BlockBody,
  { actor, call, result, extrinsic }: KeyOperation,
  names: ReadonlyMap<string, string>,
): Line {
  const { pallet, method } = call
  const key = names.get(actor) ?? actor
  const error = result === 'failure' && !extrinsic.success ? dispatchError(extrinsic.events) : undefined
  return {
    fields: {
      block: body.height,
      hash: extrinsic.hash,
      key,
      address: actor,
      ...(extrinsic.signer === actor ? {} : { signer: extrinsic.signer }),
      pallet,
      method,
      result,
      amounts: amountsOf(call.args),
      ...(error === undefined ? {} : { error }),
    },
    message: 'operation of a watched key',
  }
}

/** The line of an event in which another account affected a watched key. */
export function incomingEventLine(
  body: BlockBody,
  { account, event, extrinsic }: IncomingEvent,
  names: ReadonlyMap<string, string>,
): Line {
  const key = names.get(account) ?? account
  const { pallet, name } = event
  return {
    fields: {
      block: body.height,
      ...(extrinsic === undefined ? {} : { hash: extrinsic.hash, signer: extrinsic.signer }),
      key,
      address: account,
      pallet,
      method: name,
      result: 'by_others',
      data: event.data.map(shown),
    },
    message: 'event in which another account affects a watched key',
  }
}

/** Event data may contain arbitrary text from third parties, of any length. */
const shown = (value: unknown): unknown => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const line = oneLine(text, 256)
  return line === text ? value : line
}

/** Names in the metadata of arguments that are amounts. */
const AMOUNT = /amount|value|cost|stake$|take$|limit|deposit|cap$|alpha|new_free|new_reserved/

function amountsOf(args: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const amounts = Object.entries(args).filter(
    (entry): entry is [string, string] =>
      AMOUNT.test(entry[0]) && typeof entry[1] === 'string' && /^-?\d{1,40}$/.test(entry[1]),
  )
  return Object.fromEntries(amounts)
}

const dispatchError = (events: KeyOperation['extrinsic']['events']): unknown =>
  events.find(({ pallet, name }) => pallet === 'system' && name === 'ExtrinsicFailed')?.data[0]
