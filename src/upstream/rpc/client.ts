import type { Block } from '../../chain/block.ts'
import type { BlockBody } from '../../chain/extrinsic.ts'
import type { Runtime } from '../../chain/runtime.ts'
import { storagePath, type StorageEntry, type StorageItem, type UpstreamClient } from '../client.ts'
import { DecodeError } from '../decode.ts'
import { ExtrinsicDecoding } from '../decoding.ts'
import { UpstreamError, type FailureReason } from '../errors.ts'
import { guarded, type UnguardedClient } from '../guarded.ts'
import { MAX_IN_FLIGHT, MAX_KEYS, StorageBatch, type BatchLimit, type KeyAt } from './batch.ts'
import { blockBodyOf, BlockFault } from './blocks.ts'
import { rpcCalls } from './calls.ts'
import type { RpcHttp } from './http.ts'
import { itemPrefix, KeyError } from './keys.ts'
import { NodeCalls } from './node-calls.ts'
import { RecentMap } from './registry/recent-map.ts'
import type { DecodedRuntime, ItemCodec } from './registry/runtime.ts'
import { Runtimes } from './runtimes.ts'
import type { Version } from './wire.ts'

/** Rate limit, in requests per second, from which the head is worth a request every few seconds: a tenth of what is allowed. */
const MIN_RATE_TO_PEEK = 5

const EVENTS_KEY = itemPrefix('System', 'Events')

/**
 * Storage keys that every poll reads first, one after the other. They are requested with the first read at a block, whichever that is:
 * polls of a node with a low rate limit are a second faster for each.
 */
const READ_AHEAD = [
  itemPrefix('System', 'LastRuntimeUpgrade'),
  itemPrefix('SubtensorModule', 'TotalNetworks'),
]

/** Blocks whose values are kept that were read ahead. */
const BLOCKS_AHEAD = 4

/** Blocks that are read under one signal at a time. */
const BLOCKS_AT_ONCE = 4

/** Reads at one block under one signal: they share requests and the runtime that wrote the state. */
interface Reads {
  readonly batch: StorageBatch
  readonly runtime: Promise<DecodedRuntime>
  /** The runtime, once it is known: nearly all reads come then, and need not wait for it. */
  decoded: DecodedRuntime | undefined
}

