import { buildConnector, Pool, type Dispatcher } from 'undici'

/** Connections to one origin. */
export interface ConnectionPool {
  readonly dispatcher: Dispatcher
  /** Destroys all connections and ends the attempts to connect. */
  close(): Promise<void>
}

/**
 * Opens a pool of keep-alive connections; none is made before the first request.
 *
 * Destroying an undici pool does not end the attempts to connect, so each attempt has an AbortSignal. It has its own
 * because a socket never removes its listener from its signal (Node.js 20): one signal for all attempts would keep every
 * socket in memory, about 4 kB each.
 */
export function openPool(origin: string, connections: number, connectTimeoutMs: number): ConnectionPool {
  const attempts = new Set<AbortController>()
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    // The transport has one timer for the whole request; these would start again with each retry or byte.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(options, callback) {
      const attempt = new AbortController()
      attempts.add(attempt)
      buildConnector({ timeout: connectTimeoutMs, signal: attempt.signal })(options, (...outcome) => {
        attempts.delete(attempt)
        callback(...outcome)
      })
    },
  })
  return {
    dispatcher: pool,
    async close() {
      for (const attempt of attempts) attempt.abort()
      await pool.destroy()
    },
  }
}
