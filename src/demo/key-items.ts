import { ZERO_ACCOUNT, type Address } from '../chain/address.ts'
import { safeFloat } from '../chain/share-pool.ts'
import { bytes, type StorageValue } from './encode.ts'
import { NOW, ofKey, type Item, type KeyPart } from './item.ts'
import { hashOfBlock } from './names.ts'
import type { StateAt } from './state.ts'

const account = (key: KeyPart | undefined): Address => key as Address

/** Parts of a hotkey's alpha as the items keep them: those of even subnets were not touched since spec 397. */
const isDecimal = ({ block }: StateAt, netuid: number): boolean => block.spec >= 397 && netuid % 2 === 1

const shares =
  (
    decimal: boolean,
    parts: (state: StateAt, keys: readonly KeyPart[]) => readonly [netuid: number, parts: number],
  ) =>
  (state: StateAt, ...keys: readonly KeyPart[]): StorageValue => {
    const [netuid, all] = parts(state, keys)
    const kept = BigInt(isDecimal(state, netuid) === decimal ? all : 0)
    return decimal ? { ...safeFloat(kept, 0) } : { bits: kept << 64n }
  }

const share = (decimal: boolean) =>
  shares(decimal, (state, [hotkey, coldkey, netuid]) => [
    Number(netuid),
    state.portions(Number(netuid), account(hotkey)).get(account(coldkey)) ?? 0,
  ])

const denominator = (decimal: boolean) =>
  shares(decimal, (state, [hotkey, netuid]) => {
    const parts = state.portions(Number(netuid), account(hotkey)).values()
    return [Number(netuid), Array.from(parts).reduce((sum, part) => sum + part, 0)]
  })

const identity =
  (fields: readonly string[], specs: readonly [number, number]) =>
  (state: StateAt, key: KeyPart | undefined): StorageValue => {
    const name = state.identity(account(key))
    if (name === undefined || state.block.spec < specs[0] || state.block.spec > specs[1]) return null
    return Object.fromEntries(fields.map((field) => [field, bytes(field === 'name' ? name : '')]))
  }

const HASH = hashOfBlock(0, 0, 'announced')

/** Items of coldkeys and hotkeys that warnings and stakes are read from. */
export const KEY_ITEMS: readonly Item[] = [
  ofKey('StakingHotkeys', ['AccountId32'], [159, NOW], (state, key) => state.staking(account(key))),
  ofKey('Alpha', ['AccountId32', 'AccountId32', 'u16'], [233, NOW], share(false)),
  ofKey('AlphaV2', ['AccountId32', 'AccountId32', 'u16'], [397, NOW], share(true)),
  ofKey('TotalHotkeyShares', ['AccountId32', 'u16'], [233, NOW], denominator(false)),
  ofKey('TotalHotkeySharesV2', ['AccountId32', 'u16'], [397, NOW], denominator(true)),
  ofKey('PendingChildKeys', ['u16', 'AccountId32'], [216, NOW], (state, netuid, hotkey) => {
    const { children, from } = state.pendingChildren(Number(netuid), account(hotkey))
    return [children, from]
  }),
  ofKey('Prometheus', ['u16', 'AccountId32'], [101, NOW], (state, netuid, hotkey) => {
    const endpoint = state.endpoint(Number(netuid), account(hotkey))
    if (endpoint === undefined) return null
    const { block, version, ip, port, ipType } = endpoint
    return { block, version, ip, port, ipType }
  }),
  // To spec 272 its value says nothing: there is no telling it from none. The metadata of 381 has announcements already,
  // and the chain has had them since 385.
  ofKey('ColdkeySwapScheduled', ['AccountId32'], [195, 380], (state, key) => {
    const { scheduledAt, to } = state.swap(account(key))
    return state.block.spec < 273 ? null : [scheduledAt ?? 0, to ?? ZERO_ACCOUNT]
  }),
  ofKey('ColdkeySwapAnnouncements', ['AccountId32'], [381, NOW], (state, key) => {
    const { announcedFor } = state.swap(account(key))
    return announcedFor === undefined ? null : [announcedFor, HASH]
  }),
  ofKey(
    'ColdkeySwapDisputes',
    ['AccountId32'],
    [381, NOW],
    (state, key) => state.swap(account(key)).disputedAt ?? null,
  ),
  ofKey(
    'Identities',
    ['AccountId32'],
    [195, 360],
    identity(['name', 'url', 'image', 'discord', 'description', 'additional'], [195, 232]),
  ),
  ofKey(
    'IdentitiesV2',
    ['AccountId32'],
    [233, NOW],
    identity(['name', 'url', 'githubRepo', 'image', 'discord', 'description', 'additional'], [233, NOW]),
  ),
]
