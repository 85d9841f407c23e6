import { storagePath, type UpstreamClient } from './client.ts'

/**
 * A client that asks each thing once, failures included, so that what reads in one round share the answers. For one
 * round under one signal: then it is thrown away.
 */
export function deduplicated(client: UpstreamClient): UpstreamClient {
  const asked = new Map<string, Promise<unknown>>()
  const once = <Value>(what: string, ask: () => Promise<Value>): Promise<Value> => {
    const running = (asked.get(what) as Promise<Value> | undefined) ?? ask()
    asked.set(what, running)
    return running
  }
  return {
    node: client.node,
    decoding: client.decoding,
    readsAtOnce: client.readsAtOnce,
    nodeVersion: (signal) => once('version', () => client.nodeVersion(signal)),
    nodeNetwork: (signal) => once('network', () => client.nodeNetwork(signal)),
    pendingExtrinsics: (signal) => once('pool', () => client.pendingExtrinsics(signal)),
    bestHeight: (signal) => once('best', () => client.bestHeight(signal)),
    finalizedHead: (signal) => once('head', () => client.finalizedHead(signal)),
    parentHash: (block, signal) => once(`parent ${block.hash}`, () => client.parentHash(block, signal)),
    runtimeAt: (hash, signal) => once(`runtime ${hash}`, () => client.runtimeAt(hash, signal)),
    decodingSpec: (block, signal) => once(`decoding ${block.hash}`, () => client.decodingSpec(block, signal)),
    metadataAt: (hash, signal) => once(`metadata ${hash}`, () => client.metadataAt(hash, signal)),
    blockBody: (height, signal) => once(`block ${height}`, () => client.blockBody(height, signal)),
    storage: (item, keys, block, signal) =>
      once(storagePath(item, keys, block), () => client.storage(item, keys, block, signal)),
  }
}
