import { storagePath, type UpstreamClient } from './client.ts'

/**
 * A client that sends equal requests only once and shares their result, also a failure. For the readers of one round, which
 * share one signal; later rounds need a new one.
 */
export function deduplicated(client: UpstreamClient): UpstreamClient {
  const results = new Map<string, Promise<unknown>>()
  const once = <Value>(key: string, request: () => Promise<Value>): Promise<Value> => {
    const result = (results.get(key) as Promise<Value> | undefined) ?? request()
    results.set(key, result)
    return result
  }
  const shared: UpstreamClient = {
    node: client.node,
    decoding: client.decoding,
    scrub: client.scrub,
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
    storageColumn: (item, entries, block, signal) =>
      Promise.all(entries.map((keys) => shared.storage(item, keys, block, signal))),
  }
  return shared
}
