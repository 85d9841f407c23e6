import type { Block } from '../chain/block.ts'
import type { BlockBody } from '../chain/extrinsic.ts'
import type { Runtime } from '../chain/runtime.ts'
import {
  decoded,
  storagePath,
  type StorageEntry,
  type StorageKey,
  type UpstreamClient,
} from '../upstream/client.ts'
import { hash, type Decoder } from '../upstream/decode.ts'
import type { ExtrinsicDecoding } from '../upstream/decoding.ts'
import { RuntimeError, UpstreamError, type FailureReason } from '../upstream/errors.ts'
import type { RuntimeMetadata } from '../upstream/metadata/metadata.ts'
import { ITEMS, layoutOf, SUBTENSOR_PALLET, type KnownItem, type Layout } from './layout.ts'
import type { CacheLookup } from './ttl-cache.ts'
import { readWriter, type Writer } from './writer.ts'

/** Reads through one upstream, all pinned at one block. */
export interface View {
  readonly node: string
  readonly block: Block
  /** The runtime that the node reports. At a block that sets new code it differs from the one that wrote the state. */
  readonly runtime: Runtime
  /** The storage layout of the runtime that wrote the state. */
  readonly layout: Layout
  /** Whether the upstream decodes extrinsics correctly, judged by all its blocks so far. */
  readonly decoding: Pick<ExtrinsicDecoding, 'verdict'>
  /** Replaces the node's secrets in text: see UpstreamClient. */
  readonly scrub: UpstreamClient['scrub']
  /** Storage reads to have waiting at a time: see UpstreamClient. */
  readonly readsAtOnce: number
  /**
   * Reads and decodes one storage value. Rejects with UpstreamError, reason `shape` for a value that cannot be decoded. Rejects
   * with RuntimeError, without a request, for an item that the runtime lacks or has with an unsupported type.
   */
  read<Value>(item: KnownItem, keys: readonly StorageKey[], decode: Decoder<Value>): Promise<Value>
  /** Reads and decodes several values of one storage item, one per entry of `entries`. Rejects if one of them cannot be read. */
  readColumn<Value>(
    item: KnownItem,
    entries: readonly StorageEntry[],
    decode: Decoder<Value>,
  ): Promise<readonly Value[]>
  /** As read, but resolves with undefined for an item that the runtime lacks. */
  readOptional<Value>(
    item: KnownItem,
    keys: readonly StorageKey[],
    decode: Decoder<Value>,
  ): Promise<Value | undefined>
  /**
   * The extrinsics and events of a finalized block at or below the view's (see UpstreamClient.blockBody). Blocks are requested
   * by height; rejects with reason `wrong_block` if the hash differs from the one in the state of the view's block.
   */
  body(height: number): Promise<BlockBody>
  /**
   * Call it after the last read. Rejects with reason `wrong_runtime` if Sidecar no longer decodes the block with the runtime
   * that wrote it, in which case values may be wrong: when polkadot-js is notified of an upgrade, it assigns the new runtime to
   * the block that it decoded last.
   */
  confirm(): Promise<void>
  /** Runs a reader once per view and argument, so that collectors share its result. */
  shared<Argument, Value>(reader: SharedReader<Argument, Value>, argument: Argument): Promise<Value>
}

export type SharedReader<Argument, Value> = (view: View, argument: Argument) => Promise<Value>

/** Layouts by runtime name and version, requested once per node. The oldest of more than LAYOUTS are dropped. */
export type LayoutCache = Map<string, Promise<Layout>>

/** As many as the runtimes around an upgrade, and those of blocks that are asked for again. */
const LAYOUTS = 4

/** Layout caches of several nodes, kept as long as their clients exist. */
export class Layouts {
  readonly #caches = new WeakMap<UpstreamClient, LayoutCache>()

  of(client: UpstreamClient): LayoutCache {
    const cache: LayoutCache = this.#caches.get(client) ?? new Map<string, never>()
    this.#caches.set(client, cache)
    return cache
  }
}

/** A block, and the runtime that the node reports at it. */
interface Head {
  readonly block: Block
  readonly runtime: Runtime
}

/**
 * Opens a view at a block. A failure that invalidates the view (see invalidatesView) aborts all its other reads.
 * @param abort is aborted by the view when it is invalidated; aborting it from outside ends the view.
 */
