import { text } from 'node:stream/consumers'
import { expandMetadata, type StorageKey } from '@polkadot/types'
import type { StorageEntry } from '@polkadot/types/primitive/types'
import type { Codec } from '@polkadot/types/types'
import { u8aToHex } from '@polkadot/util'
import { polkadot } from '../upstream/rpc/polkadot.ts'
import { scaleMetadata } from './metadata.ts'
import { httpServer } from './servers.ts'

export interface RpcReplayOptions {
  /** Address of a server that answers as the recorded Sidecar did: startReplay. */
  readonly sidecar: string
  /** The spec in the state of a block, by its height. */
  readonly specAt: (height: number) => number
}

interface SpecAnswer {
  readonly at: { readonly hash: string }
  readonly properties: {
    readonly ss58Format: string
    readonly tokenDecimals: readonly string[]
    readonly tokenSymbol: readonly string[]
  }
}

interface NetworkAnswer {
  readonly numPeers: string
  readonly isSyncing: boolean
  readonly shouldHavePeers: boolean
  readonly nodeRoles: readonly object[]
}

interface Call {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** In the recordings the hash of a block is its height, eight times over. */
const hashAt = (height: number): string => `0x${height.toString(16).padStart(8, '0').repeat(8)}`
const heightOf = (hash: unknown): number => Number(String(hash).slice(0, 10))

const headerOf = (height: number): object => ({
  number: `0x${height.toString(16)}`,
  parentHash: hashAt(height - 1),
})

/**
 * Serves what was recorded from a Sidecar as the JSON-RPC of its node, on loopback. polkadot-js decodes the storage keys that are
 * requested, and encodes the recorded values by the real metadata of the runtime that wrote them. There are no blocks.
 */
export async function rpcReplay({ sidecar, specAt }: RpcReplayOptions): Promise<{ readonly url: string }> {
  const get = async <Answer>(path: string): Promise<Answer> => {
    const response = await fetch(`${sidecar}${path}`)
    if (!response.ok) throw new Error(`${path} is not recorded: ${await response.text()}`)
    return (await response.json()) as Answer
  }

  const valueOf = async (key: string, hash: unknown): Promise<string | null> => {
    const items = await itemsOf(specAt(heightOf(hash) - 1))
    const item = items.get(key.slice(0, 66))
    // LastRuntimeUpgrade and the like are in every runtime; anything else is a key that the exporter made up.
    if (item === undefined) throw new Error(`no storage item has the key ${key}`)
    const keys = item.keysOf(key).map((part) => `keys%5B%5D=${encodeURIComponent(part)}&`)
    const { value } = await get<{ value: unknown }>(`${item.path}?${keys.join('')}at=${String(hash)}`)
    return value === null ? null : item.encode(value)
  }

  const METHODS: Readonly<Record<string, (params: readonly unknown[]) => unknown>> = {
    system_chain: async () => (await get<{ chain: string }>('/node/version')).chain,
    system_version: async () => (await get<{ clientVersion: string }>('/node/version')).clientVersion,
    system_chainType: () => 'Live',
    async system_health() {
      const { numPeers, isSyncing, shouldHavePeers } = await get<NetworkAnswer>('/node/network')
      return { peers: Number(numPeers), isSyncing, shouldHavePeers }
    },
    async system_nodeRoles() {
      const { nodeRoles } = await get<NetworkAnswer>('/node/network')
      return nodeRoles.flatMap((role) => Object.keys(role))
    },
    async system_properties() {
      const { properties } = await get<SpecAnswer>('/runtime/spec')
      const { ss58Format, tokenDecimals, tokenSymbol } = properties
      return { ss58Format: Number(ss58Format), tokenDecimals: Number(tokenDecimals[0]), tokenSymbol }
    },
    author_pendingExtrinsics: async () =>
      (await get<{ pool: readonly unknown[] }>('/node/transaction-pool')).pool.map(() => '0x00'),
    chain_getFinalizedHead: async () => (await get<SpecAnswer>('/runtime/spec')).at.hash,
    async chain_getHeader([hash]) {
      if (hash !== undefined) return headerOf(heightOf(hash))
      const { number } = await get<{ number: string }>('/blocks/head/header?finalized=false')
      return headerOf(Number(number))
    },
    async state_getRuntimeVersion([hash]) {
      const { at } = await get<SpecAnswer>('/runtime/spec')
      const specVersion = specAt(heightOf(hash ?? at.hash))
      const names = { specName: 'node-subtensor', implName: 'node-subtensor' }
      return { ...names, specVersion, implVersion: 1, authoringVersion: 1, transactionVersion: 1 }
    },
    state_getMetadata: ([hash]) => `0x${Buffer.from(scaleMetadata(specAt(heightOf(hash)))).toString('hex')}`,
    async state_queryStorageAt([keys, hash]) {
      const changes = (keys as readonly string[]).map(async (key) => [key, await valueOf(key, hash)])
      return [{ block: hash, changes: await Promise.all(changes) }]
    },
  }

  const reply = async ({ id, method, params }: Call): Promise<object> => {
    const answer = METHODS[method]
    if (answer === undefined)
      return { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } }
    try {
      return { jsonrpc: '2.0', id, result: await answer(params) }
    } catch (error) {
      return { jsonrpc: '2.0', id, error: { code: -32603, message: String(error) } }
    }
  }

  const { url } = await httpServer((request, response) => {
    void text(request).then(async (body) => {
      const request = JSON.parse(body) as Call | readonly Call[]
      const replies = Array.isArray(request)
        ? await Promise.all((request as readonly Call[]).map(reply))
        : await reply(request as Call)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(replies))
    })
  })
  return { url }
}

/** One storage item of a runtime. */
interface Item {
  /** As Sidecar has it. */
  readonly path: string
  /** The parts of a storage key, as Sidecar takes them. */
  keysOf(key: string): readonly string[]
  /** A value as Sidecar writes it, encoded as 0x hex. */
  encode(value: unknown): string
}

const loaded = new Map<number, Promise<ReadonlyMap<string, Item>>>()

/** The storage items of a runtime by the prefixes of their keys. */
function itemsOf(spec: number): Promise<ReadonlyMap<string, Item>> {
  const items = loaded.get(spec) ?? loadItems(spec)
  loaded.set(spec, items)
  return items
}

async function loadItems(spec: number): Promise<ReadonlyMap<string, Item>> {
  const { registry, decoded } = await polkadot(spec)
  const entries: readonly StorageEntry[] = Object.values(expandMetadata(registry, decoded).query).flatMap(
    (pallet) => Object.values(pallet),
  )
  return new Map(
    entries.map((entry) => {
      const { type, name } = entry.meta
      const value = (type.isMap ? type.asMap.value : type.asPlain).toString()
      const item: Item = {
        path: `/pallets/${entry.prefix}/storage/${name.toString()}`,
        keysOf(key) {
          const parts = registry.createType<StorageKey>('StorageKey', key)
          parts.setMeta(entry.meta)
          return parts.args.map((part: Codec) =>
            part.toRawType() === 'Bytes' ? part.toHex() : part.toString(),
          )
        },
        encode: (json) => u8aToHex(registry.createTypeUnsafe(`Lookup${value}`, [json]).toU8a()),
      }
      return [u8aToHex(entry.keyPrefix()), item]
    }),
  )
}
