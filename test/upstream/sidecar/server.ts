import type { ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import { UpstreamError } from '../../../src/upstream/errors.ts'
import { openSidecarHttp, type SidecarHttp } from '../../../src/upstream/sidecar/http.ts'
import type { HttpOptions, RequestObserver, StateObserver } from '../../../src/upstream/http/transport.ts'

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
