import { NEWEST_KNOWN_SPEC } from '../chain/runtime.ts'
import { readGenesis } from '../storage/genesis.ts'
import { ITEMS } from '../storage/layout.ts'
import { storageValue, type UpstreamClient } from '../upstream/client.ts'
import { count, hash } from '../upstream/decode.ts'
import { UpstreamError } from '../upstream/errors.ts'
import type { ServerKind } from './identify.ts'

/** What a node reports about itself. A value that could not be read is null. */
export interface NodeFacts {
  readonly chain: string | null
  /** Hash of block 0. */
  readonly genesis: string | null
  readonly client: string | null
  readonly spec_version: number | null
  /** False if the spec is newer than the newest one that this release was checked against. */
  readonly spec_known: boolean | null
  readonly syncing: boolean | null
  readonly peers: number | null
  readonly should_have_peers: boolean | null
  readonly finalized_height: number | null
  /** Age of the finalized block by the local clock. Negative if that clock is behind the chain. */
  readonly head_age_seconds: number | null
  /** Whether signed extrinsics are decoded correctly. Null if the newest blocks contain no evidence. */
  readonly decodes_extrinsics: boolean | null
  /** Whether the node still has the state of OLD_BLOCKS blocks ago: an archive node has, a pruned node keeps 256 by default. */
  readonly has_old_state: boolean | null
}

/** The state of one node. */
export interface NodeReport {
  readonly name: string
  /** What answers at its URL. */
  readonly server: ServerKind
  /** Its HTTP status, if it is a web server that offers neither API. */
  readonly status: number | null
  /** Null if the node does not serve its finalized head. */
  readonly facts: NodeFacts | null
  /** Why the node could not be inspected. */
  readonly error: string | null
  /** Requests of the one poll. Later polls make fewer, because much is cached. */
  readonly requests: number
  /** Requests that the node rejected because of its rate limit. */
  readonly rate_limited: number
  /** Seconds that requests waited because of the rate limit: the configured one, or after status 429. */
  readonly rate_limit_wait_seconds: number
}

/** How far back to look for old state: beyond the default of pruned nodes, within System.BlockHash (2,400 blocks). */
export const OLD_BLOCKS = 1000

/** Newest blocks that are read until one shows whether the upstream decodes signed extrinsics. */
const BLOCKS_TO_DECODE = 5

/** Reads what a node reports about itself. Rejects with UpstreamError if it does not serve its finalized head. */
export async function inspectNode(client: UpstreamClient, signal: AbortSignal): Promise<NodeFacts> {
  const { block, runtime } = await client.finalizedHead(signal)
  const [version, network, genesis, madeAt, oldState] = await Promise.all([
    orNull(client.nodeVersion(signal)),
    orNull(client.nodeNetwork(signal)),
    orNull(readGenesis(client, block, signal)),
    orNull(storageValue(client, { item: ITEMS.now, keys: [], block }, count, signal)),
    hasOldState(client, block, signal),
    readBlocks(client, block.height, signal),
  ])
  return {
    chain: version?.chain ?? null,
    genesis,
    client: version === null ? null : `${version.clientName} ${version.clientVersion}`,
    spec_version: runtime.specVersion,
    spec_known: runtime.specVersion <= NEWEST_KNOWN_SPEC,
    syncing: network?.syncing ?? null,
    peers: network?.peers ?? null,
    should_have_peers: network?.shouldHavePeers ?? null,
    finalized_height: block.height,
    head_age_seconds: madeAt === null ? null : Math.round((Date.now() - madeAt) / 1000),
    decodes_extrinsics: client.decoding.verdict ?? null,
    has_old_state: oldState,
  }
}

/** Reads the newest blocks until one proves or disproves the decoder: see ExtrinsicDecoding. */
async function readBlocks(client: UpstreamClient, head: number, signal: AbortSignal): Promise<void> {
  for (let height = head; height > Math.max(0, head - BLOCKS_TO_DECODE); height -= 1) {
    if (client.decoding.verdict !== undefined) return
    await orNull(client.blockBody(height, signal))
  }
}

async function hasOldState(
  client: UpstreamClient,
  head: { readonly height: number; readonly hash: string },
  signal: AbortSignal,
): Promise<boolean | null> {
  const height = head.height - OLD_BLOCKS
  if (height <= 0) return null
  const place = { item: ITEMS.blockHash, keys: [height], block: head }
  const old = await orNull(storageValue(client, place, hash, signal))
  if (old === null || /^0x0*$/.test(old)) return null
  try {
    await storageValue(client, { item: ITEMS.now, keys: [], block: { height, hash: old } }, count, signal)
    return true
  } catch (error) {
    return error instanceof UpstreamError && error.reason === 'block_gone' ? false : null
  }
}

/** Null in place of an upstream's failure; rejects with every other error. */
async function orNull<Value>(reading: Promise<Value>): Promise<Value | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof UpstreamError) return null
    throw error
  }
}
