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
  /** Path and query as they were asked for. */
  readonly path: string
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
const wrongShape: Fault = ({ response, random }) => {
  const bodies = ['[]', 'null', '42', '{}', '"ok"', '{"status":"ok"}', '{"at":{"hash":"0x","height":"1"}}']
  sendText(response, 200, random.pick(bodies) ?? '')
}

/** The right answer of the right block, but for its value, which is of no kind there is. */
const wrongValue: Fault = (exchange) => {
  const { response, right, random } = exchange
  const text = right.body.toString()
  const value = text.indexOf('"value":')
  if (value === -1) return wrongShape(exchange)
  const wrong = random.pick(['{"unexpected":"1"}', '"soon"', '-1.5', '[{"unexpected":"1"}]']) ?? ''
  sendText(response, 200, `${text.slice(0, value)}"value":${wrong}}`)
}

const clientError: Fault = ({ response, random }) => {
  const status = random.pick([400, 401, 403, 404, 418, 429]) ?? 400
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
  'wrong JSON': wrongShape,
  'wrong value': wrongValue,
  '4xx': clientError,
  '5xx': serverError,
  'endless body': endless,
  'gigabytes announced': announcedGigabytes,
  'endless headers': endlessHeaders,
} satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof FAULTS
