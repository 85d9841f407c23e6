import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { Block } from '../../../src/chain/block.ts'
import { openRpcHttp, type RpcHttp } from '../../../src/upstream/rpc/http.ts'
import type { HttpOptions, RequestObserver } from '../../../src/upstream/http/transport.ts'
import { httpServer } from '../../support/servers.ts'

/** A call as a client sends it. */
export interface SentCall {
  readonly jsonrpc: string
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** An error that a node answers a call with. */
export class NodeError extends Error {
  readonly code: number
  readonly data: string | undefined

  constructor(code: number, message: string, data?: string) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** The answer of a node to a call: a result or a NodeError. */
export type Method = (params: readonly unknown[]) => unknown

/** A node on loopback. `requests` has the calls of each request. */
export interface FakeNode {
  readonly url: string
  readonly requests: readonly (readonly SentCall[])[]
  readonly methods: Map<string, Method>
}

/** Answers calls one by one or in arrays as a node does. `around` may answer a request in another way; it then returns true. */
export async function fakeNode(
  methods: Readonly<Record<string, Method>>,
  around: (calls: readonly SentCall[], response: ServerResponse) => boolean = () => false,
): Promise<FakeNode> {
  const requests: (readonly SentCall[])[] = []
  const byName = new Map(Object.entries(methods))
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const sent = JSON.parse(await text(request)) as SentCall | SentCall[]
    const calls = Array.isArray(sent) ? sent : [sent]
    requests.push(calls)
    if (around(calls, response)) return
    const replies = calls.map((call) => replyTo(byName, call))
    sendJson(response, Array.isArray(sent) ? replies : replies[0])
  }
  const { url } = await httpServer((request, response) => void answer(request, response))
  return { url, requests, methods: byName }
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(value))
}

function replyTo(methods: ReadonlyMap<string, Method>, { id, method, params }: SentCall): object {
  const answer = methods.get(method)
  try {
    if (answer === undefined) throw new NodeError(-32601, 'Method not found')
    return { jsonrpc: '2.0', id, result: answer(params) ?? null }
  } catch (error) {
    if (!(error instanceof NodeError)) throw error
    const { code, message, data } = error
    return { jsonrpc: '2.0', id, error: data === undefined ? { code, message } : { code, message, data } }
  }
}

/** A transport that is closed when the test has ended; retries come at once. */
export function rpcHttp(url: string, options: Partial<HttpOptions> = {}, observe?: RequestObserver): RpcHttp {
  const retry = { minDelayMs: 1, maxDelayMs: 5 }
  const http = openRpcHttp(
    { name: 'a', url, headers: {}, timeoutMs: 5000, concurrency: 16, retry, ...options },
    observe,
  )
  onTestFinished(() => http.close())
  return http
}

export const hashOf = (height: number, fork = 0): string =>
  `0x${fork.toString(16).padStart(4, '0')}${height.toString(16).padStart(60, '0')}`

export const heightOf = (hash: unknown): number => Number(`0x${String(hash).slice(6)}`)

export const blockAt = (height: number): Block => ({ height, hash: hashOf(height) })

export const headerAt = (height: number): object => ({
  number: `0x${height.toString(16)}`,
  parentHash: hashOf(Math.max(0, height - 1)),
  stateRoot: hashOf(0),
  extrinsicsRoot: hashOf(0),
  digest: { logs: [] },
})

/** `state_getRuntimeVersion` of a spec. */
export const versionOf = (specVersion: number): object => ({
  specName: 'node-subtensor',
  implName: 'node-subtensor',
  authoringVersion: 1,
  specVersion,
  implVersion: 1,
  apis: [],
  transactionVersion: 1,
  stateVersion: 1,
})

/** One chain: heights are hashes, runtimes are in force from a height on, and storage is the same at all heights. */
export interface ChainOptions {
  readonly metadata: (specVersion: number) => string
  /** The spec in the state of a block. */
  readonly specAt: (height: number) => number
  readonly storage?: (key: string, height: number) => string | null
  readonly finalized?: number
}

/** The methods of a node on such a chain. */
export function chainMethods({
  metadata,
  specAt,
  storage = () => null,
  finalized = 100,
}: ChainOptions): Record<string, Method> {
  return {
    chain_getFinalizedHead: () => hashOf(finalized),
    chain_getHeader: ([hash]) => headerAt(hash === undefined ? finalized + 3 : heightOf(hash)),
    chain_getBlockHash: ([height]) => hashOf(Number(height)),
    state_getRuntimeVersion: ([hash]) => versionOf(specAt(hash === undefined ? finalized : heightOf(hash))),
    state_getMetadata: ([hash]) => metadata(specAt(heightOf(hash))),
    state_getStorage: ([key, hash]) => storage(String(key), heightOf(hash)),
    state_queryStorageAt: ([keys, hash]) => [
      {
        block: hash,
        changes: (keys as string[]).map((key) => [key, storage(key, heightOf(hash))]),
      },
    ],
    system_chain: () => 'Bittensor',
    system_chainType: () => 'Live',
    system_health: () => ({ peers: 12, isSyncing: false, shouldHavePeers: true }),
    system_nodeRoles: () => ['Full'],
    system_properties: () => ({ ss58Format: 42, tokenDecimals: 9, tokenSymbol: 'TAO' }),
    system_version: () => '4.0.0-dev',
    author_pendingExtrinsics: () => ['0x00', '0x01'],
  }
}
