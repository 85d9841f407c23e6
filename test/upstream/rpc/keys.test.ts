import { expandMetadata } from '@polkadot/types'
import { xxhashAsHex } from '@polkadot/util-crypto'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { addressOf } from '../../../src/chain/address.ts'
import { ITEMS, type KnownItem } from '../../../src/storage/layout.ts'
import type { StorageKey } from '../../../src/upstream/client.ts'
import { itemPrefix, KeyError, KeyParts } from '../../../src/upstream/rpc/keys.ts'
import type { Type } from '../../../src/upstream/rpc/registry/types.ts'
import { RecentMap } from '../../../src/upstream/rpc/registry/recent-map.ts'
import { DecodedRuntime } from '../../../src/upstream/rpc/registry/runtime.ts'
import { RECORDED_SPECS } from '../../support/specs.ts'
import { polkadot } from './polkadot.ts'

const accounts = ['alice', 'bob'].map((name) => addressOf(createHash('sha256').update(name).digest()))

/** Keys of the shapes that an item has. */
const keysOf = ({ keys }: KnownItem): readonly (readonly StorageKey[])[] =>
  [0, 1].map((round) =>
    keys.map((shape, index) => {
      if (shape === 'account') return accounts[(round + index) % 2]!
      if (shape === 'u16') return round === 0 ? 0 : 65_535 - index
      if (shape === 'u32') return round === 0 ? 0 : 4_294_967_295
      return round === 0 ? '0x' : `0x${'ab'.repeat(70)}`
    }),
  )

test.each(RECORDED_SPECS)(
  'spec %i: keys of all items that are read are those of polkadot-js',
  async (spec) => {
    const { metadata, registry, decoded } = await polkadot(spec)
    const { query } = expandMetadata(registry, decoded)
    const entries = Object.values(query).flatMap((pallet) => Object.values(pallet))
    const runtime = new DecodedRuntime(metadata, { addresses: new RecentMap(100), keys: new KeyParts() })
    let compared = 0
    for (const item of Object.values(ITEMS)) {
      const codec = runtime.item(item)
      const entry = entries.find(
        ({ meta, prefix }) => meta.name.toString() === item.item && prefix === item.pallet,
      )
      expect([item.item, entry !== undefined]).toEqual([item.item, codec !== undefined])
      if (codec === undefined || entry === undefined) continue
      for (const keys of keysOf(item)) {
        // The type has a length before the key.
        const bytes = registry.createType('Bytes', entry(...keys.map((key) => key)))
        expect([item.item, codec.keyOf(keys)]).toEqual([item.item, bytes.toHex()])
        expect(codec.keyOf(keys)).toBe(codec.keyOf(keys))
        compared += 1
      }
      expect(() => codec.keyOf([...keysOf(item)[0]!, 1])).toThrow(KeyError)
    }
    expect(compared).toBeGreaterThan(60)
  },
)

describe('parts by hasher', () => {
  const primitive = (tag: 'u8' | 'u16' | 'u64'): Type => ({
    id: 1,
    path: [],
    params: [],
    docs: [],
    def: { tag: 'primitive', value: { tag, value: undefined } },
  })

  const [blake128, blake256] = [
    'ead9a09ae23f059006f2bea50e245ff4',
    '8080778c30c20fa2ebc0ed18d2cbca1f30b027625c7d9d97f5d589721c91aeb6',
  ]
  const twox = (bits: 64 | 128 | 256): string => xxhashAsHex(Uint8Array.of(1, 0), bits).slice(2)

  // Of the bytes 01 00: BLAKE2b by Python's hashlib, XXH64 by polkadot-js.
  test.each([
    ['Identity', '0100'],
    ['Blake2_128', blake128],
    ['Blake2_128Concat', `${blake128}0100`],
    ['Blake2_256', blake256],
    ['Twox64Concat', `${twox(64)}0100`],
    ['Twox128', twox(128)],
    ['Twox256', twox(256)],
  ])('%s', (hasher, expected) => {
    expect(new KeyParts().of(primitive('u16'), hasher)(1)).toBe(expected)
  })

  test.each<[string, StorageKey]>([
    ['negative', -1],
    ['too large', 256],
    ['not whole', 1.5],
    ['text', 'x'],
  ])('a number that is %s is a KeyError', (_, key) => {
    const part = new KeyParts().of(primitive('u8'), 'Identity')
    expect(() => part(key)).toThrow(KeyError)
  })

  test('a hasher of another kind is a KeyError', () => {
    expect(() => new KeyParts().of(primitive('u8'), 'Keccak256')).toThrow(KeyError)
  })
})

test('a prefix is made of the hashes of both names', () => {
  // System.Account, as the documentation of Substrate prints it.
  expect(itemPrefix('System', 'Account')).toBe(
    '0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9',
  )
})
