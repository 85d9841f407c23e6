import type { Server, Socket } from 'node:net'

/** The TCP connections of a server. */
export interface Connections {
  /** Closes all connections at once. */
  destroy(): void
}

/** Tracks connections, including unfinished TLS handshakes, which no server lists. */
export function connectionsOf(server: Server): Connections {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return {
    destroy() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