/** A client of one node over its JSON-RPC. Values are decoded by the runtime that wrote them: see Runtimes. */
export function rpcClient(
  http: RpcHttp,
  decoding: ExtrinsicDecoding = new ExtrinsicDecoding(http.node),
): UpstreamClient {
  const calls = rpcCalls(http)
  const node = new NodeCalls(calls)
  const runtimes = new Runtimes(node)
  const limit: BatchLimit = { keys: MAX_KEYS }
  const readsBySignal = new WeakMap<AbortSignal, Map<string, Reads>>()
  /** Values by key that were read ahead, by the hash of the block: the state of a block never changes. */
  const aheadByBlock = new RecentMap<string, ReadonlyMap<string, string | null>>(BLOCKS_AHEAD)
  /** The finalized block that the node named last, and the greatest height that was seen as final. */
  let lastFinalized: Block | undefined
  let finalizedHeight = -1

  const noteFinalized = (block: Block): void => {
    lastFinalized = block
    finalizedHeight = Math.max(finalizedHeight, block.height)
  }

  /** A failure is that of the other reads in the request. */
  const readAhead = async (batch: StorageBatch, { hash }: Block): Promise<void> => {
    if (aheadByBlock.get(hash) !== undefined) return
    const values = await batch
      .readAll(READ_AHEAD.length, (index) => READ_AHEAD[index] ?? '')
      .catch(() => undefined)
    if (values !== undefined)
      aheadByBlock.set(hash, new Map(READ_AHEAD.map((key, index) => [key, values[index] ?? null])))
  }

  const readsAt = (block: Block, signal: AbortSignal): Reads => {
    const byBlock = readsBySignal.get(signal) ?? new Map<string, Reads>()
    readsBySignal.set(signal, byBlock)
    const known = byBlock.get(block.hash)
    if (known !== undefined) return known
    const reads: Reads = {
      batch: new StorageBatch(calls, block, signal, limit),
      runtime: runtimes.executing(block, signal).then(
        (runtime) => {
          reads.decoded = runtime
          // The read that asked for the runtime follows in this turn.
          void readAhead(reads.batch, block)
          return runtime
        },
        (error: unknown) => {
          // Later reads try again.
          byBlock.delete(block.hash)
          throw error
        },
      ),
      decoded: undefined,
    }
    byBlock.set(block.hash, reads)
    // A signal may live as long as the process, and a runtime is some megabytes.
    for (const oldest of byBlock.keys()) if (byBlock.size > BLOCKS_AT_ONCE) byBlock.delete(oldest)
    return reads
  }

  const readColumn = async (
    { batch, runtime, decoded }: Reads,
    item: StorageItem,
    entries: readonly StorageEntry[],
    block: Block,
  ): Promise<readonly unknown[]> => {
    /** The entry that errors name. */
    let current = entries[0] ?? []
    const fail = (reason: FailureReason, message: string): UpstreamError => {
      const path = storagePath(item, current, block)
      return new UpstreamError({ node: http.node, method: 'POST', path, reason, message })
    }
    const known = decoded ?? (await runtime)
    try {
      const codec = codecOf(known, item, fail)
      const keyAt: KeyAt = (index) => codec.keyOf((current = entries[index] ?? []))
      const ahead = entries.length === 1 ? aheadByBlock.get(block.hash)?.get(keyAt(0)) : undefined
      if (ahead !== undefined) return [codec.decode(ahead)]
      const values = await batch.readAll(entries.length, keyAt)
      return entries.map((keys, index) => {
        current = keys
        return codec.decode(values[index] ?? null)
      })
    } catch (error) {
      if (error instanceof KeyError) throw fail('bad_key', error.message)
      if (error instanceof DecodeError) {
        // The next poll of the block asks again: the value may have been damaged on the way.
        aheadByBlock.delete(block.hash)
        throw fail('shape', error.message)
      }
      throw error
    }
  }

  const peekHead = async (signal: AbortSignal): Promise<Block> => {
    const hash = await node.finalizedHash(signal)
    const { number } = await runtimes.header(hash, signal)
    const block = { height: number, hash }
    noteFinalized(block)
    return block
  }

  /** The finalized height, unless a block of the height is known to be final already. */
  const confirmFinal = async (height: number, signal: AbortSignal): Promise<void> => {
    if (height <= finalizedHeight) return
    await peekHead(signal)
    if (height > finalizedHeight)
      throw node.error('chain_getFinalizedHead', 'wrong_block', `block ${height} is not finalized there`)
  }

  const readBody = async (height: number, signal: AbortSignal): Promise<BlockBody> => {
    const [hash] =
      lastFinalized?.height === height
        ? [lastFinalized.hash]
        : await Promise.all([node.hashAt(height, signal), confirmFinal(height, signal)])
    const block = { height, hash }
    // If the state of the block is being read, its events need no request of their own.
    const reads = readsBySignal.get(signal)?.get(hash)
    const [{ header, extrinsics }, events] = await Promise.all([
      node.block(hash, signal),
      reads?.batch.read(EVENTS_KEY) ?? node.value(EVENTS_KEY, hash, signal),
    ])
    const fail = (reason: FailureReason, message: string): UpstreamError =>
      node.error('chain_getBlock', reason, `block ${height} ${message}`)
    if (header.number !== height) throw fail('wrong_block', `came with the header of block ${header.number}`)
    runtimes.remember(hash, header)
    const runtime = await runtimes.executing(block, signal)
    try {
      return blockBodyOf({ block, parentHash: header.parentHash, extrinsics, events }, runtime)
    } catch (error) {
      if (error instanceof BlockFault) throw fail('block_gone', error.message)
      if (error instanceof DecodeError) throw fail('undecodable', `cannot be decoded: ${error.message}`)
      throw error
    }
  }

  const runtimeOf = async (version: Promise<Version>, signal: AbortSignal): Promise<Runtime> => {
    const [{ specName, specVersion, implVersion, authoringVersion, transactionVersion }, chainType, token] =
      await Promise.all([version, node.chainType(signal), node.token(signal)])
    return { specName, specVersion, implVersion, authoringVersion, transactionVersion, chainType, token }
  }

  const client: UnguardedClient = {
    node: http.node,
    decoding,
    readsAtOnce: MAX_KEYS * MAX_IN_FLIGHT,
    async nodeVersion(signal) {
      const [chain, clientVersion, { implName }] = await Promise.all([
        node.chain(signal),
        node.clientVersion(signal),
        node.version(undefined, signal),
      ])
      return { chain, clientName: implName, clientVersion }
    },
    async nodeNetwork(signal) {
      const [{ peers, isSyncing, shouldHavePeers }, roles] = await Promise.all([
        node.health(signal),
        node.roles(signal),
      ])
      return { roles, peers, syncing: isSyncing, shouldHavePeers }
    },
    async pendingExtrinsics(signal) {
      return (await node.pool(signal)).length
    },
    async bestHeight(signal) {
      return (await node.bestHeader(signal)).number
    },
    async finalizedHead(signal) {
      const requested = node.finalizedHash(signal)
      const [hash, { number }, runtime] = await Promise.all([
        requested,
        requested.then((each) => runtimes.header(each, signal)),
        runtimeOf(
          requested.then((each) => runtimes.version(each, signal)),
          signal,
        ),
      ])
      const block = { height: number, hash }
      noteFinalized(block)
      return { block, runtime }
    },
    ...((http.requestsPerSecond ?? Infinity) >= MIN_RATE_TO_PEEK && { peekHead }),
    async parentHash(block, signal) {
      await runtimes.executor(block, signal)
      return (await runtimes.header(block.hash, signal)).parentHash
    },
    runtimeAt: (hash, signal) => runtimeOf(runtimes.version(hash, signal), signal),
    async decodingSpec(block, signal) {
      return (await runtimes.executing(block, signal)).specVersion
    },
    async metadataAt(hash, signal) {
      return (await runtimes.at(hash, signal)).metadata
    },
    blockBody: readBody,
    async storage(item, keys, block, signal) {
      const [value] = await readColumn(readsAt(block, signal), item, [keys], block)
      return value
    },
    storageColumn: (item, entries, block, signal) => readColumn(readsAt(block, signal), item, entries, block),
  }
  return guarded(client, http.scrub)
}

function codecOf(
  runtime: DecodedRuntime,
  item: StorageItem,
  fail: (reason: FailureReason, message: string) => UpstreamError,
): ItemCodec {
  const codec = runtime.item(item)
  if (codec !== undefined) return codec
  throw runtime.hasPallet(item.pallet)
    ? fail(
        'no_item',
        `the runtime of spec ${runtime.specVersion} has no storage item ${item.pallet}.${item.item}`,
      )
    : fail('unknown_pallet', `the runtime of spec ${runtime.specVersion} has no pallet ${item.pallet}`)
}
