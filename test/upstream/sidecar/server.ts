import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { UpstreamError } from '../../../src/upstream/errors.ts'
import { openSidecarHttp, type SidecarHttp } from '../../../src/upstream/sidecar/http.ts'
import type { HttpOptions, RequestObserver, StateObserver } from '../../../src/upstream/http/transport.ts'

/** An HTTP server on loopback that is gone, with its connections, when the test has ended. */
export async function httpServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

/** A TCP server, for answers that node:http would not send. `answer` is called with each piece of a request that comes. */
export async function tcpServer(answer: (socket: Socket, connection: number) => void): Promise<string> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createTcpServer((socket) => {
    connections += 1
    const connection = connections
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', () => {
      answer(socket, connection)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A client that is closed when the test has ended; retries come at once. */
export function client(
  url: string,
  options: Partial<HttpOptions> = {},
  observe?: RequestObserver,
  observeState?: StateObserver,
): SidecarHttp {
  const retry = { minDelayMs: 1, maxDelayMs: 5 }
  const http = openSidecarHttp(
    { name: 'a', url, headers: {}, timeoutMs: 5000, concurrency: 4, retry, ...options },
    observe,
    observeState,
  )
  onTestFinished(() => http.close())
  return http
}

export const get = (http: SidecarHttp, path = '/x', signal?: AbortSignal): Promise<unknown> =>
  http.get('/:x', path, signal)

/** What the request fails with; fails the test when it does not. */
export async function failureOf(request: Promise<unknown>): Promise<UpstreamError> {
  try {
    const value = await request
    throw new Error(`expected a failure, got ${JSON.stringify(value)}`)
  } catch (error) {
    if (error instanceof UpstreamError) return error
    throw error
  }
}

export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(value))
}
