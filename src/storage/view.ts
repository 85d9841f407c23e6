import type { Block } from '../chain/block.ts'
import type { BlockBody } from '../chain/extrinsic.ts'
import type { Runtime } from '../chain/runtime.ts'
import { decoded, storagePath, type UpstreamClient, type StorageKey } from '../upstream/client.ts'
import { hash, type Decoder } from '../upstream/decode.ts'
import type { ExtrinsicDecoding } from '../upstream/decoding.ts'
import { RuntimeError, UpstreamError, type FailureReason } from '../upstream/errors.ts'
import type { RuntimeMetadata } from '../upstream/metadata/metadata.ts'
import { ITEMS, layoutOf, SUBTENSOR_PALLET, type KnownItem, type Layout } from './layout.ts'
import type { Occasion } from './ttl-cache.ts'
import { readWriter, type Writer } from './writer.ts'

/** Reads through one Sidecar that are all pinned at one block. */
export interface View {
  readonly node: string
  readonly block: Block
  /** The runtime as the node reports it. At the block that sets new code it is not the one that wrote the state. */
  readonly runtime: Runtime
  /** The storage of the runtime that wrote the state. */
  readonly layout: Layout
  /** What the blocks of its Sidecar, this view's among them, tell of how it decodes extrinsics. */
  readonly decoding: Pick<ExtrinsicDecoding, 'verdict'>
  /** Storage reads to have waiting at a time: see UpstreamClient. */
  readonly readsAtOnce: number
  /**
   * One storage value, decoded. Rejects with UpstreamError; a value of the wrong shape has reason `shape`. Rejects with
   * RuntimeError, without a request, for an item that the runtime does not have, or has with a type that is not understood.
   */
  read<Value>(item: KnownItem, keys: readonly StorageKey[], decode: Decoder<Value>): Promise<Value>
  /** The same, or undefined for an item that the runtime does not have. */
  readOptional<Value>(
    item: KnownItem,
    keys: readonly StorageKey[],
    decode: Decoder<Value>,
  ): Promise<Value | undefined>
  /**
   * The extrinsics and events of a finalized block at or below the view's (see UpstreamClient.blockBody). Sidecar is asked
   * for it by its height; one with another hash than the state of the view's block knows for it has reason `wrong_block`.
   */
  body(height: number): Promise<BlockBody>
  /**
   * To be called when all is read: rejects, with reason `wrong_runtime`, when Sidecar no longer decodes the block by the runtime
   * that wrote it. What was read may be wrong then. polkadot-js changes the runtime of a block that it decoded last when it
   * hears of an upgrade, and keeps to that for this block.
   */
  confirm(): Promise<void>
  /** Runs a reader once per view and argument: collectors that need the same thing share it. */
  shared<Argument, Value>(reader: SharedReader<Argument, Value>, argument: Argument): Promise<Value>
}

export type SharedReader<Argument, Value> = (view: View, argument: Argument) => Promise<Value>

/** Layouts by the name and version of the runtime, asked of a node once each. */
export type LayoutCache = Map<string, Promise<Layout>>

/** The layouts of several nodes, for as long as their clients are there. */
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
 * Opens a view at a block. A failure that ends the view (see invalidatesView) aborts every other read of it.
 * @param abort is aborted by the view when its block is gone, and ends the view when aborted from outside.
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
    const [body, known] = await Promise.all([client.blockBody(height, abort.signal), hashAt(view, height)])
    if (known === undefined || body.hash.toLowerCase() === known) {
      // Whoever takes the block does so at once, whatever becomes of the view.
      if (height === block.height) await view.confirm()
      return body
    }
    const path = `/blocks/${height}`
    const message = `answered with block ${body.hash}, and ${known} is the one of the chain that is read`
    throw new UpstreamError({ node: client.node, path, reason: 'wrong_block', message })
  }
  const view: View = {
    node: client.node,
    block,
    runtime,
    layout,
    decoding: client.decoding,
    readsAtOnce: client.readsAtOnce,
    async read(item, keys, decode) {
      if (!layout.understands(item)) {
        const path = storagePath(item, keys, block)
        const reason = layout.has(item) ? 'unknown_type' : 'no_item'
        throw new RuntimeError({ node: client.node, path, reason, message: layout.whyNot(item) })
      }
      try {
        const value = await client.storage(item, keys, block, abort.signal)
        return decoded(client, { item, keys, block }, decode, value)
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

/** The block is not, or no longer, to be had from this node, or it answered for another block or runtime: nothing of it can be used. */
export const invalidatesView = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError && ENDING.has(error.reason)

const ENDING: ReadonlySet<FailureReason> = new Set(['block_gone', 'wrong_block', 'wrong_runtime'])

async function confirmRuntime(
  client: UpstreamClient,
  block: Block,
  writer: number,
  signal: AbortSignal,
): Promise<void> {
  const decoding = await client.decodingSpec(block, signal)
  if (decoding === writer) return
  const path = `/pallets/System/consts/Version?metadata=true&at=${block.hash}`
  const message = `decodes block ${block.height} by the runtime of spec ${decoding}, and that of spec ${writer} wrote it`
  throw new UpstreamError({ node: client.node, path, reason: 'wrong_runtime', message })
}

/**
 * The hash of a block at or below the view's, in lower case: System.BlockHash of its state, which goes back some thousands
 * of blocks (frame_system's BlockHashCount); undefined beyond.
 */
async function hashAt(view: View, height: number): Promise<string | undefined> {
  if (height === view.block.height) return view.block.hash.toLowerCase()
  const known = await view.read(ITEMS.blockHash, [height], hash)
  return /^0x0*$/.test(known) ? undefined : known
}

/** The layout of the state of a block: of the runtime that wrote it. */
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
  const asked = askLayout(client, writer, head, signal)
  layouts.set(key, asked)
  try {
    return await asked
  } catch (error) {
    layouts.delete(key)
    throw error
  }
}

async function askLayout(
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
 * The metadata of the runtime that wrote the state of a block which set new code. The metadata at a block is that of the
 * runtime in its state, so it is asked for at the parent, or at the block before that: Sidecar fails at a block that it decoded last
 * before it heard of an upgrade.
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

/** When something is asked for, as a memory wants it (storage/memory). */
export const occasionOf = ({ block, layout }: View): Pick<Occasion, 'height' | 'specVersion'> => ({
  height: block.height,
  specVersion: layout.specVersion,
})

/**
 * What is read, or undefined where the runtime does not have it or keeps it in a form that is not understood: the concept
 * is absent then, and nothing else suffers.
 */
export async function ifUnderstood<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof RuntimeError) return undefined
    throw error
  }
}
