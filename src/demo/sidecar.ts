import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { SimulatedChain } from './chain.ts'
import { ErrorResponse, errorBody, unknownRouteBody } from './fault.ts'
import { listen, stopListening } from './listen.ts'
import { HEALTHY, SimulatedNode, type NodeHealth } from './node.ts'
import { ROUTES } from './routes.ts'

/** A change that a test makes to a response. Absent properties are not changed. */
interface Fault {
  readonly status?: number
  readonly body?: string
  readonly contentType?: string
  /** Delay of the response in milliseconds. */
  readonly delayMs?: number
  /** Closes the connection instead of responding. */
  readonly destroy?: boolean
  /** Number of requests that it applies to; default all. */
  readonly times?: number
}

/** Options of a simulated Sidecar. */
export interface SimulatedSidecarOptions {
  readonly chain: SimulatedChain
  readonly host?: string
  /** Default 0: a free port. */
  readonly port?: number
  /** Delay of each response in milliseconds. */
  readonly latencyMs?: number
  readonly health?: Partial<NodeHealth>
}

/** A running simulated Sidecar. */
export interface SimulatedSidecar {
  readonly url: string
  /** State of its node, which can be changed while it runs. */
  readonly node: NodeHealth
  /** Number of requests by route template; `unknown` counts requests without a route. */
  readonly requests: ReadonlyMap<string, number>
  /** Current and maximum number of concurrent requests. */
  readonly inFlight: { readonly now: number; readonly most: number }
  /**
   * Applies a fault to requests whose decoded path and query contain the text or match the pattern. Returns a function that
   * removes it.
   */
  fault(path: string | RegExp, fault: Fault): () => void
  close(): Promise<void>
}

/** A response of Sidecar. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** Starts a simulated Substrate API Sidecar 18 for one node of the simulated chain, on its own port. */
export async function startSimulatedSidecar(options: SimulatedSidecarOptions): Promise<SimulatedSidecar> {
  const { chain, host = '127.0.0.1', port = 0, latencyMs = 0 } = options
  const node = new SimulatedNode(chain, { ...HEALTHY, ...options.health })
  const requests = new Map<string, number>()
  const inFlight = { now: 0, most: 0 }
  const faults = new Set<{ readonly path: string | RegExp; readonly fault: Fault; left: number }>()
  /** Timers of delayed responses. */
  const waiting = new Set<NodeJS.Timeout>()

  const faultFor = (path: string): Fault => {
    for (const entry of faults) {
      if (!(typeof entry.path === 'string' ? path.includes(entry.path) : entry.path.test(path))) continue
      if (--entry.left <= 0) faults.delete(entry)
      return entry.fault
    }
    return {}
  }

  function respond(request: IncomingMessage, response: ServerResponse): void {
    const target = request.url ?? '/'
    const fault = faults.size === 0 ? {} : faultFor(decoded(target))
    const right = answerTo(node, request.method ?? 'GET', target, requests)
    const answer = () => {
      if (fault.destroy === true) {
        request.socket.destroy()
        return
      }
      const body = fault.body ?? right.body
      response.writeHead(fault.status ?? right.status, {
        'Content-Type': fault.contentType ?? right.contentType,
        'Content-Length': Buffer.byteLength(body),
      })
      response.end(body)
    }
    const wait = latencyMs + (fault.delayMs ?? 0)
    if (wait === 0) {
      answer()
      return
    }
    const timer = setTimeout(() => {
      waiting.delete(timer)
      answer()
    }, wait)
    waiting.add(timer)
  }

  const server = createServer((request, response) => {
    inFlight.now++
    inFlight.most = Math.max(inFlight.most, inFlight.now)
    response.once('close', () => inFlight.now--)
    try {
      respond(request, response)
    } catch (error) {
      // A bug of the simulation must be visible.
      response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`the simulation failed: ${String(error)}`)
    }
  })
  return {
    url: await listen(server, host, port),
    node: node.health,
    requests,
    inFlight,
    fault(path, fault) {
      const entry = { path, fault, left: fault.times ?? Infinity }
      faults.add(entry)
      return () => {
        faults.delete(entry)
      }
    },
    async close() {
      for (const timer of waiting) clearTimeout(timer)
      await stopListening(server)
    },
  }
}

/** The response of a node's Sidecar, without faults. Counts the request in `requests` by route template. */
export function answerTo(
  node: SimulatedNode,
  method: string,
  target: string,
  requests: Map<string, number>,
): Answer {
  const [path, search] = split(target)
  for (const { template, pattern, answer } of ROUTES) {
    const match = method === 'GET' ? pattern.exec(path) : null
    if (match === null) continue
    requests.set(template, (requests.get(template) ?? 0) + 1)
    try {
      const request = { params: match.slice(1).map(decoded), query: new URLSearchParams(search) }
      return { status: 200, contentType: JSON_TYPE, body: answer(node, request) }
    } catch (error) {
      if (!(error instanceof ErrorResponse)) throw error
      return { status: error.status, contentType: JSON_TYPE, body: errorBody(error) }
    }
  }
  requests.set('unknown', (requests.get('unknown') ?? 0) + 1)
  return { status: 404, contentType: 'text/html; charset=utf-8', body: unknownRouteBody(method, path) }
}

function split(target: string): [string, string] {
  const mark = target.indexOf('?')
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)]
}

/** Percent-decoded text; unchanged if it is not properly encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
