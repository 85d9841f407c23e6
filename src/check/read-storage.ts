import { messageOf } from '../poll/collector-log.ts'
import { openView } from '../storage/view.ts'
import type { StorageKey, UpstreamClient } from '../upstream/client.ts'
import { UpstreamClients, type UpstreamOptions } from '../upstream/clients.ts'

/** A storage item by its names in the metadata of the runtime, and the keys of one of its values. */
export interface StoragePlace {
  readonly pallet: string
  readonly item: string
  readonly keys: readonly StorageKey[]
}

/** A storage value, in the JSON format of Sidecar 18. */
export interface StorageReading {
  readonly node: string
  /** Height of the finalized block in whose state the value is. */
  readonly block: number
  /** Null for a value that is absent and has no default. */
  readonly value: unknown
}

const ignore = (): void => undefined

/**
 * Reads one storage value at the finalized head of the first node that can tell, in the order of the configuration. Rejects with the
 * errors of all nodes, one a line.
 */
export async function readStorage(
  nodes: readonly UpstreamOptions[],
  place: StoragePlace,
): Promise<StorageReading> {
  const upstreams = new UpstreamClients(ignore, ignore, ignore)
  await upstreams.prepare(nodes)()
  const errors: string[] = []
  try {
    for (const client of upstreams.clients) {
      try {
        return await readFrom(client, place)
      } catch (error) {
        errors.push(messageOf(error))
      }
    }
  } finally {
    await upstreams.close()
  }
  throw new Error(errors.join('\n'))
}

async function readFrom(
  client: UpstreamClient,
  { pallet, item, keys }: StoragePlace,
): Promise<StorageReading> {
  const abort = new AbortController()
  const head = await client.finalizedHead(abort.signal)
  // The view rejects a value that an upstream decoded by another runtime than the one that wrote it.
  const view = await openView(client, head, new Map(), abort)
  const value = await client.storage({ pallet, item }, keys, head.block, abort.signal)
  await view.confirm()
  // Strings and the names of fields are the node's.
  const safe: unknown = JSON.parse(client.scrub(JSON.stringify(value)))
  return { node: client.node, block: head.block.height, value: safe }
}
