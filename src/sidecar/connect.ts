import { buildConnector } from 'undici'

/** How a pool connects, and what ends the attempts that are under way: destroying the pool does not. */
export interface Connector {
  readonly connect: buildConnector.connector
  close(): void
}

/**
 * Each attempt has a signal of its own. A socket leaves a listener on its signal for good (Node.js 20), so a signal for
 * all of them would keep every socket there ever was, and a Sidecar that is down for a day fills the memory.
 */
export function openConnector(timeoutMs: number): Connector {
  const attempts = new Set<AbortController>()
  return {
    connect(options, callback) {
      const attempt = new AbortController()
      attempts.add(attempt)
      buildConnector({ timeout: timeoutMs, signal: attempt.signal })(options, (...outcome) => {
        attempts.delete(attempt)
        callback(...outcome)
      })
    },
    close() {
      for (const attempt of attempts) attempt.abort()
    },
  }
}
