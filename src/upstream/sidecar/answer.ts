import { failureOf, isSuccess, readJson, type Answer, type Clean, type Outcome } from '../http/answer.ts'
import type { FailureReason } from '../errors.ts'

/** Interprets a response of Sidecar: its JSON value, or the failure. Text of the response passes through `clean`. */
export function readAnswer(answer: Answer, clean: Clean): Outcome {
  if (isSuccess(answer.status)) return readJson(answer, clean)
  const text = answer.body.toString('utf8')
  if (answer.status === 405 && text.includes('POST is required'))
    return { failure: failureOf(answer, clean, { message: NOT_A_SIDECAR }) }
  const message = messageIn(text)
  if (message === undefined) return { failure: failureOf(answer, clean) }
  const match = REASONS.find((row) => row.statuses.includes(answer.status) && row.message.test(message))
  return { failure: failureOf(answer, clean, { message, reason: match?.reason }) }
}

/** The HTTP server of polkadot-sdk (jsonrpsee) answers 405 to GET. */
const NOT_A_SIDECAR = 'this is the JSON-RPC of a node, not a Sidecar: configure it as rpc (NODE_URL)'

/**
 * Reasons by status and message, for Sidecar 14 to 20 and polkadot-rest-api; taken from their responses and source. The first
 * matching row decides. Sidecar answers 500 to most invalid requests.
 */
const REASONS: readonly { reason: FailureReason; statuses: readonly number[]; message: RegExp }[] = [
  // polkadot-js, about a block or an extrinsic in it. The rest of the message depends on the block.
  { reason: 'undecodable', statuses: [500], message: /^createType\((?:SignedBlock|Extrinsic\w*)\):: / },
  {
    reason: 'block_gone',
    statuses: [400, 404, 500],
    message:
      /State already discarded for|Unable to retrieve header and parent from supplied hash|Header was not found in the database|^Specified block number is larger than|\bblock\b[^.;]{0,100}\bnot found\b/i,
  },
  { reason: 'no_item', statuses: [500], message: /^Could not find storage item \(/ },
  // polkadot-js lacks the method on api.query: the name is not in the metadata, or not in camel case.
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

/** The message of an error body: `{code,message,stack,level}` from Sidecar, `{error}` from polkadot-rest-api. */
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
