import type { SimulatedNode } from '../node.ts'
import type { StateAt } from '../state.ts'
import { hashOfBlock } from '../names.ts'
import type { Blocks } from './block.ts'
import * as errors from './error.ts'
import type { Runtimes } from './runtime.ts'
import type { Storage } from './storage.ts'

/** What the methods of a node read. */
export interface MethodContext {
  readonly node: SimulatedNode
  readonly runtimes: Runtimes
  readonly storage: Storage
  readonly blocks: Blocks
}

type Params = readonly unknown[]
type Method = (context: MethodContext, params: Params) => unknown

/** The methods of a node that a client of the exporter's kind calls. All are safe; what a node refuses from outside is below. */
const METHODS: Readonly<Record<string, Method>> = {
  rpc_methods: () => ({ methods: [...Object.keys(METHODS), ...UNSAFE].toSorted() }),
  system_chain: ({ node }) => node.health.chainName,
  system_chainType: () => 'Live',
  system_name: () => 'Subtensor Node',
  system_version: ({ node }) => node.health.clientVersion,
  system_nodeRoles: () => ['Full'],
  system_health({ node }) {
    const { peers, syncing, shouldHavePeers } = node.health
    return { peers, isSyncing: syncing, shouldHavePeers }
  },
  system_properties({ node }) {
    const { symbol, decimals } = node.chain.token
    return { isEthereum: false, ss58Format: 42, tokenDecimals: decimals, tokenSymbol: symbol }
  },
  author_pendingExtrinsics: ({ node }) =>
    Array.from({ length: node.health.pendingExtrinsics }, () => '0x280402000b10e3f7c59401'),

  chain_getFinalizedHead: ({ node }) => node.at(node.finalizedHeight).hash,
  chain_getBlockHash({ node }, [given]) {
    const hashAt = (number: unknown): string | null => {
      const height = heightIn(number)
      return height > node.bestHeight ? null : node.at(height).hash
    }
    if (given === undefined || given === null) return node.at(node.bestHeight).hash
    return Array.isArray(given) ? given.map(hashAt) : hashAt(given)
  },
  chain_getHeader({ node }, [hash]) {
    const height = heightOf(node, hash)
    return height === undefined ? null : header(node, height)
  },
  chain_getBlock({ node, blocks }, [hash]) {
    const height = heightOf(node, hash)
    if (height === undefined || !blocks.has(height)) return null
    return {
      block: { header: header(node, height), extrinsics: blocks.at(height).extrinsics },
      justifications: null,
    }
  },

  state_getRuntimeVersion({ node }, [hash]) {
    const height = runtimeHeight(node, hash, errors.unknownBlock, errors.stateDiscarded)
    return runtimeVersion(node, height)
  },
  state_getMetadata({ node, runtimes }, [hash]) {
    const height = runtimeHeight(node, hash, errors.unknownBlockOfCall, errors.callStateDiscarded)
    return runtimes.of(node.chain.specAt(height)).metadataHex
  },
  state_getStorage(context, [key, hash]) {
    const state = stateAt(context.node, hash, errors.unknownBlock)
    return context.storage.reader(state)(hex(key, 'a storage key'))
  },
  state_queryStorageAt(context, [keys, hash]) {
    if (!Array.isArray(keys)) throw errors.invalidParams('expected a list of storage keys')
    const state = stateAt(context.node, hash, errors.unknownBlockRange)
    if (keys.length === 0) return []
    const read = context.storage.reader(state)
    // A key that is there twice is answered once.
    const changes = Array.from(new Set(keys), (key) => {
      const asked = hex(key, 'a storage key')
      return [asked, read(asked)]
    })
    return [{ block: context.node.at(state.block.height).hash, changes }]
  },
  state_getKeysPaged(context, [prefix, count, after, hash]) {
    if (typeof count !== 'number') throw errors.invalidParams('expected a number of keys')
    if (count > 1000) throw errors.tooManyKeys(count)
    const state = stateAt(context.node, hash, errors.unknownBlock)
    const start = typeof after === 'string' ? hex(after, 'a storage key') : undefined
    return context.storage.keysPaged(state, hex(prefix ?? '0x', 'a prefix'), count, start)
  },
}

/** Methods that a node refuses unless it was told to expose them. */
const UNSAFE: readonly string[] = ['author_rotateKeys', 'state_getPairs', 'system_peers']

/** The result of a call. Throws RpcError. */
export function call(context: MethodContext, method: string, params: Params): unknown {
  const known = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
  if (known !== undefined) return known(context, params)
  throw UNSAFE.includes(method) ? errors.unsafeMethod() : errors.methodNotFound()
}

function hex(value: unknown, what: string): string {
  if (typeof value === 'string' && /^0x(?:[0-9a-f]{2})*$/i.test(value)) return value
  throw errors.invalidParams(`expected ${what} in hex`)
}

/** A block number: a number, or 0x hex. */
function heightIn(value: unknown): number {
  const height = typeof value === 'string' && /^0x[0-9a-f]{1,8}$/i.test(value) ? Number(value) : value
  if (typeof height === 'number' && Number.isInteger(height) && height >= 0) return height
  throw errors.invalidParams('expected a block number')
}

/** The height of a block the node knows, which is the best one if no hash is given; undefined for an unknown one. */
function heightOf(node: SimulatedNode, hash: unknown): number | undefined {
  if (hash === undefined || hash === null) return node.bestHeight
  const asked = hex(hash, 'a block hash')
  if (asked.length !== 66) throw errors.invalidParams('expected 32 bytes')
  const height = node.chain.heightOf(asked)
  return height === undefined || height > node.bestHeight ? undefined : height
}

type HashError = (hash: string) => errors.RpcError

function stateHeight(node: SimulatedNode, hash: unknown, unknown: HashError, discarded: HashError): number {
  const height = heightOf(node, hash)
  if (height === undefined) throw unknown(hex(hash, 'a block hash'))
  if (height < node.chain.oldestHeight) throw discarded(node.at(height).hash)
  return height
}

/** The runtime is known one block further back than the state: the first block, too, was executed by a runtime. */
function runtimeHeight(node: SimulatedNode, hash: unknown, unknown: HashError, discarded: HashError): number {
  const height = heightOf(node, hash)
  return height !== undefined && node.chain.isBeforeFirst(height)
    ? height
    : stateHeight(node, hash, unknown, discarded)
}

function stateAt(node: SimulatedNode, hash: unknown, unknown: HashError): StateAt {
  const height = stateHeight(node, hash, unknown, errors.stateDiscarded)
  const state = node.chain.stateAt(height)
  if (state === undefined) throw errors.stateDiscarded(node.at(height).hash)
  return state
}

function header({ chain }: SimulatedNode, height: number) {
  return {
    parentHash: height === 0 ? `0x${'0'.repeat(64)}` : chain.hashAt(height - 1),
    number: `0x${height.toString(16)}`,
    stateRoot: hashOfBlock(chain.seed, height, 'state'),
    extrinsicsRoot: hashOfBlock(chain.seed, height, 'extrinsics'),
    digest: { logs: [] },
  }
}

/** As far as `/runtime/spec` tells it; of the runtime APIs only Core and Metadata, which all runtimes have. */
function runtimeVersion({ chain, health }: SimulatedNode, height: number) {
  return {
    specName: 'node-subtensor',
    implName: health.clientName,
    authoringVersion: 1,
    specVersion: chain.specAt(height),
    implVersion: 1,
    apis: [
      ['0xdf6acb689907609b', 5],
      ['0x37e397fc7c91f5e4', 2],
    ],
    transactionVersion: 1,
    stateVersion: 1,
  }
}
