import type { z } from 'zod'
import type { Block } from '../../chain/block.ts'
import type { Runtime, Token } from '../../chain/runtime.ts'
import { blockOf, blockWire } from './blocks.ts'
import { ExtrinsicDecoding } from '../decoding.ts'
import { guarded, type UnguardedClient } from '../guarded.ts'
import { shapeError, storagePath, type UpstreamClient } from '../client.ts'
import { UpstreamError, type FailureReason } from '../errors.ts'
import type { SidecarHttp } from './http.ts'
import { metadataWire } from './metadata-wire.ts'
import {
  headerWire,
  nodeNetworkWire,
  nodeVersionWire,
  runtimeSpecWire,
  storageValueWire,
  transactionPoolWire,
  versionConstantWire,
} from './wire.ts'

/** Enough to keep the most connections that can be configured busy (`poll.concurrency`). */
const READS_AT_ONCE = 256

const STORAGE_ROUTE = '/pallets/:pallet/storage/:item'

/** A client for the node behind a Sidecar. */
export function sidecarClient(
  http: SidecarHttp,
  decoding: ExtrinsicDecoding = new ExtrinsicDecoding(http.node),
): UpstreamClient {
  const checked = <Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    answer: unknown,
  ): z.output<Schema> => {
    const parsed = schema.safeParse(answer)
    if (parsed.success) return parsed.data
    throw shapeError(http.node, path, issuesOf(parsed.error))
  }

  const get = async <Schema extends z.ZodType>(
    schema: Schema,
    route: string,
    path: string,
    signal: AbortSignal,
  ): Promise<z.output<Schema>> => checked(schema, path, await http.get(route, path, signal))

  const pinned = (path: string, asked: Block, got: Block): void => {
    if (got.hash === asked.hash && got.height === asked.height) return
    throw wrongBlockError(http.node, path, asked, got)
  }

  const client: UnguardedClient = {
    node: http.node,
    decoding,
    readsAtOnce: READS_AT_ONCE,
    async nodeVersion(signal) {
      const answer = await get(nodeVersionWire, '/node/version', '/node/version', signal)
      return { chain: answer.chain, clientName: answer.clientImplName, clientVersion: answer.clientVersion }
    },
    async nodeNetwork(signal) {
      const answer = await get(nodeNetworkWire, '/node/network', '/node/network', signal)
      return {
        roles: answer.nodeRoles,
        peers: answer.numPeers,
        syncing: answer.isSyncing,
        shouldHavePeers: answer.shouldHavePeers,
      }
    },
    async pendingExtrinsics(signal) {
      const path = '/node/transaction-pool'
      return (await get(transactionPoolWire, path, path, signal)).pool.length
    },
    async bestHeight(signal) {
      return (await get(headerWire, '/blocks/head/header', '/blocks/head/header?finalized=false', signal))
        .number
    },
    async finalizedHead(signal) {
      const answer = await get(runtimeSpecWire, '/runtime/spec', '/runtime/spec', signal)
      return { block: answer.at, runtime: runtimeOf(answer) }
    },
    async parentHash(block, signal) {
      const path = `/blocks/${block.hash}/header`
      const answer = await get(headerWire, '/blocks/:block/header', path, signal)
      pinned(path, block, { hash: block.hash, height: answer.number })
      return answer.parentHash
    },
    async runtimeAt(hash, signal) {
      return runtimeOf(await get(runtimeSpecWire, '/runtime/spec', `/runtime/spec?at=${hash}`, signal))
    },
    async decodingSpec(block, signal) {
      // Constants come from the metadata that Sidecar uses, not from the state.
      const path = `/pallets/System/consts/Version?metadata=true&at=${block.hash}`
      const { at, metadata } = await get(
        versionConstantWire,
        '/pallets/:pallet/consts/:constant',
        path,
        signal,
      )
      pinned(path, block, at)
      return metadata.value
    },
    async metadataAt(hash, signal) {
      return get(metadataWire, '/runtime/metadata', `/runtime/metadata?at=${hash}`, signal)
    },
    async blockBody(height, signal) {
      // Without noFees, Sidecar requests the fee of each extrinsic from the node, one by one.
      const path = `/blocks/${height}?noFees=true`
      const read = blockOf(await get(blockWire, '/blocks/:block', path, signal))
      if ('body' in read && read.body.height === height) return read.body
      const unusable = (reason: FailureReason, message: string) =>
        new UpstreamError({ node: http.node, path, reason, message })
      if ('body' in read) throw unusable('wrong_block', `asked for block ${height}, got ${read.body.height}`)
      throw read.problem === 'not_final'
        ? unusable('wrong_block', `block ${height} is not finalized on this node`)
        : unusable('block_gone', `the response for block ${height} has no events`)
    },
    async storage(item, keys, block, signal) {
      const path = storagePath(item, keys, block)
      const answer = await http.get(STORAGE_ROUTE, path, signal)
      if (isFromRestApi(answer))
        throw new UpstreamError({ node: http.node, path, reason: 'shape', message: REST_API })
      if (isValueAt(answer, block)) return answer.value
      const { at, value } = checked(storageValueWire, path, answer)
      pinned(path, block, at)
      return value
    },
    storageColumn: (item, entries, block, signal) =>
      Promise.all(entries.map((keys) => client.storage(item, keys, block, signal))),
  }
  return guarded(client, http.scrub)
}

const REST_API =
  'this is polkadot-rest-api, not a Sidecar: its values cannot be used. Configure the JSON-RPC of the node as rpc (NODE_URL)'

/**
 * Whether polkadot-rest-api answered. It writes names of pallets in lower case, where Sidecar writes camel case. It also answers `null`
 * for values that it could not read and for keys that it encoded wrongly (crates/server/src/handlers/pallets/storage.rs of version 0.1).
 */
const isFromRestApi = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'pallet' in answer && answer.pallet === 'subtensormodule'

/**
 * Whether a response is a value at exactly this block, as nearly all are. Ten times as fast as the schema, which is used only
 * to describe invalid responses; a poll has a hundred thousand responses.
 */
function isValueAt(answer: unknown, { hash, height }: Block): answer is { readonly value: unknown } {
  if (typeof answer !== 'object' || answer === null || !('value' in answer) || !('at' in answer)) return false
  const { at } = answer
  if (typeof at !== 'object' || at === null || !('hash' in at) || !('height' in at)) return false
  return at.hash === hash && at.height === String(height)
}

/** The error for state or events of a block other than the requested one. */
const wrongBlockError = (node: string, path: string, asked: Block, got: Block): UpstreamError =>
  new UpstreamError({
    node,
    path,
    reason: 'wrong_block',
    message: `asked for block ${asked.height} ${asked.hash}, got block ${got.height} ${got.hash}`,
  })

const issuesOf = (error: z.ZodError): string =>
  error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'the answer'}: ${issue.message}`)
    .join('; ')

function runtimeOf(answer: z.output<typeof runtimeSpecWire>): Runtime {
  const { specName, specVersion, implVersion, authoringVersion, transactionVersion, chainType } = answer
  const token = tokenOf(answer.properties ?? {})
  return { specName, specVersion, implVersion, authoringVersion, transactionVersion, chainType, token }
}

function tokenOf(properties: NonNullable<z.output<typeof runtimeSpecWire>['properties']>): Token | undefined {
  const decimals = properties.tokenDecimals?.[0]
  const symbol = properties.tokenSymbol?.[0]
  const ss58Format = properties.ss58Format
  if (decimals === undefined || symbol === undefined || ss58Format === undefined || ss58Format === null)
    return undefined
  return { decimals, symbol, ss58Format }
}
