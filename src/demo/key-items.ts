import { ZERO_ACCOUNT, type Address } from '../chain/address.ts'
import { safeFloat } from '../chain/share-pool.ts'
import { bytes, type StorageValue } from './encode.ts'
import { NOW, ofKey, type Item, type KeyPart } from './item.ts'
import { hashOfBlock } from './names.ts'
import type { Snapshot, StateAt } from './state.ts'

const account = (key: KeyPart | undefined): Address => key as Address

/**
 * Whether shares are stored in the decimal format. Those of even subnets were not written since spec 397 and keep the old
 * format until a migration moves them, from spec 473.
 */
const isDecimal = ({ block: { spec, movingShares } }: StateAt, netuid: number): boolean =>
  (spec >= 473 && !movingShares) || (spec >= 397 && netuid % 2 === 1)

/** First spec with share epochs in the simulation; the real one is one of 449–470. */
const SHARE_EPOCHS = 470

/** Whether shares belong to the current pool and not to a closed one. */
const isCurrent = (state: StateAt, netuid: number, hotkey: Address, coldkey: Address): boolean => {
  const epoch = state.block.spec < SHARE_EPOCHS ? 0 : state.poolEpoch(netuid, hotkey)
  return epoch === 0 || state.shareEpoch(netuid, hotkey, coldkey) === epoch
}

/** Entries of HasMigrationRun: the first means that the chain is older than spec 365, the second that shares were moved. */
export const MIGRATIONS: Readonly<Record<string, (block: Snapshot) => boolean>> = {
  [bytes('clear_rank_trust_pruning_maps')]: ({ spec }) => spec >= 365,
  [bytes('migrate_alpha_v2_and_unstake_dust_v1')]: ({ spec, movingShares }) => spec >= 473 && !movingShares,
}

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
    const parts = Array.from(state.portions(Number(netuid), account(hotkey)))
    const current = parts.filter(([coldkey]) => isCurrent(state, Number(netuid), account(hotkey), coldkey))
    return [Number(netuid), current.reduce((sum, [, part]) => sum + part, 0)]
  })

const identity =
  (fields: readonly string[], specs: readonly [number, number]) =>
  (state: StateAt, key: KeyPart | undefined): StorageValue => {
    const name = state.identity(account(key))
    if (name === undefined || state.block.spec < specs[0] || state.block.spec > specs[1]) return null
    return Object.fromEntries(fields.map((field) => [field, bytes(field === 'name' ? name : '')]))
  }

const HASH = hashOfBlock(0, 0, 'announced')

/** Items of coldkeys and hotkeys: stakes, swaps, child keys, endpoints, identities. */
export const KEY_ITEMS: readonly Item[] = [
  ofKey('StakingHotkeys', ['AccountId32'], [159, NOW], (state, key) => state.staking(account(key))),
  ofKey('Alpha', ['AccountId32', 'AccountId32', 'u16'], [233, 472], share(false)),
  ofKey('AlphaV2', ['AccountId32', 'AccountId32', 'u16'], [397, NOW], share(true)),
  ofKey('TotalHotkeyShares', ['AccountId32', 'u16'], [233, 472], denominator(false)),
  ofKey('TotalHotkeySharesV2', ['AccountId32', 'u16'], [397, NOW], denominator(true)),
  ofKey('AlphaSharePoolEpoch', ['AccountId32', 'u16'], [SHARE_EPOCHS, NOW], (state, hotkey, netuid) =>
    state.poolEpoch(Number(netuid), account(hotkey)),
  ),
  ofKey(
    'AlphaShareEpoch',
    ['AccountId32', 'AccountId32', 'u16'],
    [SHARE_EPOCHS, NOW],
    (state, hotkey, coldkey, netuid) => state.shareEpoch(Number(netuid), account(hotkey), account(coldkey)),
  ),
  ofKey(
    'MinerCollateral',
    ['u16', 'AccountId32', 'AccountId32'],
    [437, NOW],
    (state, netuid, hotkey, coldkey) => {
      const locked = state.collateral(Number(netuid), account(hotkey), account(coldkey))
      return locked === undefined
        ? null
        : { locked, drainRatio: { bits: 1n << 64n }, minLocked: 0n, earned: 0n }
    },
  ),
  ofKey('BasketShares', ['AccountId32'], [448, NOW], (state, hotkey) => state.basket(account(hotkey)).shares),
  ofKey('BasketRate', ['AccountId32'], [448, NOW], (state, hotkey) => ({
    bits: state.basket(account(hotkey)).rate,
  })),
  ofKey('BasketClaimed', ['AccountId32', 'AccountId32'], [448, NOW], (state, hotkey, coldkey) =>
    state.claimed(account(hotkey), account(coldkey)),
  ),
  ofKey(
    'HasMigrationRun',
    ['Bytes'],
    [195, NOW],
    ({ block }, name) => MIGRATIONS[String(name)]?.(block) ?? false,
  ),
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
  // Up to spec 272 its value is the unit type, which cannot be distinguished from absence. The metadata of 381 already has
  // announcements; the chain uses them since 385.
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
