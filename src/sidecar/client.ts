import type { z } from 'zod'
import type { Block } from '../chain/block.ts'
import type { BlockBody } from '../chain/extrinsic.ts'
import type { Runtime, Token } from '../chain/runtime.ts'
import { blockOf, blockWire } from './blocks.ts'
import { ExtrinsicDecoding } from './decoding.ts'
import { WireFault, type Decoder } from './decode.ts'
import { SidecarError, type FailureReason } from '../upstream/errors.ts'
import type { SidecarHttp } from './http.ts'
import type { RuntimeMetadata } from './metadata/metadata.ts'
import { metadataWire } from './metadata/wire.ts'
import {
  headerWire,
  nodeNetworkWire,
  nodeVersionWire,
  runtimeSpecWire,
  storageValueWire,
  transactionPoolWire,
  versionConstantWire,
} from './wire.ts'

/** A storage item by its names in the runtime's metadata. */
export interface StorageItem {
  readonly pallet: string
  readonly item: string
}

/** A storage key part: integers are sent in decimal, accounts as SS58. */
export type StorageKey = number | string

/** Where a storage value is, and at which block. */
interface StoragePlace {
  readonly item: StorageItem
  readonly keys: readonly StorageKey[]
  readonly block: Block
}

export interface NodeVersion {
  readonly chain: string
  readonly clientName: string
  readonly clientVersion: string
}

export interface NodeNetwork {
  readonly roles: readonly string[]
  readonly peers: number
  readonly syncing: boolean
  readonly shouldHavePeers: boolean
}

/**
 * Typed requests to one Sidecar. Every method rejects with SidecarError: transport failures as http.ts says, reason
 * `shape` for JSON that is not what the endpoint answers, `wrong_block` for state of another block than asked for.
 */
export interface SidecarClient {
  readonly node: string
  /** What its blocks tell of how it decodes extrinsics. */
  readonly decoding: ExtrinsicDecoding
  nodeVersion(signal: AbortSignal): Promise<NodeVersion>
  nodeNetwork(signal: AbortSignal): Promise<NodeNetwork>
  /** Extrinsics waiting in the node's transaction pool. */
  pendingExtrinsics(signal: AbortSignal): Promise<number>
  /** Height of the best block, which may not be final. */
  bestHeight(signal: AbortSignal): Promise<number>
  /** The finalized head, and the runtime at it. */
  finalizedHead(signal: AbortSignal): Promise<{ readonly block: Block; readonly runtime: Runtime }>
  /** The hash of a block's parent, from its header. */
  parentHash(block: Block, signal: AbortSignal): Promise<string>
  /**
   * The runtime in the state of a block, by its hash. At the block that sets new code that is already the new one, though
   * the old one wrote the state.
   */
  runtimeAt(hash: string, signal: AbortSignal): Promise<Runtime>
  /** The spec version of the runtime by which Sidecar decodes the state of a block. */
  decodingSpec(block: Block, signal: AbortSignal): Promise<number>
  /** The metadata of the runtime in the state of a block. Sidecar fails at the block that sets new code, which it decodes by the runtime before. */
  metadataAt(hash: string, signal: AbortSignal): Promise<RuntimeMetadata>
  /**
   * The extrinsics and events of a finalized block, by its height. Rejects with `wrong_block` when the node does not have
   * it as final, with `block_gone` when it has thrown the events away.
   */
  blockBody(height: number, signal: AbortSignal): Promise<BlockBody>
  /** One storage value at a block, as Sidecar writes it. */
  storage(item: StorageItem, keys: readonly StorageKey[], block: Block, signal: AbortSignal): Promise<unknown>
}

const STORAGE_ROUTE = '/pallets/:pallet/storage/:item'

/** The path of one storage value at a block: also what SidecarError names when its decoding fails. */
export function storagePath(
  { pallet, item }: StorageItem,
  keys: readonly StorageKey[],
  block: Block,
): string {
  const query = keys.map((key) => `keys%5B%5D=${encodeURIComponent(key)}&`).join('')
  return `/pallets/${pallet}/storage/${item}?${query}at=${block.hash}`
}

export function sidecarClient(
  http: SidecarHttp,
  decoding: ExtrinsicDecoding = new ExtrinsicDecoding(http.node),
): SidecarClient {
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

  return {
    node: http.node,
    decoding,
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
      // A constant comes from the metadata in use, not from the state.
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
      // Without noFees Sidecar asks the node for the fee of each extrinsic, one by one.
      const path = `/blocks/${height}?noFees=true`
      const answer = await get(blockWire, '/blocks/:block', path, signal).catch((error: unknown) => {
        decoding.failed(height, error)
        throw error
      })
      const read = blockOf(answer)
      if ('body' in read && read.body.height === height) {
        decoding.read(read.body)
        return read.body
      }
      const refused = (reason: FailureReason, message: string) =>
        new SidecarError({ node: http.node, path, reason, message })
      if ('body' in read) throw refused('wrong_block', `asked for block ${height}, got ${read.body.height}`)
      throw read.fault === 'not_final'
        ? refused('wrong_block', `block ${height} is not finalized there`)
        : refused('block_gone', `block ${height} came without its events`)
    },
    async storage(item, keys, block, signal) {
      const path = storagePath(item, keys, block)
      const answer = await http.get(STORAGE_ROUTE, path, signal)
      if (isValueAt(answer, block)) return answer.value
      const { at, value } = checked(storageValueWire, path, answer)
      pinned(path, block, at)
      return value
    },
  }
}

/**
 * Whether an answer is a value at just this block: what nearly all are, told without the schema, which says what is wrong
 * with the others. It costs ten times as much, for each of a hundred thousand answers.
 */
function isValueAt(answer: unknown, { hash, height }: Block): answer is { readonly value: unknown } {
  if (typeof answer !== 'object' || answer === null || !('value' in answer) || !('at' in answer)) return false
  const { at } = answer
  if (typeof at !== 'object' || at === null || !('hash' in at) || !('height' in at)) return false
  return at.hash === hash && at.height === String(height)
}

/** One storage value at a block, decoded: one of the wrong shape is a SidecarError that names its place. */
export async function storageValue<Value>(
  client: SidecarClient,
  { item, keys, block }: StoragePlace,
  decode: Decoder<Value>,
  signal: AbortSignal,
): Promise<Value> {
  return decoded(client, { item, keys, block }, decode, await client.storage(item, keys, block, signal))
}

/** The value of an answer, or a SidecarError that names its place. */
export function decoded<Value>(
  client: SidecarClient,
  { item, keys, block }: StoragePlace,
  decode: Decoder<Value>,
  value: unknown,
): Value {
  try {
    return decode(value)
  } catch (error) {
    if (error instanceof WireFault)
      throw shapeError(client.node, storagePath(item, keys, block), error.message)
    throw error
  }
}

/** State or events of another block than asked for. */
const wrongBlockError = (node: string, path: string, asked: Block, got: Block): SidecarError =>
  new SidecarError({
    node,
    path,
    reason: 'wrong_block',
    message: `asked for block ${asked.height} ${asked.hash}, got block ${got.height} ${got.hash}`,
  })

/** JSON came, but not what the endpoint answers. */
const shapeError = (node: string, path: string, message: string): SidecarError =>
  new SidecarError({ node, path, reason: 'shape', message })

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