export async function openView(
  client: UpstreamClient,
  head: Head,
  layouts: LayoutCache,
  abort: AbortController,
): Promise<View> {
  const { block, runtime } = head
  const layout = await layoutAt(client, head, layouts, abort.signal)
  const running = new Map<unknown, Map<unknown, Promise<unknown>>>()
  const bodyAt = async (view: View, height: number): Promise<BlockBody> => {
    const [body, expected] = await Promise.all([client.blockBody(height, abort.signal), hashAt(view, height)])
    if (expected === undefined || body.hash.toLowerCase() === expected) {
      // The caller processes the block immediately, even if the view is rejected later.
      if (height === block.height) await view.confirm()
      return body
    }
    const path = `/blocks/${height}`
    const message = `expected block ${expected}, which the state of the view contains, got ${body.hash}`
    throw new UpstreamError({ node: client.node, path, reason: 'wrong_block', message })
  }
  /** Throws RuntimeError for an item that cannot be read. */
  const checkItem = (item: KnownItem, keys: StorageEntry): void => {
    if (layout.understands(item)) return
    throw new RuntimeError({
      node: client.node,
      path: storagePath(item, keys, block),
      reason: layout.has(item) ? 'unknown_type' : 'no_item',
      message: client.scrub(layout.whyNot(item)),
    })
  }
  const view: View = {
    node: client.node,
    block,
    runtime,
    layout,
    decoding: client.decoding,
    scrub: client.scrub,
    readsAtOnce: client.readsAtOnce,
    async read(item, keys, decode) {
      checkItem(item, keys)
      try {
        const value = await client.storage(item, keys, block, abort.signal)
        return decoded(client, { item, keys, block }, decode, value)
      } catch (error) {
        if (invalidatesView(error)) abort.abort(error)
        throw error
      }
    },
    async readColumn(item, entries, decode) {
      const [first] = entries
      if (first === undefined) return []
      checkItem(item, first)
      try {
        const values = await client.storageColumn(item, entries, block, abort.signal)
        return entries.map((keys, index) => decoded(client, { item, keys, block }, decode, values[index]))
      } catch (error) {
        if (invalidatesView(error)) abort.abort(error)
        throw error
      }
    },
    async readOptional(item, keys, decode) {
      return layout.has(item) ? view.read(item, keys, decode) : undefined
    },
    body: (height) => view.shared(bodyAt, height),
    confirm: () => confirmRuntime(client, block, layout.specVersion, abort.signal),
    shared<Argument, Value>(reader: SharedReader<Argument, Value>, argument: Argument) {
      const byArgument = running.get(reader) ?? new Map<unknown, Promise<unknown>>()
      running.set(reader, byArgument)
      const shared = (byArgument.get(argument) as Promise<Value> | undefined) ?? reader(view, argument)
      byArgument.set(argument, shared)
      return shared
    },
  }
  return view
}

/** Whether an error invalidates the view: the node lacks the block, or answered for another block or with another runtime. */
export const invalidatesView = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError && INVALIDATING.has(error.reason)

const INVALIDATING: ReadonlySet<FailureReason> = new Set(['block_gone', 'wrong_block', 'wrong_runtime'])

async function confirmRuntime(
  client: UpstreamClient,
  block: Block,
  writer: number,
  signal: AbortSignal,
): Promise<void> {
  const decoding = await client.decodingSpec(block, signal)
  if (decoding === writer) return
  const path = `/pallets/System/consts/Version?metadata=true&at=${block.hash}`
  const message = `decodes block ${block.height} with the runtime of spec ${decoding}, but spec ${writer} wrote it`
  throw new UpstreamError({ node: client.node, path, reason: 'wrong_runtime', message })
}

/**
 * The hash of a block at or below the view's, in lower case, from System.BlockHash, which keeps some thousand blocks
 * (frame_system's BlockHashCount); undefined for older blocks.
 */
async function hashAt(view: View, height: number): Promise<string | undefined> {
  if (height === view.block.height) return view.block.hash.toLowerCase()
  const stored = await view.read(ITEMS.blockHash, [height], hash)
  return /^0x0*$/.test(stored) ? undefined : stored
}

/** The layout of the runtime that wrote the state of a block. */
async function layoutAt(
  client: UpstreamClient,
  head: Head,
  layouts: LayoutCache,
  signal: AbortSignal,
): Promise<Layout> {
  const writer = await readWriter(client, head.block, signal)
  await confirmRuntime(client, head.block, writer.specVersion, signal)
  const key = `${writer.specName} ${writer.specVersion}`
  const cached = layouts.get(key)
  if (cached !== undefined) return cached
  const requested = requestLayout(client, writer, head, signal)
  layouts.set(key, requested)
  for (const oldest of layouts.keys()) if (layouts.size > LAYOUTS) layouts.delete(oldest)
  try {
    return await requested
  } catch (error) {
    layouts.delete(key)
    throw error
  }
}

async function requestLayout(
  client: UpstreamClient,
  { specName, specVersion }: Writer,
  { block, runtime }: Head,
  signal: AbortSignal,
): Promise<Layout> {
  const isUpgrade = runtime.specName !== specName || runtime.specVersion !== specVersion
  const metadata = isUpgrade
    ? await metadataBefore(client, block, signal)
    : await client.metadataAt(block.hash, signal)
  if (metadata.pallets.has(SUBTENSOR_PALLET)) return layoutOf(specVersion, metadata)
  const path = `/runtime/metadata?at=${block.hash}`
  const message = `the chain has no ${SUBTENSOR_PALLET} pallet: it is not a Subtensor chain`
  throw new UpstreamError({ node: client.node, path, reason: 'unknown_pallet', message })
}

/**
 * The metadata of the runtime that wrote the state of a block that set new code. The metadata at a block is that of the runtime
 * in its state, so it is requested at the parent, or at the block before the parent: Sidecar fails at the block that it
 * decoded last before it was notified of an upgrade.
 */
async function metadataBefore(
  client: UpstreamClient,
  block: Block,
  signal: AbortSignal,
): Promise<RuntimeMetadata> {
  const parent = await client.parentHash(block, signal)
  try {
    return await client.metadataAt(parent, signal)
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.reason !== 'status') throw error
    const before = { hash: parent, height: block.height - 1 }
    return client.metadataAt(await client.parentHash(before, signal), signal)
  }
}

/** The parts of a TtlCache lookup that depend on the view. */
export const lookupAt = ({ block, layout }: View): Pick<CacheLookup, 'height' | 'specVersion'> => ({
  height: block.height,
  specVersion: layout.specVersion,
})

/**
 * Resolves with undefined instead of rejecting with RuntimeError: a value that the runtime lacks or stores with an unsupported
 * type is absent, and other values are unaffected.
 */
export async function ifUnderstood<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof RuntimeError) return undefined
    throw error
  }
}
