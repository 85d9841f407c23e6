import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'
import {
  ConnectionShares,
  type ConnectionLimits,
  type ConnectionRefusal,
  type Share,
} from './connection-shares.ts'
import { networkOf } from './network.ts'

/** Requests in progress on one connection. Neither Prometheus nor browsers send the next one before they have the response. */
const MAX_PIPELINED = 4

export type LimitRefusal = ConnectionRefusal | 'pipelined'

interface Connection {
  readonly share: Share
  requests: number
}

/**
 * Limits the connections of a server, with unfinished TLS handshakes, by ConnectionShares. A connection without a request in progress
 * is idle, also before its first request is complete. Closes connections with many requests in progress.
 */
export class ConnectionLimiter {
  readonly #shares: ConnectionShares
  readonly #refused: (reason: LimitRefusal, client: string | undefined) => void
  readonly #byEnds = new Map<string, Connection>()
  #accepted = 0

  constructor(limits: ConnectionLimits, refused: (reason: LimitRefusal, client: string | undefined) => void) {
    this.#shares = new ConnectionShares(limits, refused)
    this.#refused = refused
  }

  /** Number of open connections. */
  get open(): number {
    return this.#shares.size
  }

  /** Number of connections so far, including those that were closed because of the limits. */
  get accepted(): number {
    return this.#accepted
  }

  /** To be called once, for the server whose listener is `listenerOf(…)`. */
  attach(server: Server): void {
    // Before node:http's own listener: it reads nothing from a closed socket.
    server.prependListener('connection', (socket: Socket) => {
      this.#accepted += 1
      const ends = endsOf(socket)
      const share = this.#shares.add(networkOf(socket.remoteAddress), () => socket.destroy())
      if (share === undefined) return
      const connection = { share, requests: 0 }
      this.#byEnds.set(ends, connection)
      socket.once('close', () => {
        share.release()
        if (this.#byEnds.get(ends) === connection) this.#byEnds.delete(ends)
      })
    })
  }

  /** A listener that passes on the requests that are within the limits. */
  listenerOf(listener: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request
      // Requests that came in one packet are all announced, also after the connection was closed.
      if (socket.destroyed) return
      const connection = this.#byEnds.get(endsOf(socket))
      if (connection !== undefined) {
        if (connection.requests >= MAX_PIPELINED) {
          this.#refused('pipelined', socket.remoteAddress)
          socket.destroy()
          return
        }
        if (connection.requests++ === 0) connection.share.setBusy(true)
        response.once('close', () => {
          if (--connection.requests === 0) connection.share.setBusy(false)
        })
      }
      listener(request, response)
    }
  }
}

/** Identifies a TCP connection. A request over TLS has another socket object than its connection. */
const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
