import { isUtf8 } from 'node:buffer'
import type { FailureReason, UpstreamFailure } from '../errors.ts'

/** An HTTP response, read to its end or, unless it is a success, up to a limit. */
export interface Answer {
  readonly status: number
  /** As sent; empty when there is none. */
  readonly contentType: string
  readonly body: Buffer
  /** The pause that Retry-After asks for. */
  readonly retryAfterMs?: number | undefined
}

/** Why a request has no value. */
export type Failure = Pick<UpstreamFailure, 'reason' | 'message' | 'status' | 'cause'>

/** The value of an answer, or what is wrong with it. */
export type Outcome = { readonly value: unknown } | { readonly failure: Failure }

/** Makes one line of at most `max` characters, with secrets replaced. */
export type Clean = (text: string, max: number) => string

/** Judges an answer of any status. Text of the answer gets into messages only through `clean`. */
export type ReadAnswer = (answer: Answer, clean: Clean) => Outcome

const MESSAGE_CHARACTERS = 200
const SNIPPET_CHARACTERS = 60
/** How much of a body a snippet is made from. */
const SNIPPET_BYTES = 4096

/** A success with a whole body: 206 is a part, and no part was requested. */
export const isSuccess = (status: number): boolean => status >= 200 && status < 300 && status !== 206

/** The JSON value of a success. */
export function readJson({ status, contentType, body }: Answer, clean: Clean): Outcome {
  const not = (what: string): Outcome => ({
    failure: {
      reason: 'not_json',
      status,
      message: `answered ${status} with ${clean(contentType, SNIPPET_CHARACTERS) || 'no content type'}, which is not ${what}`,
    },
  })
  if (body.length === 0) return not('JSON: the body is empty')
  const snippet = (): string => clean(body.toString('utf8', 0, SNIPPET_BYTES), SNIPPET_CHARACTERS)
  // Faster than a TextDecoder with `fatal` for small answers, and most are small.
  if (!isUtf8(body)) return not(`UTF-8: ${snippet()}`)
  try {
    return { value: JSON.parse(body.toString()) as unknown }
  } catch {
    return not(`JSON: ${snippet()}`)
  }
}

/** What the upstream's own error format says about an error. */
export interface Refusal {
  readonly message: string
  /** Left out where the message has none of its own. */
  readonly reason?: FailureReason | undefined
}

/**
 * The failure of an answer that is not a success.
 * @param refusal is undefined for a body in another format than the upstream's own, such as the HTML page of a proxy.
 */
export function failureOf({ status, body, retryAfterMs }: Answer, clean: Clean, refusal?: Refusal): Failure {
  if (status >= 300 && status < 400) {
    // Following it would let whoever answered choose where requests and their credentials go.
    const message = `answered ${status}, a redirect, which is not followed: configure the URL it is at`
    return { reason: 'status', status, message }
  }
  const wait = retryAfterMs === undefined ? '' : ` (Retry-After: ${Math.ceil(retryAfterMs / 1000)} s)`
  const text = clean(refusal?.message ?? withoutTags(body.toString('utf8')), MESSAGE_CHARACTERS)
  const message = `answered ${status}${wait}${text === '' ? '' : `: ${text}`}`
  return { reason: status === 429 ? 'rate_limited' : (refusal?.reason ?? 'status'), status, message }
}

/** The text of an HTML error page. */
const withoutTags = (text: string): string => text.slice(0, SNIPPET_BYTES).replace(/<[^<>]*>/g, ' ')
