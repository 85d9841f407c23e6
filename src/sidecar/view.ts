import type { Block } from '../chain/block.ts'
import type { BlockBody } from '../chain/extrinsic.ts'
import type { Runtime } from '../chain/runtime.ts'
import { decoded, type SidecarClient, type StorageItem, type StorageKey } from './client.ts'
import { hash, type Decoder } from './decode.ts'
import type { ExtrinsicDecoding } from './decoding.ts'
import { SidecarError } from './errors.ts'
import { ITEMS, LAYOUT_PALLETS, layoutOf, type Layout } from './storage/layout.ts'

/** Reads through one Sidecar that are all pinned at one block. */
export interface View {
  readonly node: string
  readonly block: Block
  readonly runtime: Runtime
  readonly layout: Layout
  /** What the blocks of its Sidecar, this view's among them, tell of how it decodes extrinsics. */
  readonly decoding: Pick<ExtrinsicDecoding, 'verdict'>
  /** One storage value, decoded. Rejects with SidecarError; a value of the wrong shape has reason `shape`. */
  read<Value>(item: StorageItem, keys: readonly StorageKey[], decode: Decoder<Value>): Promise<Value>
  /** The same, or undefined where the runtime has no such item: that is a fact about the runtime, not an error. */
  readIfKept<Value>(
    item: StorageItem,
    keys: readonly StorageKey[],
    decode: Decoder<Value>,
  ): Promise<Value | undefined>
  /**
   * The extrinsics and events of a finalized block at or below the view's (see SidecarClient.blockBody). Sidecar is asked
   * for it by its height; one with another hash than the state of the view's block knows for it has reason `wrong_block`.
   */
  body(height: number): Promise<BlockBody>
  /** Runs a reader once per view and argument: collectors that need the same thing share it. */
  shared<Argument, Value>(reader: SharedReader<Argument, Value>, argument: Argument): Promise<Value>
}

export type SharedReader<Argument, Value> = (view: View, argument: Argument) => Promise<Value>

/** Layouts by spec version, asked of a node once each. */
export type LayoutCache = Map<string, Promise<Layout>>

/** The layouts of several nodes, for as long as their clients are there. */
export class Layouts {
  readonly #caches = new WeakMap<SidecarClient, LayoutCache>()

  of(client: SidecarClient): LayoutCache {
    const cache: LayoutCache = this.#caches.get(client) ?? new Map<string, never>()
    this.#caches.set(client, cache)
    return cache
  }
}

/**
 * Opens a view at a block. A failure that ends the view (see endsView) aborts every other read of it.
 * @param abort is aborted by the view when its block is gone, and ends the view when aborted from outside.
 */
export async function openView(
  client: SidecarClient,
  head: { readonly block: Block; readonly runtime: Runtime },
  layouts: LayoutCache,
  abort: AbortController,
): Promise<View> {
  const { block, runtime } = head
  const layout = await layoutAt(client, head, layouts, abort.signal)
  const running = new Map<unknown, Map<unknown, Promise<unknown>>>()
  const bodyAt = async (view: View, height: number): Promise<BlockBody> => {
    const [body, known] = await Promise.all([client.blockBody(height, abort.signal), hashAt(view, height)])
    if (known === undefined || body.hash.toLowerCase() === known) return body
    const path = `/blocks/${height}`
    const message = `answered with block ${body.hash}, and ${known} is the one of the chain that is read`
    throw new SidecarError({ node: client.node, path, reason: 'wrong_block', message })
  }
  const view: View = {
    node: client.node,
    block,
    runtime,
    layout,
    decoding: client.decoding,
    async read(item, keys, decode) {
      try {
        const value = await client.storage(item, keys, block, abort.signal)
        return decoded(client, { item, keys, block }, decode, value)
      } catch (error) {
        if (endsView(error)) abort.abort(error)
        throw error
      }
    },
    async readIfKept(item, keys, decode) {
      return layout.has(item) ? view.read(item, keys, decode) : undefined
    },
    body: (height) => view.shared(bodyAt, height),
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

/** The block is not, or no longer, to be had from this node, or it answered for another: nothing of it can be used. */
export const endsView = (error: unknown): error is SidecarError =>
  error instanceof SidecarError && (error.reason === 'block_gone' || error.reason === 'wrong_block')

/**
 * The hash of a block at or below the view's, in lower case: System.BlockHash of its state, which goes back some thousands
 * of blocks (frame_system's BlockHashCount); undefined beyond.
 */
async function hashAt(view: View, height: number): Promise<string | undefined> {
  if (height === view.block.height) return view.block.hash.toLowerCase()
  const known = await view.read(ITEMS.blockHash, [height], hash)
  return /^0x0*$/.test(known) ? undefined : known
}

async function layoutAt(
  client: SidecarClient,
  { block, runtime }: { readonly block: Block; readonly runtime: Runtime },
  layouts: LayoutCache,
  signal: AbortSignal,
): Promise<Layout> {
  const key = `${runtime.specName} ${runtime.specVersion}`
  const known = layouts.get(key)
  if (known !== undefined) return known
  const asked = askLayout(client, runtime.specVersion, block, signal)
  layouts.set(key, asked)
  try {
    return await asked
  } catch (error) {
    layouts.delete(key)
    throw error
  }
}

async function askLayout(
  client: SidecarClient,
  specVersion: number,
  block: Block,
  signal: AbortSignal,
): Promise<Layout> {
  const asked = await Promise.all(LAYOUT_PALLETS.map((pallet) => client.storageItems(pallet, block, signal)))
  const items = new Map<string, ReadonlySet<string>>()
  for (const [index, pallet] of LAYOUT_PALLETS.entries()) {
    const names = asked[index]
    if (names !== undefined) items.set(pallet, new Set(names))
  }
  if (!items.has(LAYOUT_PALLETS[0])) {
    const path = `/pallets/${LAYOUT_PALLETS[0]}/storage?onlyIds=true`
    const message = `the chain has no ${LAYOUT_PALLETS[0]} pallet: it is not a Subtensor chain`
    throw new SidecarError({ node: client.node, path, reason: 'unknown_pallet', message })
  }
  return layoutOf(specVersion, items)
}
