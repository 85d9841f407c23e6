import { once } from 'node:events'
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Registers what is to run at the end: vitest's `onTestFinished`, or a collection of the caller's. */
export type AtEnd = (close: () => Promise<void>) => void

/** Has a server listen on the loopback; resolves with its port, a free one unless it is given. */
export async function listen(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  server.listen(port, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Closes a server and the connections of an HTTP server. */
export async function close(server: Server | HttpServer): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  if ('closeAllConnections' in server) server.closeAllConnections()
  await closed
}

/** A port of the loopback that was free a moment ago, for programs that cannot choose one. */
export async function freePort(): Promise<number> {
  const server = createTcpServer()
  const port = await listen(server)
  await close(server)
  return port
}

export interface LoopbackServer {
  readonly url: string
  readonly port: number
  readonly server: HttpServer
}

/** An HTTP server on a free port of the loopback, closed with its connections at the end of the test. */
export async function httpServer(
  listener: RequestListener,
  { host = '127.0.0.1', atEnd = onTestFinished }: { readonly host?: string; readonly atEnd?: AtEnd } = {},
): Promise<LoopbackServer> {
  const server = createServer(listener)
  const port = await listen(server, 0, host)
  atEnd(() => close(server))
  return { url: `http://${host}:${port}`, port, server }
}

/**
 * A TCP server on a free port of the loopback, for responses that node:http would not send; closed with its connections
 * at the end of the test. `answer` is called for each chunk received, with the connection and its number, from 1.
 * Resolves with its URL.
 */
export async function tcpServer(answer: (socket: Socket, connection: number) => void): Promise<string> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createTcpServer((socket) => {
    const connection = ++connections
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', () => {
      answer(socket, connection)
    })
  })
  const port = await listen(server)
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await close(server)
  })
  return `http://127.0.0.1:${port}`
}
