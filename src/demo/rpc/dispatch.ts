import * as errors from './error.ts'

type Id = string | number | null

/** The answer to one call. */
export type RpcAnswer =
  | { readonly jsonrpc: '2.0'; readonly id: Id; readonly result: unknown }
  | {
      readonly jsonrpc: '2.0'
      readonly id: Id
      readonly error: { readonly code: number; readonly message: string; readonly data?: string }
    }

/** One call of a request. */
export interface RpcCall {
  readonly method: string
  readonly params: readonly unknown[]
}

/** What a node allows. */
export interface RpcLimits {
  /** Bytes. */
  responseBytes: number
  /** Whether it takes arrays of calls. */
  batches: boolean
}

/** Answers a request body. The text is empty for notifications alone, which are not answered. */
export function answerText(
  body: string,
  limits: RpcLimits,
  run: (call: RpcCall) => unknown,
  change: (answers: readonly RpcAnswer[]) => readonly RpcAnswer[],
): string {
  const limit = limits.responseBytes
  let request: unknown
  try {
    request = JSON.parse(body)
  } catch {
    return JSON.stringify(failure(null, errors.parseError()))
  }
  if (!Array.isArray(request)) {
    const answer = answerOf(request, run)
    const [changed] = answer === undefined ? [] : change([answer])
    return changed === undefined ? '' : limited(changed, limit)
  }
  if (!limits.batches) return JSON.stringify(failure(null, errors.noBatches()))
  if (request.length === 0) return JSON.stringify(failure(null, errors.invalidRequest()))
  const answers = request.flatMap((each: unknown) => answerOf(each, run) ?? [])
  if (answers.length === 0) return ''
  const text = `[${change(answers)
    .map((answer) => limited(answer, limit))
    .join(',')}]`
  return text.length <= limit ? text : JSON.stringify(failure(null, errors.batchResponseTooBig(limit)))
}

/** The calls of a request body, as far as they are calls. */
export function callsIn(body: string): readonly RpcCall[] {
  try {
    const request: unknown = JSON.parse(body)
    return (Array.isArray(request) ? request : [request]).flatMap((each: unknown) => callOf(each) ?? [])
  } catch {
    return []
  }
}

function limited(answer: RpcAnswer, limit: number): string {
  const text = JSON.stringify(answer)
  return text.length <= limit ? text : JSON.stringify(failure(answer.id, errors.responseTooBig(limit)))
}

/** Undefined for a notification. */
function answerOf(request: unknown, run: (call: RpcCall) => unknown): RpcAnswer | undefined {
  const call = callOf(request)
  const id = idOf(request)
  if (call === undefined) return failure(id ?? null, errors.invalidRequest())
  try {
    const result = run(call)
    return id === undefined ? undefined : { jsonrpc: '2.0', id, result }
  } catch (error) {
    if (!(error instanceof errors.RpcError)) throw error
    return id === undefined ? undefined : failure(id, error)
  }
}

function idOf(request: unknown): Id | undefined {
  if (typeof request !== 'object' || request === null || !('id' in request)) return undefined
  const { id } = request
  return typeof id === 'string' || typeof id === 'number' ? id : null
}

function callOf(request: unknown): RpcCall | undefined {
  if (typeof request !== 'object' || request === null) return undefined
  if (!('jsonrpc' in request) || request.jsonrpc !== '2.0') return undefined
  if (!('method' in request) || typeof request.method !== 'string') return undefined
  const params: unknown = 'params' in request ? request.params : []
  return { method: request.method, params: Array.isArray(params) ? params : [] }
}

function failure(id: Id, { code, message, data }: errors.RpcError): RpcAnswer {
  return { jsonrpc: '2.0', id, error: data === undefined ? { code, message } : { code, message, data } }
}
