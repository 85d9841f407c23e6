import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../src/demo/random.ts'

/** The right answer to a request, or that of somebody else. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

/** One request that is to be answered badly. */
export interface Exchange {
  /** What was asked for: a path and query, or methods of JSON-RPC. */
  readonly subject: string
  readonly right: Answer
  readonly response: ServerResponse
  readonly random: Random
  /** What the exporter waits for an answer, in milliseconds. */
  readonly timeoutMs: number
  /** Aborted when the exporter, or the proxy, has gone. */
  readonly signal: AbortSignal
}

type Fault = (exchange: Exchange) => void | Promise<void>

/** The right answer, or any other that is a whole one. */
export function send(response: ServerResponse, { status, contentType, body }: Answer): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': body.length }).end(body)
}

const JSON_TYPE = 'application/json; charset=utf-8'
const HTML = '<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>'
const ENDLESS_CHUNK = Buffer.alloc(256 * 1024, ' ')

const sendText = (response: ServerResponse, status: number, body: string, contentType = JSON_TYPE): void => {
  send(response, { status, contentType, body: Buffer.from(body) })
}

/** Writes to the socket itself, past what an HTTP server would let pass. */
function sendRaw({ response }: Exchange, bytes: string | Buffer): void {
  response.socket?.end(bytes)
}

/** Somewhere in a body, neither before its first byte nor after its last. */
const somewhere = ({ right, random }: Exchange): number =>
  1 + random.below(Math.max(1, right.body.length - 1))

/** Sometimes within the time the exporter gives it, sometimes beyond. */
const long = ({ random, timeoutMs }: Exchange): number => timeoutMs * random.between(0.05, 1.2)

const reset: Fault = ({ response }) => {
  response.socket?.resetAndDestroy()
}

const resetMidBody: Fault = async (exchange) => {
  const { response, right, signal } = exchange
  response.writeHead(right.status, { 'content-type': right.contentType, 'content-length': right.body.length })
  response.write(right.body.subarray(0, somewhere(exchange)))
  await delay(2, undefined, { signal })
  response.socket?.resetAndDestroy()
}

/** The connection is closed in good order, before all that was promised came. */
const closedEarly: Fault = (exchange) => {
  const { right } = exchange
  const head = `HTTP/1.1 200 OK\r\nContent-Type: ${right.contentType}\r\nContent-Length: ${right.body.length}\r\n\r\n`
  sendRaw(exchange, Buffer.concat([Buffer.from(head), right.body.subarray(0, somewhere(exchange))]))
}

/** A whole answer with half of a JSON. */
const truncated: Fault = (exchange) => {
  const { response, right } = exchange
  send(response, { ...right, body: right.body.subarray(0, somewhere(exchange)) })
}

const slowHeaders: Fault = async (exchange) => {
  await delay(long(exchange), undefined, { signal: exchange.signal })
  send(exchange.response, exchange.right)
}

const slowBody: Fault = async (exchange) => {
  const { response, right, signal } = exchange
  response.writeHead(right.status, { 'content-type': right.contentType, 'content-length': right.body.length })
  const pieces = 8
  const pause = long(exchange) / pieces
  for (let piece = 0; piece < pieces; piece++) {
    const from = Math.floor((right.body.length * piece) / pieces)
    response.write(right.body.subarray(from, Math.floor((right.body.length * (piece + 1)) / pieces)))
    await delay(pause, undefined, { signal })
  }
  response.end()
}

const garbage: Fault = ({ response, random }) => {
  const body = Buffer.from(Array.from({ length: 1 + random.below(400) }, () => random.below(256)))
  // A lone digit is JSON.
  send(response, { status: 200, contentType: JSON_TYPE, body: Buffer.concat([Buffer.from('\0'), body]) })
}

const notHttp: Fault = (exchange) => {
  sendRaw(exchange, exchange.random.pick(['SSH-2.0-OpenSSH_9.2\r\n', '\0\0\0\0', 'HTTP/9.9 ?\r\n\r\n']) ?? '')
}

const html: Fault = ({ response, random }) => {
  sendText(response, random.pick([200, 404, 502]) ?? 200, HTML, 'text/html')
}

/** JSON of another kind than any endpoint answers. */
function sendWrongShape({ response, random }: Exchange): void {
  const bodies = ['[]', 'null', '42', '{}', '"ok"', '{"status":"ok"}', '{"at":{"hash":"0x","height":"1"}}']
  sendText(response, 200, random.pick(bodies) ?? '')
}

