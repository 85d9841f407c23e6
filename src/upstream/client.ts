import type { Block } from '../chain/block.ts'
import type { BlockBody } from '../chain/extrinsic.ts'
import type { Runtime } from '../chain/runtime.ts'
import { DecodeError, type Decoder } from './decode.ts'
import type { ExtrinsicDecoding } from './decoding.ts'
import { UpstreamError } from './errors.ts'
import type { Scrub } from './secrets.ts'
import type { RuntimeMetadata } from './metadata/metadata.ts'

/** A storage item by its names in the runtime's metadata. */
export interface StorageItem {
  readonly pallet: string
  readonly item: string
}

/** Part of a storage key: integers are sent in decimal, accounts as SS58. */
export type StorageKey = number | string

/** The keys of one entry of a storage item. */
export type StorageEntry = readonly StorageKey[]

/** Identifies a storage value at a block. */
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
 * Typed requests to one node. Every method rejects with UpstreamError: reason `shape` for a response with an unexpected
 * format, `wrong_block` for state of a block other than the requested one, and the reasons of transport failures.
 */
export interface UpstreamClient {
  readonly node: string
  /** Whether it decodes extrinsics correctly, judged by its blocks. */
  readonly decoding: ExtrinsicDecoding
  /** Replaces the secrets of the node's configuration in text that the node chose. */
  readonly scrub: Scrub
  /** Storage reads that the client likes to have waiting at a time: enough to keep it busy, few enough for memory. */
  readonly readsAtOnce: number
  nodeVersion(signal: AbortSignal): Promise<NodeVersion>
  nodeNetwork(signal: AbortSignal): Promise<NodeNetwork>
  /** Extrinsics waiting in the node's transaction pool. */
  pendingExtrinsics(signal: AbortSignal): Promise<number>
  /** Height of the best block, which may not be final. */
  bestHeight(signal: AbortSignal): Promise<number>
  /** The finalized head and the runtime in its state. */
  finalizedHead(signal: AbortSignal): Promise<{ readonly block: Block; readonly runtime: Runtime }>
  /**
   * The finalized head by one small request, and its header if the hash is new. Absent if the upstream should not be asked every
   * few seconds: Sidecar answers with a whole block, and a node may have a low rate limit.
   */
  readonly peekHead?: (signal: AbortSignal) => Promise<Block>
  /** The hash of a block's parent, from its header. */
  parentHash(block: Block, signal: AbortSignal): Promise<string>
  /**
   * The runtime in the state of a block, by its hash. At a block that sets new code this is already the new runtime, although
   * the old one wrote the state.
   */
  runtimeAt(hash: string, signal: AbortSignal): Promise<Runtime>
  /** Spec version of the runtime that the upstream uses to decode the state of a block. */
  decodingSpec(block: Block, signal: AbortSignal): Promise<number>
  /** The metadata of the runtime in the state of a block. Sidecar fails at a block that sets new code, which it decodes with the old runtime. */
  metadataAt(hash: string, signal: AbortSignal): Promise<RuntimeMetadata>
  /**
   * The extrinsics and events of a finalized block, by its height. Rejects with `wrong_block` if the block is not finalized on
   * the node, with `block_gone` if the node has discarded the events.
   */
  blockBody(height: number, signal: AbortSignal): Promise<BlockBody>
  /** One storage value at a block, in Sidecar's JSON format. */
  storage(item: StorageItem, keys: readonly StorageKey[], block: Block, signal: AbortSignal): Promise<unknown>
  /**
   * Several values of one storage item at a block, one per entry of `entries`, which are their keys. Rejects if one of them cannot be
   * read. Cheaper than as many calls of `storage`: what a read costs is mostly its promises.
   */
  storageColumn(
    item: StorageItem,
    entries: readonly StorageEntry[],
    block: Block,
    signal: AbortSignal,
  ): Promise<readonly unknown[]>
}

/** The path of one storage value at a block. UpstreamError shows it when decoding fails. */
export function storagePath(
  { pallet, item }: StorageItem,
  keys: readonly StorageKey[],
  block: Block,
): string {
  const query = keys.map((key) => `keys%5B%5D=${encodeURIComponent(key)}&`).join('')
  return `/pallets/${pallet}/storage/${item}?${query}at=${block.hash}`
}

/** Reads and decodes one storage value at a block. Rejects with UpstreamError, reason `shape`, if it cannot be decoded. */
export async function storageValue<Value>(
  client: UpstreamClient,
  { item, keys, block }: StoragePlace,
  decode: Decoder<Value>,
  signal: AbortSignal,
): Promise<Value> {
  return decoded(client, { item, keys, block }, decode, await client.storage(item, keys, block, signal))
}

/** Decodes a storage value. Throws UpstreamError with its path, reason `shape`, if it cannot be decoded. */
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
      throw shapeError(client.node, storagePath(item, keys, block), client.scrub(error.message))
    throw error
  }
}

/** The error for a JSON response with an unexpected format. */
export const shapeError = (node: string, path: string, message: string): UpstreamError =>
  new UpstreamError({ node, path, reason: 'shape', message })
