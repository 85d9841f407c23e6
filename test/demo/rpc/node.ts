import { onTestFinished } from 'vitest'
import type { SimulatedChain } from '../../../src/demo/chain.ts'
import { startRpcNode, type RpcNode, type RpcNodeOptions } from '../../../src/demo/rpc/server.ts'
import { scaleMetadata } from '../../support/metadata.ts'
import { RECORDED_SPECS } from '../../support/specs.ts'

/** Real metadata of the specs that tests have it of. */
const realMetadata = (spec: number): Uint8Array | undefined =>
  RECORDED_SPECS.some((recorded) => recorded === spec) ? scaleMetadata(spec) : undefined

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export interface CallAnswer {
  readonly jsonrpc: string
  readonly id: unknown
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: string }
}

/** A simulated node with real metadata that is stopped with the test, and how to call it. */
export async function rpcNode(chain: SimulatedChain, options: RpcNodeOptions = {}) {
  const node: RpcNode = await startRpcNode(chain, { metadata: realMetadata, ...options })
  onTestFinished(() => node.close())
  const post = async (body: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const response = await fetch(node.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const ask = async (method: string, ...params: readonly unknown[]): Promise<CallAnswer> => {
    const { text } = await post(JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }))
    return JSON.parse(text) as CallAnswer
  }
  const call = async (method: string, ...params: readonly unknown[]): Promise<unknown> => {
    const { result, error } = await ask(method, ...params)
    if (error !== undefined) throw new Error(`${error.code}: ${error.message}`)
    return result
  }
  return { node, post, ask, call }
}
