import type { Server } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'

/** The TCP connections of a server, whatever version of HTTP they carry. */
export interface Connections {
  /** Ends HTTP/2 sessions gracefully: responses in flight are finished, new requests are refused. */
  closeSessions(): void
  /** Closes all connections at once. */
  destroy(): void
}

/** Tracks connections: node:http2's server lists neither connections nor sessions, and no server lists unfinished handshakes. */
export function connectionsOf(server: Server): Connections {
  const sockets = new Set<Socket>()
  const sessions = new Set<ServerHttp2Session>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  return {
    closeSessions() {
      for (const session of sessions) session.close()
    },
    destroy() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
