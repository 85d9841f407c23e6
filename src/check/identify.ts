import { messageOf } from '../poll/collector-log.ts'
import { SMALL } from '../upstream/http/body-limit.ts'
import { HttpTransport, type HttpOptions } from '../upstream/http/transport.ts'

/** What answers at the URL of a node. `web-server` is any other HTTP server, `nothing` no HTTP response at all. */
export type ServerKind = 'sidecar' | 'polkadot-rest-api' | 'json-rpc' | 'web-server' | 'nothing'

/** The API that a client uses. */
export type NodeApi = 'sidecar' | 'rpc'

/** A response: its status and its body, if that is a JSON object. */
interface Response {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const VERSION_CALL = '{"jsonrpc":"2.0","id":1,"method":"system_version","params":[]}'

interface Identified {
  readonly kind: ServerKind
  /** Why nothing answered. */
  readonly error?: string | undefined
  /** HTTP status of the request that the configured API begins with; undefined if it was not answered, or not sent. */
  readonly status?: number | undefined
}

/**
 * Asks the server at a node's URL which API it offers. A node answers JSON-RPC over POST, Sidecar `/node/version`. polkadot-rest-api
 * answers that below `/v1`, and also `/v1/version`, which Sidecar lacks. Sends the configured headers, as every request does.
 */
export async function identifyServer(
  options: HttpOptions,
  api: NodeApi,
  signal: AbortSignal,
): Promise<Identified> {
  const transport = new HttpTransport({ ...options, retry: { maxRetries: 0 } }, ({ status, body }) => {
    return { value: { status, body: objectIn(body.toString('utf8')) } satisfies Response }
  })
  let error: string | undefined
  const ask = async (
    request: Omit<Parameters<HttpTransport['send']>[0], 'route' | 'limit'>,
  ): Promise<Response | undefined> => {
    try {
      return (await transport.send({ ...request, route: request.path, limit: SMALL }, signal)) as Response
    } catch (caught) {
      // A report names the node already.
      error ??= messageOf(caught).replace(`${options.name}: `, '')
      return undefined
    }
  }
  const get = (path: string) => ask({ method: 'GET', path })
  const headers = { 'content-type': 'application/json' }
  try {
    const rpc = await ask({ method: 'POST', path: '/', headers, body: VERSION_CALL })
    if (rpc === undefined) return { kind: 'nothing', error }
    if (rpc.body['jsonrpc'] !== undefined) return { kind: 'json-rpc' }
    const version = await get('/node/version')
    if (version?.body['clientVersion'] !== undefined) {
      const isRestApi = (await get('/version'))?.status === 200
      return { kind: isRestApi ? 'polkadot-rest-api' : 'sidecar' }
    }
    const isRestApi = (await get('/v1/node/version'))?.body['clientVersion'] !== undefined
    const status = api === 'rpc' ? rpc.status : version?.status
    return isRestApi ? { kind: 'polkadot-rest-api' } : { kind: 'web-server', status }
  } finally {
    await transport.close()
  }
}

function objectIn(text: string): Response['body'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Response['body']) : {}
  } catch {
    return {}
  }
}

/** What to change when another server answers than the configured API expects; undefined if it is the right one. */
export function wrongServer(
  kind: ServerKind,
  api: NodeApi,
  status?: number | null,
): { readonly message: string; readonly remedy: string } | undefined {
  switch (kind) {
    case 'nothing':
      return undefined
    case 'sidecar':
      if (api === 'sidecar') return undefined
      return { message: 'is a Sidecar, not the JSON-RPC of a node', remedy: 'write `url:` instead of `rpc:`' }
    case 'json-rpc':
      if (api === 'rpc') return undefined
      return {
        message: 'is the JSON-RPC of a node, not a Sidecar',
        remedy: 'write `rpc:` instead of `url:`, or use the URL of its Sidecar (port 8080 by default)',
      }
    case 'polkadot-rest-api':
      return {
        message: 'is polkadot-rest-api, which encodes storage keys differently from Sidecar',
        remedy: 'use the JSON-RPC of the node, or Substrate API Sidecar 18',
      }
    case 'web-server':
      return {
        message: isError(status)
          ? `answers HTTP ${status} instead of ${api === 'rpc' ? 'JSON-RPC' : 'the API of a Sidecar'}`
          : 'is a web server, but neither a Sidecar nor the JSON-RPC of a node',
        remedy: webServerRemedy(api, status ?? 200),
      }
  }
}

const isError = (status: number | null | undefined): status is number =>
  typeof status === 'number' && status >= 300

function webServerRemedy(api: NodeApi, status: number): string {
  const credentials = 'give it credentials (headers_file or basic_auth)'
  if (status >= 300 && status < 400) return 'write the URL that it redirects to'
  if (status === 400)
    return 'if the port speaks TLS, write https:// or wss://; otherwise check host, port and path of the URL'
  if (status === 401) return credentials
  if (status === 403)
    return api === 'rpc'
      ? `start the node with --rpc-cors=all, which accepts any Host header, or ${credentials}`
      : credentials
  if (status === 429) return 'it limits requests: wait, and set rate_limit'
  if (status >= 502 && status <= 504) return 'the proxy does not reach its server: check that this runs'
  return 'check host, port and path of the URL'
}
