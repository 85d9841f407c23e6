import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Target } from '../target.ts'
import { isSuccess, type Answer, type Failure } from './answer.ts'

/** An HTTP request, without its origin. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  /** Path and query, encoded, without the base path of the target. */
  readonly path: string
  /** Sent in addition to the target's headers. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Everything an attempt needs besides the request. */
export interface AttemptContext {
  readonly dispatcher: Dispatcher
  readonly target: Target
  /** Limit of all bodies that are being read at once. */
  readonly maxBodyBytes: number
  /** Bytes of all bodies that are being read through this upstream. */
  readonly reading: { bytes: number }
}

/** The result of sending a request once: a response of any status, or the reason why there is none. */
export type Attempt =
  { readonly answer: Answer } | { readonly failure: Failure; readonly isRetryable: boolean }

/** The reason of an abort by the request's own timer. */
export class TimedOutError extends Error {
  override readonly name = 'TimedOutError'
}

/** An error response is truncated after the chunk that exceeds this: more than Sidecar's longest stack trace. */
const ERROR_BODY_BYTES = 64 * 1024

/** Sends a request once and reads the response, up to `maxBytes` of a success. Never rejects. Leaves no listener and no socket in use. */
export async function attempt(
  context: AttemptContext,
  { method, path, headers, body }: HttpRequest,
  signal: AbortSignal,
  maxBytes = context.maxBodyBytes,
): Promise<Attempt> {
  if (signal.aborted) return failed(abortFailure(signal.reason))
  const { dispatcher, target } = context
  const reader = new AnswerReader(context, maxBytes)
  const onAbort = (): void => {
    reader.cut(failed(abortFailure(signal.reason)))
  }
  signal.addEventListener('abort', onAbort)
  dispatcher.dispatch(
    {
      origin: target.origin,
      path: path === '/' && target.basePath !== '' ? target.basePath : target.basePath + path,
      method,
      headers: headers === undefined ? target.headers : { ...target.headers, ...headers },
      ...(body === undefined ? {} : { body }),
    },
    reader,
  )
  try {
    return await reader.result
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Reads one response within the limits. */
class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #context: AttemptContext
  readonly #maxBytes: number
  #resolve: (result: Attempt) => void = () => undefined
  readonly result = new Promise<Attempt>((resolve) => (this.#resolve = resolve))
  readonly #chunks: Buffer[] = []
  #head: Omit<Answer, 'body'> | undefined
  #size = 0
  #isSettled = false
  #controller: Dispatcher.DispatchController | undefined

  constructor(context: AttemptContext, maxBytes: number) {
    this.#context = context
    this.#maxBytes = Math.min(maxBytes, context.maxBodyBytes)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // The attempt was cut while it waited for a connection, so it must not be sent.
    if (this.#isSettled) controller.abort(new Error('no longer wanted'))
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // Informational: the response follows.
    if (status < 200) return
    const contentType = headers['content-type'] ?? ''
    this.#head = { status, contentType, retryAfterMs: retryAfterOf(headers['retry-after']) }
    if (isSuccess(status) && Number(headers['content-length']) > this.#maxBytes)
      this.#cutTooLarge(status, 'response is', this.#maxBytes)
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled || this.#head === undefined) return
    const { reading, maxBodyBytes } = this.#context
    this.#chunks.push(chunk)
    this.#size += chunk.length
    reading.bytes += chunk.length
    if (!isSuccess(this.#head.status)) {
      if (this.#size > ERROR_BODY_BYTES) this.cut({ answer: this.#answer(this.#head) })
    } else if (this.#size > this.#maxBytes)
      this.#cutTooLarge(this.#head.status, 'response is', this.#maxBytes)
    else if (reading.bytes > maxBodyBytes)
      this.#cutTooLarge(this.#head.status, 'responses in flight are', maxBodyBytes)
  }

  onResponseEnd(): void {
    if (this.#head !== undefined) this.#settle({ answer: this.#answer(this.#head) })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#settle(connectFailure(error, this.#context.target, this.#head?.status))
  }

  /** Ends the attempt with this result and closes its connection, which still carries the rest of the response. */
  cut(result: Attempt): void {
    this.#settle(result)
    this.#controller?.abort(new Error('no longer wanted'))
  }

  #cutTooLarge(status: number, what: string, limit: number): void {
    const message = `the ${what} larger than ${limit} bytes`
    this.cut(failed({ reason: 'too_large', status, message }))
  }

  #answer(head: Omit<Answer, 'body'>): Answer {
    const [first, ...others] = this.#chunks
    // Most responses are one chunk, which is not copied.
    return { ...head, body: first !== undefined && others.length === 0 ? first : Buffer.concat(this.#chunks) }
  }

  #settle(result: Attempt): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#context.reading.bytes -= this.#size
    this.#resolve(result)
  }
}

const failed = (failure: Failure): Attempt => ({ failure, isRetryable: false })

const abortFailure = (reason: unknown): Failure =>
  reason instanceof TimedOutError
    ? { reason: 'timeout', message: reason.message }
    : { reason: 'aborted', message: 'aborted', cause: reason }

/** Milliseconds of a Retry-After header: seconds or an HTTP date. Undefined for anything else. */
function retryAfterOf(header: string | undefined): number | undefined {
  const value = header?.trim() ?? ''
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

/**
 * Connection errors that may not recur on a retry, with their messages: connecting failed, or the connection ended before the
 * response. Others, such as TLS errors, would.
 */
const RETRYABLE: ReadonlyMap<string | undefined, string> = new Map([
  ['EAI_AGAIN', 'host name lookup failed'],
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset'],
  ['EHOSTDOWN', 'host is down'],
  ['EHOSTUNREACH', 'host unreachable'],
  ['ENETDOWN', 'network is down'],
  ['ENETUNREACH', 'network unreachable'],
  ['ENOTFOUND', 'host name not found'],
  ['EPIPE', 'connection closed'],
  ['ETIMEDOUT', 'connecting timed out'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connecting timed out'],
  ['UND_ERR_SOCKET', 'connection closed'],
])

/** Errors of TLS and of HTTP, with their messages. They would recur on a retry. */
const FINAL: ReadonlyMap<string | undefined, string> = new Map([
  ['CERT_HAS_EXPIRED', 'the certificate has expired'],
  ['CERT_NOT_YET_VALID', 'the certificate is not valid yet'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the certificate is self-signed: set NODE_EXTRA_CA_CERTS'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'the port does not speak TLS: write http://, or use the port for HTTPS'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'the port does not speak TLS: write http://, or use the port for HTTPS'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'the server requires a client certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate is for another host name'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'the certificate is signed by an unknown CA: set NODE_EXTRA_CA_CERTS'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'the certificate is signed by an unknown CA: set NODE_EXTRA_CA_CERTS'],
  [
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'the certificate is signed by an unknown CA: set NODE_EXTRA_CA_CERTS',
  ],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the certificate is signed by an unknown CA: set NODE_EXTRA_CA_CERTS'],
])

/** @param status is that of a response whose body was being read; such a request is not retried. */
function connectFailure(error: Error, { address, clean }: Target, status: number | undefined): Attempt {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const words =
    error.name === 'HTTPParserError' && status === undefined
      ? 'the answer is not HTTP'
      : (RETRYABLE.get(code) ?? FINAL.get(code) ?? clean(error.message, 200))
  const when = status === undefined ? '' : ' in the middle of the answer'
  const failure: Failure = {
    reason: 'connect',
    status,
    message: `${words}${when} (${address})`,
    cause: bareError(error, code, clean),
  }
  return { failure, isRetryable: status === undefined && RETRYABLE.has(code) }
}

/** A copy that is safe to log: undici's errors contain sockets, headers and response bytes. Keeps name, code and message. */
function bareError(error: Error, code: string | undefined, clean: Target['clean']): Error {
  const bare = new Error(clean(error.message, 200))
  delete bare.stack
  return Object.assign(bare, { name: error.name, ...(code === undefined ? {} : { code }) })
}
