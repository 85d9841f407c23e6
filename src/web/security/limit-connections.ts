import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  ConnectionShares,
  type ConnectionLimits,
  type ConnectionRefusal,
  type Share,
} from './connection-shares.ts'
import { networkOf } from './network.ts'

/**
 * Limits the connections of a server, with unfinished TLS handshakes, by ConnectionShares. A connection without a request in progress
 * is idle, also before its first request is complete.
 * @returns the number of open connections.
 */
export function limitConnections(
  server: Server,
  limits: ConnectionLimits,
  refused: (reason: ConnectionRefusal, client: string | undefined) => void,
): () => number {
  const shares = new ConnectionShares(limits, refused)
  const byEnds = new Map<string, { readonly share: Share; requests: number }>()
  // Before node:http's own listener: it reads nothing from a closed socket.
  server.prependListener('connection', (socket: Socket) => {
    const ends = endsOf(socket)
    const share = shares.add(networkOf(socket.remoteAddress), () => socket.destroy())
    if (share === undefined) return
    const connection = { share, requests: 0 }
    byEnds.set(ends, connection)
    socket.once('close', () => {
      share.release()
      if (byEnds.get(ends) === connection) byEnds.delete(ends)
    })
  })
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const connection = byEnds.get(endsOf(socket))
    if (connection === undefined) return
    // Several at once when the client pipelines.
    if (connection.requests++ === 0) connection.share.setBusy(true)
    response.once('close', () => {
      if (--connection.requests === 0) connection.share.setBusy(false)
    })
  })
  return () => shares.size
}

/** Identifies a TCP connection. A request over TLS has another socket object than its connection. */
const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
