import { describe, expect, test } from 'vitest'
import type { SimulatedChain } from '../../../src/demo/chain.ts'
import { itemsOf } from '../../../src/demo/items.ts'
import { startSimulatedSidecar } from '../../../src/demo/sidecar.ts'
import { eventfulChain } from './eventful.ts'
import { rpcNode } from './node.ts'
import { PolkadotRuntime } from './polkadot.ts'

type Call = (method: string, ...params: readonly unknown[]) => Promise<unknown>

/** Up to this many entries of each item are compared. */
const ENTRIES = 5

/** Keys of no entry, by the types of the key parts. */
const ABSENT: Readonly<Record<string, string>> = {
  u16: '999',
  u32: '3',
  AccountId32: '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM',
  Bytes: '0x616263',
}

interface ChangeSet {
  readonly block: string
  readonly changes: readonly (readonly [string, string | null])[]
}

const queryStorageAt = async (call: Call, keys: readonly string[], hash: string) =>
  new Map(((await call('state_queryStorageAt', keys, hash)) as readonly ChangeSet[])[0]?.changes ?? [])

async function sidecarOf(chain: SimulatedChain) {
  const sidecar = await startSimulatedSidecar({ chain })
  const value = async (
    pallet: string,
    item: string,
    keys: readonly string[],
    hash: string,
  ): Promise<unknown> => {
    const query = keys.map((key) => `keys[]=${key}&`).join('')
    const response = await fetch(`${sidecar.url}/pallets/${pallet}/storage/${item}?${query}at=${hash}`)
    const body = (await response.json()) as { readonly value?: unknown }
    expect(response.status, `${item} ${String(keys)} ${JSON.stringify(body)}`).toBe(200)
    return body.value
  }
  return { value, close: () => sidecar.close() }
}

/** Checks that every item, decoded by polkadot-js, is what the simulated Sidecar answers. Returns how many entries of each it compared. */
async function compare(chain: SimulatedChain, call: Call): Promise<ReadonlyMap<string, number>> {
  const sidecar = await sidecarOf(chain)
  const hash = chain.hashAt(chain.finalizedHeight)
  const runtime = new PolkadotRuntime((await call('state_getMetadata', hash)) as string)
  const compared = new Map<string, number>()
  for (const { pallet, name, keys: types } of itemsOf(chain.writerAt(chain.finalizedHeight))) {
    const prefix = runtime.prefix(pallet, name)
    const listed = (await call('state_getKeysPaged', prefix, ENTRIES, null, hash)) as readonly string[]
    const absent = runtime.key(
      pallet,
      name,
      types.map((type) => ABSENT[type]),
    )
    const keys = types.length === 0 ? [prefix] : [...listed, absent]
    const values = await queryStorageAt(call, keys, hash)
    expect([...values.keys()]).toEqual(keys)
    for (const [key, value] of values) {
      const parts = types.length === 0 ? [] : runtime.keyParts(pallet, name, key)
      expect(runtime.key(pallet, name, parts), `${name} ${String(parts)}`).toBe(key)
      const decoded = runtime.value(pallet, name, value)
      expect(decoded, `${name} ${String(parts)}`).toEqual(await sidecar.value(pallet, name, parts, hash))
      if (key !== absent) expect(value, `${name} ${String(parts)} is listed`).not.toBeNull()
    }
    compared.set(`${pallet}.${name}`, values.size - (types.length === 0 ? 0 : 1))
  }
  await sidecar.close()
  return compared
}

/**
 * Items without an entry: at 240 the first migrations have not run, swaps of coldkeys have no value to 272, and names are
 * in IdentitiesV2; a migration emptied the scores at 365.
 */
const EMPTY: Readonly<Record<number, readonly string[]>> = {
  240: [
    'SubtensorModule.HasMigrationRun',
    'SubtensorModule.ColdkeySwapScheduled',
    'SubtensorModule.Identities',
  ],
  381: ['SubtensorModule.Rank', 'SubtensorModule.Trust', 'SubtensorModule.PruningScores'],
}

describe.each([103, 240, 381, 424, 475])('real metadata of spec %i', (spec) => {
  test('each storage item, decoded by polkadot-js, is what the simulated Sidecar answers', async () => {
    const chain = eventfulChain(spec)
    const { call } = await rpcNode(chain)
    const compared = await compare(chain, call)
    const empty = Array.from(compared).flatMap(([item, entries]) => (entries === 0 ? [item] : []))
    expect(empty).toEqual(EMPTY[spec] ?? [])
  })
})

test.each([143, 219, 290, 320, 397])(
  'the metadata of the package with the storage of spec %i: the same',
  async (spec) => {
    const chain = eventfulChain(spec)
    const { call } = await rpcNode(chain, { metadata: () => undefined })
    expect((await compare(chain, call)).size).toBe(itemsOf(spec).length)
  },
)
