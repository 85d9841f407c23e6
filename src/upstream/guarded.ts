import type { BlockBody, Call, ChainEvent } from '../chain/extrinsic.ts'
import type { Runtime } from '../chain/runtime.ts'
import { oneLine } from '../text.ts'
import type { UpstreamClient } from './client.ts'
import { UpstreamError } from './errors.ts'
import type { Scrub } from './secrets.ts'

/** Longest message of an error, path included. */
const MESSAGE_CHARACTERS = 600

/** Longest name that a node gives itself, a pallet or a call. As nameOf. */
const NAME_CHARACTERS = 128

/** Roles of a node that are kept: a node has one. */
const MAX_ROLES = 4

/** A client without the checks of its answers: scrubbing and judging the decoding are the guard's. */
export type UnguardedClient = Omit<UpstreamClient, 'scrub'>

/**
 * A client whose texts are safe to log and to show, whichever protocol it speaks: names and messages have no secrets of the node's
 * configuration, and are one line of bounded length. Storage values stay as they are, because addresses and numbers must not change;
 * the decoder of text takes the scrubber instead. Judges by its blocks whether the client decodes extrinsics.
 */
export function guarded(client: UnguardedClient, scrub: Scrub): UpstreamClient {
  const name = (text: string): string => oneLine(scrub(text), NAME_CHARACTERS)
  const safe = async <Value>(request: Promise<Value>): Promise<Value> => {
    try {
      return await request
    } catch (error) {
      if (error instanceof UpstreamError) error.message = oneLine(scrub(error.message), MESSAGE_CHARACTERS)
      throw error
    }
  }
  const runtimeOf = (runtime: Runtime): Runtime => ({
    ...runtime,
    specName: name(runtime.specName),
    chainType: name(runtime.chainType),
    token: runtime.token && { ...runtime.token, symbol: name(runtime.token.symbol) },
  })
  const callOf = (call: Call): Call => ({
    pallet: name(call.pallet),
    method: name(call.method),
    args: call.args,
    calls: Object.fromEntries(Object.entries(call.calls).map(([key, calls]) => [key, calls.map(callOf)])),
  })
  const eventsOf = (events: readonly ChainEvent[]): readonly ChainEvent[] =>
    events.map((event) => ({ ...event, pallet: name(event.pallet), name: name(event.name) }))
  const bodyOf = (body: BlockBody): BlockBody => ({
    ...body,
    eventsBefore: eventsOf(body.eventsBefore),
    extrinsics: body.extrinsics.map((extrinsic) => ({
      ...extrinsic,
      call: callOf(extrinsic.call),
      events: eventsOf(extrinsic.events),
    })),
    eventsAfter: eventsOf(body.eventsAfter),
  })
  const { peekHead } = client
  return {
    node: client.node,
    decoding: client.decoding,
    readsAtOnce: client.readsAtOnce,
    scrub,
    async nodeVersion(signal) {
      const { chain, clientName, clientVersion } = await safe(client.nodeVersion(signal))
      return { chain: name(chain), clientName: name(clientName), clientVersion: name(clientVersion) }
    },
    async nodeNetwork(signal) {
      const network = await safe(client.nodeNetwork(signal))
      return { ...network, roles: network.roles.slice(0, MAX_ROLES).map(name) }
    },
    pendingExtrinsics: (signal) => safe(client.pendingExtrinsics(signal)),
    bestHeight: (signal) => safe(client.bestHeight(signal)),
    async finalizedHead(signal) {
      const { block, runtime } = await safe(client.finalizedHead(signal))
      return { block, runtime: runtimeOf(runtime) }
    },
    ...(peekHead && { peekHead: (signal: AbortSignal) => safe(peekHead(signal)) }),
    parentHash: (block, signal) => safe(client.parentHash(block, signal)),
    runtimeAt: async (hash, signal) => runtimeOf(await safe(client.runtimeAt(hash, signal))),
    decodingSpec: (block, signal) => safe(client.decodingSpec(block, signal)),
    metadataAt: (hash, signal) => safe(client.metadataAt(hash, signal)),
    async blockBody(height, signal) {
      try {
        const body = bodyOf(await safe(client.blockBody(height, signal)))
        client.decoding.read(body)
        return body
      } catch (error) {
        client.decoding.failed(height, error)
        throw error
      }
    },
    storage: (item, keys, block, signal) => safe(client.storage(item, keys, block, signal)),
    storageColumn: (item, entries, block, signal) => safe(client.storageColumn(item, entries, block, signal)),
  }
}
