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

/** The reason why a request has no value. */
export type Failure = Pick<UpstreamFailure, 'reason' | 'message' | 'status' | 'outage' | 'cause'>

/** The value of a response, or the failure. */
export type Outcome = { readonly value: unknown } | { readonly failure: Failure }

/** Makes one line of at most `max` characters, with secrets replaced. */
export type Clean = (text: string, max: number) => string

/** Interprets a response of any status. Text of the response must pass through `clean` before it is used in a message. */
export type ReadAnswer = (answer: Answer, clean: Clean) => Outcome

const MESSAGE_CHARACTERS = 200
const SNIPPET_CHARACTERS = 60
/** Bytes of the body from which a snippet is made. */
const SNIPPET_BYTES = 4096

/** Whether a status is a success with a complete body, which excludes 206: no range was requested. */
export const isSuccess = (status: number): boolean => status >= 200 && status < 300 && status !== 206

/** Parses the JSON body of a success. */
export function readJson({ status, contentType, body }: Answer, clean: Clean): Outcome {
  const not = (what: string): Outcome => ({
    failure: {
      reason: 'not_json',
      status,
      message: `answered ${status} with ${clean(contentType, SNIPPET_CHARACTERS) || 'no content type'}, which is not ${what}`,
    },
  })
  if (body.length === 0) return not('JSON: the body is empty')
  const snippet = (): string =>
    clean(excerpt(body.toString('utf8', 0, SNIPPET_BYTES + 1)), SNIPPET_CHARACTERS)
  // Faster than a TextDecoder with `fatal` for small answers, and most are small.
  if (!isUtf8(body)) return not(`UTF-8: ${snippet()}`)
  try {
    return { value: JSON.parse(body.toString()) as unknown }
  } catch {
    return not(`JSON: ${snippet()}`)
  }
}

/** An error in the upstream's own error format. */
export interface ErrorBody {
  readonly message: string
  /** Default `status`. */
  readonly reason?: FailureReason | undefined
}

/**
 * The failure of a response that is not a success.
 * @param errorBody is undefined for a body in a format other than the upstream's own, such as the HTML page of a proxy.
 */
export function failureOf(
  { status, body, retryAfterMs }: Answer,
  clean: Clean,
  errorBody?: ErrorBody,
): Failure {
  if (status >= 300 && status < 400) {
    // Following it would let the responder choose where requests and their credentials are sent.
    const message = `answered ${status}, a redirect, which is not followed: configure the URL it is at`
    return { reason: 'status', status, message }
  }
  const wait = retryAfterMs === undefined ? '' : ` (Retry-After: ${Math.ceil(retryAfterMs / 1000)} s)`
  const text = clean(errorBody?.message ?? withoutTags(body.toString('utf8')), MESSAGE_CHARACTERS)
  const message = `answered ${status}${wait}${text === '' ? '' : `: ${text}`}`
  return { reason: status === 429 ? 'rate_limited' : (errorBody?.reason ?? 'status'), status, message }
}

/** The text of an HTML error page. */
const withoutTags = (text: string): string => excerpt(text).replace(/<[^<>]*>/g, ' ')

/** The beginning of a long text, with an ellipsis, so that a secret that is cut off is recognized. */
const excerpt = (text: string): string =>
  text.length > SNIPPET_BYTES ? `${text.slice(0, SNIPPET_BYTES)}…` : text
