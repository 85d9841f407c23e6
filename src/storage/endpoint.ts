import pLimit from 'p-limit'
import type { NeuronEndpoint, PublishedEndpoint } from '../chain/endpoint.ts'
import { address, boolean, count, field, optional, unsigned, type Decoder } from '../upstream/decode.ts'
import type { View } from './view.ts'
import { readOwner } from './hotkey.ts'
import { ITEMS } from './layout.ts'
import { readSize } from './subnet.ts'

const publishedEndpoint: Decoder<PublishedEndpoint> = (value) => ({
  block: count(field(value, 'block')),
  version: count(field(value, 'version')),
  ip: unsigned(field(value, 'ip')),
  port: count(field(value, 'port')),
  ipType: count(field(value, 'ipType')),
})

/** Neurons read in parallel. Low, because polls have priority. */
const AT_ONCE = 2

/**
 * The endpoints that the neurons of a subnet have published, by UID; undefined if the subnet does not exist. Rejects if the
 * runtime lacks the item, because an empty list would be a guess. Sends two requests per UID and one per endpoint, few at a
 * time.
 */
export async function readEndpoints(
  view: View,
  netuid: number,
): Promise<readonly NeuronEndpoint[] | undefined> {
  if (!view.layout.has(ITEMS.prometheus))
    throw new Error(`the runtime of spec ${view.layout.specVersion} has no item Prometheus`)
  if (!(await view.read(ITEMS.networksAdded, [netuid], boolean))) return undefined
  const uids = Array.from({ length: await readSize(view, netuid) }, (_, uid) => uid)
  const endpoints = await pLimit(AT_ONCE).map(uids, (uid) => readEndpoint(view, netuid, uid))
  return endpoints.filter((endpoint) => endpoint !== undefined)
}

async function readEndpoint(view: View, netuid: number, uid: number): Promise<NeuronEndpoint | undefined> {
  const hotkey = await view.read(ITEMS.keys, [netuid, uid], address)
  const published = await view.read(ITEMS.prometheus, [netuid, hotkey], optional(publishedEndpoint))
  if (published === undefined) return undefined
  return { ...published, netuid, uid, hotkey, coldkey: await readOwner(view, hotkey) }
}
