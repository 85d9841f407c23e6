import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { SimulatedChain } from '../chain.ts'
import { listen, stopListening } from '../listen.ts'
import { HEALTHY, SimulatedNode, type NodeHealth } from '../node.ts'
import { Blocks } from './block.ts'
import { answerText, callsIn, type RpcCall, type RpcLimits } from './dispatch.ts'
import { requestTooBig } from './error.ts'
import type { RpcFault } from './fault.ts'
import { call, type MethodContext } from './methods.ts'
import { Runtimes, type MetadataSource } from './runtime.ts'
import { Storage } from './storage.ts'

/** What a node, or a proxy in front of it, allows; change it while it runs. */
export interface NodeLimits extends RpcLimits {
  /** Bytes. */
  requestBytes: number
  /** HTTP requests a second, of all clients together; the others get 429. */
  perSecond: number
  /** Whether a 429 comes with Retry-After. */
  retryAfter: boolean
  /** Host headers without the port that are allowed, as of a node without `--rpc-external`; undefined allows all. */
  hosts: readonly string[] | undefined
}

/** The limits of a node of the Polkadot SDK; it has no rate limit of its own. */
const DEFAULT_LIMITS: NodeLimits = {
  requestBytes: 15 * 1024 ** 2,
  responseBytes: 15 * 1024 ** 2,
  batches: true,
  perSecond: Infinity,
  retryAfter: true,
  hosts: undefined,
}

/** Where it listens and how the node is; port 0 is a free one. */
export interface RpcNodeOptions {
  readonly host?: string
  readonly port?: number
  /** Milliseconds before each answer. */
  readonly latencyMs?: number
  readonly health?: Partial<NodeHealth>
  readonly limits?: Partial<NodeLimits>
  /** Real metadata by spec. For specs without any, that of the package gets the storage of the spec. */
  readonly metadata?: MetadataSource
}

/** A running simulated node. */
export interface RpcNode {
  readonly url: string
  /** How the node is; change it while it runs. */
  readonly node: NodeHealth
  readonly limits: NodeLimits
  /** Calls so far by method. */
  readonly calls: ReadonlyMap<string, number>
  /** HTTP requests so far, refused ones too. */
  readonly requests: { readonly total: number; readonly limited: number }
  /** Requests being answered now, and the most there were at once. */
  readonly inFlight: { readonly now: number; readonly most: number }
  /** Answers requests that contain a call of the method, or of one that matches the pattern, with a fault, until undone. */
  fault(method: string | RegExp, fault: RpcFault): () => void
  close(): Promise<void>
}

interface ActiveFault {
  readonly method: string | RegExp
  readonly fault: RpcFault
  left: number
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** Starts a JSON-RPC node of the simulated chain on a port of its own: HTTP POST, as Subtensor nodes answer it. */
export async function startRpcNode(chain: SimulatedChain, options: RpcNodeOptions = {}): Promise<RpcNode> {
  const { host = '127.0.0.1', port = 0, latencyMs = 0 } = options
  const node = new SimulatedNode(chain, { ...HEALTHY, ...options.health })
  const context = contextOf(node, options.metadata)
  const { health } = node
  const limits: NodeLimits = { ...DEFAULT_LIMITS, ...options.limits }
  const calls = new Map<string, number>()
  const requests = { total: 0, limited: 0 }
  const inFlight = { now: 0, most: 0 }
  const faults = new Set<ActiveFault>()
  const timers = new Set<NodeJS.Timeout>()
  const allows = rateLimiter(limits)

  const faultFor = (asked: readonly RpcCall[]): ActiveFault | undefined => {
    for (const active of faults) {
      if (!asked.some(({ method }) => matches(active, method))) continue
      if (--active.left <= 0) faults.delete(active)
      return active
    }
    return undefined
  }

  function run(active: ActiveFault | undefined, { method, params }: RpcCall): unknown {
    calls.set(method, (calls.get(method) ?? 0) + 1)
    const right = call(context, method, params)
    const { result } = active?.fault ?? {}
    return result === undefined || active === undefined || !matches(active, method) ? right : result(right)
  }

  function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const active = faults.size === 0 ? undefined : faultFor(callsIn(body))
    const fault = active?.fault ?? {}
    if (health.down || fault.cut === 'before') {
      request.socket.destroy()
      return
    }
    const right = answerText(
      body,
      limits,
      (each) => run(active, each),
      fault.answers ?? ((answers) => answers),
    )
    const text = fault.body?.(right) ?? right
    const send = () => {
      response.writeHead(fault.status ?? 200, {
        'Content-Type': fault.contentType ?? JSON_TYPE,
        'Content-Length': Buffer.byteLength(text),
        ...fault.headers,
      })
      if (fault.cut === 'half')
        response.write(text.slice(0, text.length / 2), () => {
          request.socket.destroy()
        })
      else response.end(text)
    }
    const wait = latencyMs + (fault.delayMs ?? 0)
    if (wait === 0) {
      send()
      return
    }
    const timer = setTimeout(() => {
      timers.delete(timer)
      send()
    }, wait)
    timers.add(timer)
  }

