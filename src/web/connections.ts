import type { Server } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'

/** The connections of a server, below TLS and whatever version of HTTP is spoken on them. */
export interface Connections {
  /** Asks HTTP/2 clients to end: requests under way are answered, new ones go elsewhere. */
  closeSessions(): void
  /** Closes all of them, in the middle of whatever they do. */
  destroy(): void
}

/** node:http2's server can list neither its connections nor its sessions, and no server those still in a handshake. */
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
