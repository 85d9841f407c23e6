import { RetryHandler, errors, type Dispatcher } from 'undici'
import { isSuccess, type Answer, type Fault } from './answer.ts'
import { retryAfterOf, retrying, type RetryConditions, type RetrySettings } from './retry.ts'
import type { Cancellation } from './cancellation.ts'
import type { Target } from './target.ts'

/** One request: what to ask, and what bounds it. */
interface Exchange {
  readonly dispatcher: Dispatcher
  readonly target: Target
  /** Path and query, without the base path. */
  readonly path: string
  /** From now to the last byte, retries included. Milliseconds. */
  readonly timeoutMs: number
  readonly maxBodyBytes: number
  /** Bytes of all answers of this Sidecar that are being read; together they are no more than maxBodyBytes. */
  readonly reading: { bytes: number }
  readonly retry: RetrySettings
  readonly retries: Pick<RetryConditions, 'budget' | 'onRetry'>
  readonly cancellation: Cancellation
}

/** What came of it: an answer of any status, or why there is none. */
type Exchanged = { readonly answer: Answer } | { readonly fault: Fault }

/** As much of an answer that is not a success as is kept: more than Sidecar's longest stack. */
const REFUSAL_BYTES = 64 * 1024

/** Sends one GET and reads the answer. Never rejects; when it resolves, no timer, listener or socket of it is left. */
export function exchange(request: Exchange): Promise<Exchanged> {
  const { dispatcher, target, timeoutMs, maxBodyBytes, reading, cancellation } = request
  const aborted = (): Exchanged => ({
    fault: { reason: 'aborted', message: 'aborted', cause: cancellation.reason },
  })
  // It waited for a circuit to close, and was given up meanwhile.
  if (cancellation.cancelled) return Promise.resolve(aborted())
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let answer: Omit<Answer, 'body'> | undefined
    let size = 0
    let done = false
    let controller: Dispatcher.DispatchController | undefined

    const end = (outcome: Exchanged): void => {
      if (done) return
      done = true
      reading.bytes -= size
      clearTimeout(timer)
      retries.cancel()
      cancellation.onCancel(undefined)
      resolve(outcome)
    }
    /** Ends early: the socket is of no use with an answer left in it. */
    const endEarly = (outcome: Exchanged): void => {
      end(outcome)
      controller?.abort(new Error('no longer wanted'))
    }
    const fault = (value: Fault): Exchanged => ({ fault: value })
    const tooLarge = (status: number, what = 'answer is'): Exchanged =>
      fault({ reason: 'too_large', status, message: `the ${what} larger than ${maxBodyBytes} bytes` })

    const timer = setTimeout(() => {
      endEarly(fault({ reason: 'timeout', message: `timed out after ${timeoutMs / 1000} s` }))
    }, timeoutMs)
    const retries = retrying(request.retry, {
      ...request.retries,
      deadline: performance.now() + timeoutMs,
      started: () => answer !== undefined,
    })
    cancellation.onCancel(() => {
      endEarly(aborted())
    })

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started
        // It waited for a connection and was given up meanwhile: it must not be sent.
        if (done) started.abort(new Error('no longer wanted'))
      },
      onResponseStart(_controller, status, headers) {
        answer = { status, contentType: String(headers['content-type'] ?? '') }
        if (isSuccess(status) && Number(headers['content-length']) > maxBodyBytes) endEarly(tooLarge(status))
      },
      onResponseData(_controller, chunk) {
        if (done || answer === undefined) return
        size += chunk.length
        reading.bytes += chunk.length
        if (isSuccess(answer.status)) {
          if (size > maxBodyBytes) endEarly(tooLarge(answer.status))
          else if (reading.bytes > maxBodyBytes) endEarly(tooLarge(answer.status, 'answers under way are'))
          else chunks.push(chunk)
          return
        }
        chunks.push(chunk)
        if (size > REFUSAL_BYTES)
          endEarly({ answer: { ...answer, body: Buffer.concat(chunks, REFUSAL_BYTES) } })
      },
      onResponseEnd() {
        if (answer === undefined) return
        const [first] = chunks
        const body = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks)
        end({ answer: { status: answer.status, contentType: answer.contentType, body } })
      },
      onResponseError(_controller, error) {
        end(fault(transportFault(error, target, answer?.status)))
      },
    }
    const options = {
      origin: target.origin,
      path: target.basePath + request.path,
      method: 'GET',
      headers: target.headers,
    } as const
    const dispatch = dispatcher.dispatch.bind(dispatcher)
    dispatch(options, new RetryHandler({ ...options, retryOptions: retries.options }, { dispatch, handler }))
  })
}

const WORDS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'host name lookup failed',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'host name not found',
  EPIPE: 'connection closed',
  UND_ERR_CONNECT_TIMEOUT: 'connecting timed out',
  UND_ERR_SOCKET: 'connection closed',
}

/** `status` is that of an answer whose body was being read. */
function transportFault(error: Error, { address, clean }: Target, status: number | undefined): Fault {
  if (error instanceof errors.RequestRetryError) {
    const seconds = Math.ceil((retryAfterOf(error) ?? 0) / 1000)
    const wish = seconds > 0 ? ` and asks to wait ${seconds} s, longer than the time left` : ''
    return { reason: 'status', status: error.statusCode, message: `answered ${error.statusCode}${wish}` }
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const words = (code === undefined ? undefined : WORDS[code]) ?? clean(error.message, 200)
  const when = status === undefined ? '' : ' in the middle of the answer'
  return {
    reason: 'connect',
    status,
    message: `${words}${when} (${address})`,
    cause: bareError(error, code, clean),
  }
}

/** Undici's errors carry sockets, headers and bytes of answers: only name, code and message go on into logs. */
function bareError(error: Error, code: string | undefined, clean: Target['clean']): Error {
  const bare = new Error(clean(error.message, 200))
  delete bare.stack
  return Object.assign(bare, { name: error.name, ...(code === undefined ? {} : { code }) })
}