  function respond(request: IncomingMessage, response: ServerResponse): void {
    requests.total++
    const refused = refusalOf(request, limits) ?? (allows() ? undefined : TOO_MANY)
    if (refused !== undefined) {
      if (refused === TOO_MANY) requests.limited++
      if (refused === TOO_MANY && limits.retryAfter) response.setHeader('Retry-After', '1')
      request.resume()
      response.writeHead(refused.status, { 'Content-Type': 'text/plain' }).end(refused.text)
      return
    }
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limits.requestBytes) chunks.push(chunk)
    })
    request.on('end', () => {
      try {
        if (size <= limits.requestBytes) answer(request, response, Buffer.concat(chunks).toString())
        else tooBig(response, limits.requestBytes)
      } catch (error) {
        // A fault of the simulation, to be seen.
        response
          .writeHead(500, { 'Content-Type': 'text/plain' })
          .end(`the simulation failed: ${String(error)}`)
      }
    })
  }

  const server = createServer((request, response) => {
    inFlight.now++
    inFlight.most = Math.max(inFlight.most, inFlight.now)
    response.once('close', () => inFlight.now--)
    respond(request, response)
  })
  return {
    url: await listen(server, host, port),
    node: health,
    limits,
    calls,
    requests,
    inFlight,
    fault(method, fault) {
      const active = { method, fault, left: fault.times ?? Infinity }
      faults.add(active)
      return () => {
        faults.delete(active)
      }
    },
    async close() {
      for (const timer of timers) clearTimeout(timer)
      await stopListening(server)
    },
  }
}

function contextOf(node: SimulatedNode, metadata: MetadataSource = () => undefined): MethodContext {
  const { chain } = node
  const runtimes = new Runtimes(metadata, chain.changedTypes)
  const blocks = new Blocks(chain, runtimes)
  return { node, runtimes, blocks, storage: new Storage(chain, runtimes, blocks) }
}

/** Answers request bodies as a node does, with the default limits and without HTTP. Whether the node is down makes no difference. */
export function rpcAnswers(node: SimulatedNode, metadata?: MetadataSource): (body: string) => string {
  const context = contextOf(node, metadata)
  return (body) =>
    answerText(
      body,
      DEFAULT_LIMITS,
      ({ method, params }) => call(context, method, params),
      (answers) => answers,
    )
}

const matches = ({ method }: ActiveFault, asked: string): boolean =>
  typeof method === 'string' ? method === asked : method.test(asked)

interface HttpRefusal {
  readonly status: number
  readonly text: string
}

const TOO_MANY: HttpRefusal = { status: 429, text: 'Too Many Requests' }

/** What the HTTP server of a node refuses before it reads a call. */
function refusalOf({ headers, method }: IncomingMessage, { hosts }: NodeLimits): HttpRefusal | undefined {
  const host = (headers.host ?? '').replace(/:\d+$/, '')
  if (hosts !== undefined && !hosts.includes(host))
    return { status: 403, text: 'Provided Host header is not whitelisted.\n' }
  if (method !== 'POST') return { status: 405, text: 'Used HTTP Method is not allowed. POST is required\n' }
  if (/^application\/json\b/i.test(headers['content-type'] ?? '')) return undefined
  return {
    status: 415,
    text: 'Supplied content type is not allowed. Content-Type: application/json is required\n',
  }
}

function tooBig(response: ServerResponse, limit: number): void {
  const { code, message, data } = requestTooBig(limit)
  const body = { jsonrpc: '2.0', error: { code, message, data }, id: null }
  response.writeHead(413, { 'Content-Type': JSON_TYPE }).end(JSON.stringify(body))
}

/** Whether one more request fits into this second. */
function rateLimiter(limits: NodeLimits): () => boolean {
  let second = 0
  let taken = 0
  return () => {
    const now = Math.floor(performance.now() / 1000)
    if (now !== second) {
      second = now
      taken = 0
    }
    return ++taken <= limits.perSecond
  }
}
