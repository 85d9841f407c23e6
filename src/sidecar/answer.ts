import { isUtf8 } from 'node:buffer'
import type { FailureReason, SidecarFailure } from './errors.ts'

/** An HTTP answer, read to its end or, for one that is not a success, up to a limit. */
export interface Answer {
  readonly status: number
  /** As sent; empty when there is none. */
  readonly contentType: string
  readonly body: Buffer
}

/** What is wrong with an answer. */
export type Fault = Pick<SidecarFailure, 'reason' | 'message' | 'status' | 'cause'>

/** The JSON value of an answer, or what is wrong with it. */
type Outcome = { readonly value: unknown } | { readonly fault: Fault }

/** Makes one line of at most so many characters, without secrets. */
type Clean = (text: string, max: number) => string

const MESSAGE_CHARACTERS = 200
const SNIPPET_CHARACTERS = 60
/** As much of a body as is looked at for a snippet. */
const SNIPPET_BYTES = 4096

/** A success with a whole body: 206 is only a part, and none was asked for. */
export const isSuccess = (status: number): boolean => status >= 200 && status < 300 && status !== 206

/** Judges an answer. Text of it gets into messages only through `clean`. */
export function readAnswer(answer: Answer, clean: Clean): Outcome {
  return isSuccess(answer.status) ? readSuccess(answer, clean) : { fault: readRefusal(answer, clean) }
}

function readSuccess({ status, contentType, body }: Answer, clean: Clean): Outcome {
  const not = (what: string): Outcome => ({
    fault: {
      reason: 'not_json',
      status,
      message: `answered ${status} with ${clean(contentType, SNIPPET_CHARACTERS) || 'no content type'}, which is not ${what}`,
    },
  })
  if (body.length === 0) return not('JSON: the body is empty')
  const snippet = (): string => clean(body.toString('utf8', 0, SNIPPET_BYTES), SNIPPET_CHARACTERS)
  // Quicker than a TextDecoder that throws, for answers as small as most are.
  if (!isUtf8(body)) return not(`UTF-8: ${snippet()}`)
  try {
    return { value: JSON.parse(body.toString()) as unknown }
  } catch {
    return not(`JSON: ${snippet()}`)
  }
}

/**
 * How the messages of Sidecar (14 to 20) and polkadot-rest-api sort into reasons, read from their answers and source.
 * The first row that fits decides; Sidecar says 500 for most of what is the caller's doing.
 */
const KNOWN: readonly { reason: FailureReason; statuses: readonly number[]; message: RegExp }[] = [
  // polkadot-js, of a block or of an extrinsic in it. The rest of the message is made of the block.
  { reason: 'undecodable', statuses: [500], message: /^createType\((?:SignedBlock|Extrinsic\w*)\):: / },
  {
    reason: 'block_gone',
    statuses: [400, 404, 500],
    message:
      /State already discarded for|Unable to retrieve header and parent from supplied hash|Header was not found in the database|^Specified block number is larger than|\bblock\b[^.;]{0,100}\bnot found\b/i,
  },
  { reason: 'no_item', statuses: [500], message: /^Could not find storage item \(/ },
  // polkadot-js has no such method on api.query: the name is not in the metadata, or is not in its camel case form.
  { reason: 'no_item', statuses: [500], message: /\bquery\S{0,100} is not a function$/ },
  { reason: 'unknown_pallet', statuses: [400], message: /was not recognized as a queryable pallet/ },
  {
    reason: 'bad_key',
    statuses: [500],
    message:
      /createType\(StorageKey\)|is a map, requiring \d+ arguments, \d+ found|does not take any arguments, \d+ found/,
  },
  { reason: 'bad_key', statuses: [400], message: /^Invalid address format/ },
]

function readRefusal({ status, body }: Answer, clean: Clean): Fault {
  if (status >= 300 && status < 400) {
    // Where to is for whoever answered to choose: a Sidecar is asked at the URL that is configured, or not at all.
    const message = `answered ${status}, a redirect, which is not followed: configure the URL it is at`
    return { reason: 'status', status, message }
  }
  const text = body.toString('utf8')
  const said = messageIn(text)
  const known = KNOWN.find(
    (row) => said !== undefined && row.statuses.includes(status) && row.message.test(said),
  )
  const shown = clean(said ?? withoutTags(text), MESSAGE_CHARACTERS)
  const message = shown === '' ? `answered ${status}` : `answered ${status}: ${shown}`
  return { reason: known?.reason ?? 'status', status, message }
}

/** The message of an error body: `{code,message,stack,level}` of Sidecar, `{error}` of polkadot-rest-api. */
function messageIn(text: string): string | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof body !== 'object' || body === null) return undefined
  if ('message' in body && typeof body.message === 'string') return body.message
  if ('error' in body && typeof body.error === 'string') return body.error
  return undefined
}

/** An HTML error page without its tags. */
const withoutTags = (text: string): string => text.slice(0, SNIPPET_BYTES).replace(/<[^<>]*>/g, ' ')
