import type { FailureReason } from '../errors.ts'
import {
  failureOf,
  isSuccess,
  readJson,
  type Answer,
  type Clean,
  type Failure,
  type Outcome,
} from '../http/answer.ts'

/** The answer to one call. */
export interface Reply {
  /** As the node gave it: null where it could not tell which call failed. */
  readonly id: unknown
  readonly outcome: Outcome
  /** The code of an error. */
  readonly code?: number | undefined
}

/** Longest error text in messages. */
const MESSAGE_CHARACTERS = 200

/**
 * Judges an answer of a node: `Reply[]`, one per call, in the order of the answer. An error that is the only thing the node
 * answered is the request's own failure. Text of the answer gets into messages only through `clean`.
 */
export function readReplies(answer: Answer, clean: Clean): Outcome {
  if (!isSuccess(answer.status)) {
    if (answer.status === 404 && answer.body.includes('Cannot POST /'))
      return { failure: failureOf(answer, clean, { message: NOT_A_NODE }) }
    const error = errorIn(parsed(answer.body.toString('utf8')))
    const refusal = error === undefined ? undefined : { message: messageOf(error), reason: reasonOf(error) }
    return { failure: failureOf(answer, clean, refusal) }
  }
  const read = readJson(answer, clean)
  if ('failure' in read) return read
  const isArray = Array.isArray(read.value)
  const replies = (isArray ? (read.value as unknown[]) : [read.value]).map((reply) => replyOf(reply, clean))
  const failures = replies.flatMap(({ outcome }) => ('failure' in outcome ? [outcome.failure] : []))
  const [first] = failures
  // Counted as one failed request; an array with at least one result counts as answered.
  if (first !== undefined && failures.length === replies.length) return { failure: refusedBy(first, replies) }
  return { value: replies }
}

/** Sidecar, a server made with Express, answers 404 to POST. */
const NOT_A_NODE =
  'this is a Sidecar, or another web server, not the JSON-RPC of a node: configure a Sidecar as url (SIDECAR_URL)'

/** The failure of a request all of whose calls failed. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly replies: readonly Reply[]

  constructor(replies: readonly Reply[]) {
    super('all calls failed')
    delete this.stack
    this.replies = replies
  }
}

const refusedBy = (first: Failure, replies: readonly Reply[]): Failure => ({
  ...first,
  cause: new RefusedError(replies),
})

function replyOf(reply: unknown, clean: Clean): Reply {
  if (typeof reply !== 'object' || reply === null) return malformed(null, 'expected an object')
  const id = 'id' in reply ? reply.id : undefined
  const error = errorIn(reply)
  if (error !== undefined && 'result' in reply)
    return malformed(id, 'expected a result or an error, got both')
  if (error !== undefined) {
    const message = clean(messageOf(error), MESSAGE_CHARACTERS)
    return {
      id,
      code: error.code,
      outcome: { failure: { reason: reasonOf(error), message: `answered: ${message}` } },
    }
  }
  return 'result' in reply
    ? { id, outcome: { value: reply.result } }
    : malformed(id, 'expected a result or an error')
}

const malformed = (id: unknown, message: string): Reply => ({
  id,
  outcome: { failure: { reason: 'shape', message: `not a JSON-RPC answer: ${message}` } },
})

/** An error of JSON-RPC. */
interface RpcFault {
  readonly code: number
  readonly message: string
  readonly data: string
}

function errorIn(reply: unknown): RpcFault | undefined {
  if (typeof reply !== 'object' || reply === null || !('error' in reply)) return undefined
  const { error } = reply
  if (typeof error !== 'object' || error === null) return undefined
  const code = 'code' in error && typeof error.code === 'number' ? error.code : 0
  const message = 'message' in error && typeof error.message === 'string' ? error.message : ''
  const data = 'data' in error && typeof error.data === 'string' ? error.data : ''
  return { code, message, data }
}

const messageOf = ({ code, message, data }: RpcFault): string =>
  `${message || 'an error without a message'}${data === '' ? '' : `: ${data}`} (code ${code})`

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Codes of a node that serves no arrays of calls, or none of this length or size. */
const ARRAY_REFUSALS: ReadonlySet<number> = new Set([-32005, -32010, -32011])

export const refusesArray = ({ id, code }: Reply): boolean =>
  (id === null || id === undefined) && code !== undefined && ARRAY_REFUSALS.has(code)

/**
 * Reasons by code or text. Codes are those of jsonrpsee and of the polkadot-sdk, of which older releases have others for the same
 * texts. The first row that matches decides.
 */
const KNOWN: readonly { reason: FailureReason; codes: readonly number[]; message: RegExp }[] = [
  {
    reason: 'block_gone',
    codes: [],
    message:
      /State already discarded|Header was not found|UnknownBlock|unknown Block|Cannot resolve a block range|Block .{0,80}not found/i,
  },
  {
    reason: 'too_large',
    codes: [-32007, -32008, -32011, -32701, -32702],
    message: /(?:response|request)\b.{0,40}\btoo (?:big|large)/i,
  },
  { reason: 'rate_limited', codes: [-32999, 429], message: /rate limit|too many requests/i },
  { reason: 'unknown_method', codes: [-32601], message: /method not found/i },
]

function reasonOf({ code, message, data }: RpcFault): FailureReason {
  const text = `${message} ${data}`
  const known = KNOWN.find((row) => row.codes.includes(code) || row.message.test(text))
  return known?.reason ?? 'rpc_error'
}
