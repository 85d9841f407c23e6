import { UpstreamError } from '../errors.ts'
import type { Failure } from '../http/answer.ts'
import { RefusedError, refusesArray, type Reply } from './answer.ts'
import type { RpcCall, RpcHttp } from './http.ts'

/** Makes the calls of one node. Every method rejects with UpstreamError. */
export interface RpcCalls {
  readonly node: string
  /**
   * The result of a call, in one request with the other calls of this turn of the event loop and the same signal. For small
   * results: one that is over the node's limit would make all of them be asked again, one by one.
   *
   * While the rate limit makes calls wait, those of both methods and all signals wait together, and share the next request.
   */
  call(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown>
  /** The result of a call in a request of its own, unless the rate limit makes it wait. */
  callAlone(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown>
}

/** Longest array of calls. Nodes and proxies limit it, the strictest known ones to some dozens. */
const MAX_ARRAY = 16

interface Waiting {
  readonly call: RpcCall
  readonly signal: AbortSignal
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

export function rpcCalls(http: RpcHttp): RpcCalls {
  let lastId = 0
  /** False once the node has refused arrays. */
  let sendsArrays = true
  const waitingBySignal = new Map<AbortSignal, Waiting[]>()
  /** Calls that wait for the rate limit, of all signals, in the order of their arrival. */
  const limited = new Set<Waiting>()
  let limitTimer: NodeJS.Timeout | undefined

  const waitFor = (
    method: string,
    params: readonly unknown[],
    signal: AbortSignal,
    send: (waiting: Waiting) => void,
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      lastId += 1
      send({ call: { id: lastId, method, params }, signal, resolve, reject })
    })

  const failWith = (waiting: Waiting, failure: Failure): void => {
    const { method } = waiting.call
    waiting.reject(new UpstreamError({ node: http.node, method: 'POST', path: method, ...failure }))
  }

  const sendAll = (all: readonly Waiting[], signal?: AbortSignal): void => {
    const size = sendsArrays ? MAX_ARRAY : 1
    for (let at = 0; at < all.length; at += size) void send(all.slice(at, at + size), signal)
  }

  /** Sends calls of one signal. If the rate limit makes them wait, they wait together with those of other signals. */
  const sendOrWait = (all: readonly Waiting[], signal: AbortSignal): void => {
    if (limited.size === 0 && http.waitForRate() === 0) {
      sendAll(all, signal)
      return
    }
    for (const waiting of all) waitForRate(waiting)
    sendLimited()
  }

  /** Until the call is settled, the abort of its signal rejects it: the request it shares with others continues. */
  const waitForRate = (call: Waiting): void => {
    const { signal } = call
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort)
      limited.delete(waiting)
      if (limited.size === 0) clearTimeout(limitTimer)
    }
    const waiting: Waiting = {
      ...call,
      resolve: (result) => {
        settle()
        call.resolve(result)
      },
      reject: (error) => {
        settle()
        call.reject(error)
      },
    }
    const onAbort = (): void => {
      failWith(waiting, { reason: 'aborted', message: 'aborted', cause: signal.reason })
    }
    limited.add(waiting)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
  }

  /** Sends the calls that wait for the rate limit as soon as it allows, in as few requests as possible: it counts requests. */
  const sendLimited = (): void => {
    clearTimeout(limitTimer)
    if (limited.size === 0) return
    const delay = http.waitForRate()
    if (delay > 0) {
      limitTimer = setTimeout(sendLimited, delay)
      return
    }
    const all = [...limited]
    limited.clear()
    sendAll(all)
  }

  /** Never rejects: each call has its own result or error. */
  const send = async (batch: readonly Waiting[], signal?: AbortSignal): Promise<void> => {
    let replies: readonly Reply[]
    try {
      replies = await http.post(
        batch.map(({ call }) => call),
        signal,
      )
    } catch (error) {
      const refused =
        error instanceof UpstreamError && error.cause instanceof RefusedError ? error.cause : undefined
      if (refused === undefined) {
        for (const { reject } of batch) reject(error instanceof Error ? error : new Error(String(error)))
        return
      }
      replies = refused.replies
    }
    const [first] = replies
    if (batch.length > 1 && first !== undefined && replies.length === 1 && refusesArray(first)) {
      if (first.code === NO_ARRAYS) sendsArrays = false
      for (const each of batch) void send([each], signal)
      return
    }
    settle(batch, replies)
  }

  /** Gives each call the reply with its id. An answer with other replies is not trusted at all. */
  const settle = (batch: readonly Waiting[], replies: readonly Reply[]): void => {
    const [only] = replies
    if (only !== undefined && replies.length === 1 && only.id === null && 'failure' in only.outcome) {
      for (const waiting of batch) failWith(waiting, only.outcome.failure)
      return
    }
    const byId = new Map(replies.map((reply) => [reply.id, reply]))
    const fault = faultOf(batch, byId, replies.length)
    for (const waiting of batch) {
      const outcome = byId.get(waiting.call.id)?.outcome
      if (fault !== undefined || outcome === undefined)
        failWith(waiting, { reason: 'shape', message: fault ?? 'answered without a reply to the call' })
      else if ('failure' in outcome) failWith(waiting, outcome.failure)
      else waiting.resolve(outcome.value)
    }
  }

  return {
    node: http.node,
    call: (method, params, signal) =>
      waitFor(method, params, signal, (waiting) => {
        const together = waitingBySignal.get(signal)
        if (together !== undefined) {
          together.push(waiting)
          return
        }
        const all = [waiting]
        waitingBySignal.set(signal, all)
        setImmediate(() => {
          waitingBySignal.delete(signal)
          sendOrWait(all, signal)
        })
      }),
    callAlone: (method, params, signal) =>
      waitFor(method, params, signal, (waiting) => {
        // A node with a rate limit is sent the other calls of this turn with it.
        if (http.requestsPerSecond === undefined) sendOrWait([waiting], signal)
        else setImmediate(sendOrWait, [waiting], signal)
      }),
  }
}

/** "Batched requests are not supported by this server" */
const NO_ARRAYS = -32005

/** What is wrong with the ids of an answer; undefined if each call has one reply and there are no others. */
function faultOf(
  batch: readonly Waiting[],
  byId: ReadonlyMap<unknown, Reply>,
  replies: number,
): string | undefined {
  const unanswered = batch.filter(({ call }) => !byId.has(call.id)).length
  if (byId.size < replies) return 'answered with the same id twice'
  if (replies > batch.length - unanswered) return 'answered with the id of another call'
  return unanswered === 0 ? undefined : `answered ${batch.length - unanswered} of ${batch.length} calls`
}