/** A value of the right answer is replaced by one that does not fit any type, or by one that is longer or shorter than its type. */
const wrongValue: Fault = (exchange) => {
  const { response, right, random } = exchange
  const text = right.body.toString()
  const value = text.indexOf('"value":')
  if (value !== -1) {
    const wrong = random.pick(['{"unexpected":"1"}', '"soon"', '-1.5', '[{"unexpected":"1"}]']) ?? ''
    sendText(response, 200, `${text.slice(0, value)}"value":${wrong}}`)
    return
  }
  const values = [...text.matchAll(/(?<=\["0x[0-9a-f]{64,}",)"0x([0-9a-f]{2,})"/g)]
  const picked = random.pick(values)
  if (picked === undefined) {
    sendWrongShape(exchange)
    return
  }
  const digits = picked[1] ?? ''
  const wrong =
    random.pick([`"0x${digits}00"`, `"0x${digits.slice(2)}"`, `"0x${digits}0"`, '"soon"', '7']) ?? ''
  const end = picked.index + picked[0].length
  sendText(response, 200, `${text.slice(0, picked.index)}${wrong}${text.slice(end)}`)
}

/** An answer of JSON-RPC, as much of it as faults change. */
interface Reply {
  readonly id: unknown
  readonly result?: unknown
}

/** Changes the answers to the calls of one request; of a Sidecar, which has none, the JSON is another one. */
const changedReplies =
  (change: (replies: readonly Reply[], exchange: Exchange) => readonly Reply[]): Fault =>
  (exchange) => {
    const right = parsed(exchange.right.body.toString())
    const replies = (Array.isArray(right) ? (right as unknown[]) : [right]).filter(isReply)
    if (replies.length === 0) {
      sendWrongShape(exchange)
      return
    }
    const changed = change(replies, exchange)
    sendText(exchange.response, 200, JSON.stringify(Array.isArray(right) ? changed : (changed[0] ?? null)))
  }

const isReply = (value: unknown): value is Reply =>
  typeof value === 'object' && value !== null && 'jsonrpc' in value && 'id' in value

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The calls get the answers of others, answers to nobody, or none. */
const wrongIds = changedReplies((replies, { random }) => {
  const wrong = random.pick<(reply: Reply) => unknown>([
    ({ id }) => Number(id) + 1_000_000,
    ({ id }) => String(id),
    () => replies[0]?.id,
    () => null,
  ])
  const ids = replies.map((reply) => wrong?.(reply))
  // All answers of a single call with its own id are right.
  return replies.map((reply, index) => ({ ...reply, id: replies.length === 1 ? 'other' : ids[index] }))
})

/** The answers of an array in another order, which JSON-RPC allows: nothing may come of it. */
const otherOrder = changedReplies((replies) => replies.toReversed())

const missingAnswer = changedReplies((replies) =>
  replies.length === 1 ? replies.map(({ id }) => ({ id })) : replies.slice(0, -1),
)

/** A storage value is missing, is there twice, or has a key that was not asked for. */
const wrongKeys = changedReplies((replies, { random }) =>
  replies.map((reply) => {
    const [set] = Array.isArray(reply.result) ? (reply.result as unknown[]) : []
    if (typeof set !== 'object' || set === null || !('changes' in set) || !Array.isArray(set.changes))
      return { id: reply.id, jsonrpc: '2.0', result: { unexpected: '1' } }
    const changes = set.changes as readonly unknown[]
    const wrong = random.pick([
      changes.slice(1),
      [...changes, changes[0]],
      [...changes.slice(1), [`0x${'0'.repeat(64)}`, null]],
    ])
    return { ...reply, result: [{ ...set, changes: wrong }] }
  }),
)

/** Errors of a node: of its own, of its limits, of a proxy's rate limit, of a method that it does not offer. */
const rpcError = changedReplies((replies, { random }) => {
  const [code, message] = random.pick([
    [-32603, 'Internal error'],
    [-32000, 'Client error: Execution failed: Runtime panicked'],
    [-32601, 'Method not found'],
    [-32008, 'Response is too big'],
    [-32999, 'Too many requests'],
    [4003, 'Client error: UnknownBlock: Header was not found in the database'],
  ] as const) ?? [0, '']
  return replies.map(({ id }) => ({ jsonrpc: '2.0', id, error: { code, message } }))
})

const redirected: Fault = ({ response, random }) => {
  const status = random.pick([301, 302, 307, 308]) ?? 302
  response.writeHead(status, { location: 'http://127.0.0.1:1/', 'content-length': 0 }).end()
}

const rateLimited: Fault = ({ response, random }) => {
  const retryAfter = random.chance(0.5) ? { 'retry-after': '1' } : {}
  response.writeHead(429, { 'content-type': 'text/plain', ...retryAfter }).end('Too Many Requests')
}

const clientError: Fault = ({ response, random }) => {
  const status = random.pick([400, 401, 403, 404, 418]) ?? 400
  sendText(response, status, `{"code":${status},"message":"no"}`)
}

const serverError: Fault = ({ response, random }) => {
  const status = random.pick([500, 500, 501, 502, 503, 504]) ?? 500
  sendText(
    response,
    status,
    `{"code":${status},"message":"-32000: out of cheese","stack":"Error","level":"error"}`,
  )
}

/** Begins like the right answer and never ends. */
const endless: Fault = async ({ response, right, signal }) => {
  response.writeHead(200, { 'content-type': JSON_TYPE })
  response.write(right.body.subarray(0, -1))
  // Ends with the connection: the exporter has to cut it.
  const left = once(response, 'close')
  while (!signal.aborted && !response.destroyed)
    if (!response.write(ENDLESS_CHUNK)) await Promise.race([once(response, 'drain'), left])
}

const once = (response: ServerResponse, event: string) =>
  new Promise<void>((resolve) => {
    response.once(event, resolve)
  })

const announcedGigabytes: Fault = ({ response }) => {
  response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': 5 * 1024 ** 3 })
  response.write('{"at":')
}

const endlessHeaders: Fault = (exchange) => {
  sendRaw(exchange, `HTTP/1.1 200 OK\r\nx-padding: ${'a'.repeat(200_000)}`)
}

/** What can be done to one request, whatever it asks for. */
export const FAULTS = {
  reset,
  'reset mid-body': resetMidBody,
  'closed early': closedEarly,
  'truncated body': truncated,
  'slow headers': slowHeaders,
  'slow body': slowBody,
  garbage,
  'not HTTP': notHttp,
  HTML: html,
  'wrong JSON': sendWrongShape,
  'wrong value': wrongValue,
  'wrong ids': wrongIds,
  'another order': otherOrder,
  'missing answer': missingAnswer,
  'wrong keys': wrongKeys,
  'JSON-RPC error': rpcError,
  redirect: redirected,
  '429': rateLimited,
  '4xx': clientError,
  '5xx': serverError,
  'endless body': endless,
  'gigabytes announced': announcedGigabytes,
  'endless headers': endlessHeaders,
} satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof FAULTS
