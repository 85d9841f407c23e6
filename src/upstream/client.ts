import type { Block } from '../chain/block.ts'
import type { BlockBody } from '../chain/extrinsic.ts'
import type { Runtime } from '../chain/runtime.ts'
import { DecodeError, type Decoder } from './decode.ts'
import type { ExtrinsicDecoding } from './decoding.ts'
import { UpstreamError } from './errors.ts'
import type { RuntimeMetadata } from './metadata/metadata.ts'

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
 * Typed requests to one Sidecar. Every method rejects with UpstreamError: transport failures as http.ts says, reason
 * `shape` for JSON that is not what the endpoint answers, `wrong_block` for state of another block than asked for.
 */
export interface UpstreamClient {
  readonly node: string
  /** What its blocks tell of how it decodes extrinsics. */
  readonly decoding: ExtrinsicDecoding
  /** Storage reads that the client likes to have waiting at a time: enough to keep it busy, few enough for memory. */
  readonly readsAtOnce: number
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

/** The path of one storage value at a block: also what UpstreamError names when its decoding fails. */
export function storagePath(
  { pallet, item }: StorageItem,
  keys: readonly StorageKey[],
  block: Block,
): string {
  const query = keys.map((key) => `keys%5B%5D=${encodeURIComponent(key)}&`).join('')
  return `/pallets/${pallet}/storage/${item}?${query}at=${block.hash}`
}

/** One storage value at a block, decoded: one of the wrong shape is a UpstreamError that names its place. */
export async function storageValue<Value>(
  client: UpstreamClient,
  { item, keys, block }: StoragePlace,
  decode: Decoder<Value>,
  signal: AbortSignal,
): Promise<Value> {
  return decoded(client, { item, keys, block }, decode, await client.storage(item, keys, block, signal))
}

/** The value of an answer, or a UpstreamError that names its place. */
export function decoded<Value>(
  client: UpstreamClient,
  { item, keys, block }: StoragePlace,
  decode: Decoder<Value>,
  value: unknown,
): Value {
  try {
    return decode(value)
  } catch (error) {
    if (error instanceof DecodeError)
      throw shapeError(client.node, storagePath(item, keys, block), error.message)
    throw error
  }
}

/** JSON came, but not what the endpoint answers. */
export const shapeError = (node: string, path: string, message: string): UpstreamError =>
  new UpstreamError({ node, path, reason: 'shape', message })
