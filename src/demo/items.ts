import { ZERO_ACCOUNT, type Address } from '../chain/address.ts'
import { bytes, type StorageValue } from './encode.ts'
import { KEY_ITEMS } from './key-items.ts'
import { item, NOW, ofKey, ofMechanism, ofSubnet, untilEmptied, type Item, type KeyPart } from './item.ts'
import { hashOfBlock } from './names.ts'
import type { StateAt } from './state.ts'
import { squareRootBits, uidOf, type SubnetState } from './subnet.ts'

const account = (key: KeyPart | undefined): Address => key as Address
const bySubnet = (state: StateAt, netuid: KeyPart | undefined) => state.block.subnets.get(Number(netuid))
const count = (state: StateAt): number => state.block.subnets.size

const identity =
  (fields: readonly string[]) =>
  (subnet: SubnetState): StorageValue =>
    Object.fromEntries(fields.map((field) => [field, bytes(field === 'subnetName' ? subnet.name : '')]))

const V1 = ['subnetName', 'githubRepo', 'subnetContact']
const V2 = [...V1, 'subnetUrl', 'discord', 'description', 'additional']
const V3 = [...V1, 'subnetUrl', 'discord', 'description', 'logoUrl', 'additional']

/**
 * The simulated items, mostly in the order of the metadata of spec 381. Specs and defaults: runtime
 * metadata of specs 103, 143, 240, 346, 381, 424 and 475, and the source of opentensor/subtensor where it changes between them
 * (a default that differs between two of these changes at the first spec of its era).
 */
export const ITEMS: readonly Item[] = [
  item('System', 'Account', ['AccountId32'], [101, NOW], readAccount),
  item('System', 'BlockHash', ['u32'], [101, NOW], readBlockHash),
  item('System', 'LastRuntimeUpgrade', [], [101, NOW], ({ block }) => ({
    specVersion: block.spec,
    specName: 'node-subtensor',
  })),
  item('Timestamp', 'Now', [], [101, NOW], (state) => state.block.timestamp),

  ofKey('Owner', ['AccountId32'], [101, NOW], (state, key) => state.owner(account(key)) ?? ZERO_ACCOUNT),
  ofKey('Delegates', ['AccountId32'], [101, NOW], (state, key) => state.take(account(key)) ?? 11_796),
  ofKey('TotalIssuance', [], [101, NOW], (state) => state.block.totalIssuance),
  ofKey('TotalStake', [], [101, NOW], totalStake),
  ofSubnet('SubnetMovingPrice', [233, NOW], { bits: 0n }, (s) => ({ bits: s.movingPrice })),
  ofSubnet('SubnetTAO', [233, NOW], 0, (s) => s.tao),
  ofSubnet('SubnetTaoProvided', [283, 422], 0, (s) => s.taoProvided),
  ofSubnet('SubnetAlphaIn', [233, NOW], 0, (s) => s.alphaIn),
  ofSubnet('SubnetAlphaInProvided', [283, 422], 0, (s) => s.alphaInProvided),
  ofSubnet('SubnetAlphaOut', [233, NOW], 0, (s) => s.alphaOut),
  ofSubnet('TotalAlphaStaked', [448, NOW], 0, (s) => s.staked),
  ofKey('OwnedHotkeys', ['AccountId32'], [156, NOW], (state, key) => state.owned(account(key))),
  ofKey('Stake', ['AccountId32', 'AccountId32'], [101, 243], (state, hotkey, coldkey) =>
    state.owner(account(hotkey)) === coldkey ? state.stake(account(hotkey)) : 0,
  ),
  ofKey('TotalHotkeyStake', ['AccountId32'], [101, 232], (state, key) => state.stake(account(key))),
  ofKey('TotalColdkeyStake', ['AccountId32'], [101, 232], (state, key) =>
    state.owned(account(key)).reduce((sum, hotkey) => sum + state.stake(hotkey), 0n),
  ),
  ofKey('TotalHotkeyAlpha', ['AccountId32', 'u16'], [233, NOW], (state, hotkey, netuid) =>
    state.alpha(Number(netuid), account(hotkey)),
  ),
  ofSubnet('TokenSymbol', [233, NOW], bytes('𝜏'), (s) => bytes(s.symbol)),
  ofKey('TotalNetworks', [], [101, NOW], count),
  ofSubnet(
    'Tempo',
    [101, NOW],
    // 10 is the default of runtimes built for a local chain, such as those of 240 and 381.
    (spec) => (spec < 195 ? 99 : spec < 393 ? 10 : 360),
    (s) => s.tempo,
  ),
  ofSubnet('SubnetMechanism', [233, NOW], 0, (s) => s.mechanismKind),
  ofSubnet('SubnetworkN', [101, NOW], 0, (s) => s.keys.length),
  ofSubnet('NetworksAdded', [101, NOW], false, () => true),
  ofKey('IsNetworkMember', ['AccountId32', 'u16'], [101, NOW], (state, hotkey, netuid) => {
    const subnet = bySubnet(state, netuid)
    return subnet !== undefined && uidOf(subnet, account(hotkey)) !== undefined
  }),
  ofSubnet('NetworkRegisteredAt', [133, NOW], 0, (s) => s.createdAt),
  // Capped from some spec in 426–438 (drain_pending, coinbase/run_coinbase.rs at spec 475).
  ofSubnet('BlocksSinceLastStep', [101, NOW], 0, (s, { block: { height, spec } }) =>
    Math.min(height - s.lastEpoch, spec >= 426 ? s.tempo + 1 : Infinity),
  ),
  ofSubnet('LastMechansimStepBlock', [101, NOW], 0, (s) => s.lastEpoch),
  ofSubnet('SubnetOwner', [133, NOW], ZERO_ACCOUNT, (s) => s.ownerColdkey),
  ofSubnet('SubnetOwnerHotkey', [233, NOW], ZERO_ACCOUNT, (s) => s.ownerHotkey),
  ofSubnet('RegistrationsThisInterval', [101, NOW], 0, (s) => s.registrationsThisInterval),
  ofSubnet(
    'MaxAllowedUids',
    [101, NOW],
    (spec) => (spec < 361 ? 4096 : 256),
    (s) => s.maxAllowedUids,
  ),
  ofSubnet('ImmunityPeriod', [101, NOW], 4096, (s) => s.immunityPeriod),
  ofSubnet('MaxAllowedValidators', [101, NOW], 128, (s) => s.maxValidators),
  ofSubnet('ActivityCutoff', [101, NOW], 5000, (s) => s.activityCutoff),
  ofSubnet(
    'Burn',
    [101, NOW],
    (spec) => (spec < 290 ? 1_000_000_000 : 100_000_000),
    (s) => s.burn,
  ),
  ofSubnet('CollateralLockShare', [437, NOW], 0, (s) => s.collateralLockShare),
  ofSubnet('SubnetEpochConsensus', [474, NOW], 'Yuma', (s) => s.epochConsensus),
  ofSubnet('Difficulty', [101, NOW], 10_000_000, (s) => s.difficulty),
  ofSubnet('RegistrationsThisBlock', [101, NOW], 0, (s) => s.registrationsThisBlock),
  ofSubnet('TargetRegistrationsPerInterval', [101, NOW], 2, (s) => s.targetRegistrations),
  ofSubnet('AdjustmentInterval', [101, NOW], 100, (s) => s.adjustmentInterval),
  ofSubnet('ImmuneOwnerUidsLimit', [306, NOW], 1, (s) => s.immuneOwnerUidsLimit),
  ofSubnet('StakeWeight', [195, NOW], [], (s) => s.stakeWeight),
  ofKey('Uids', ['u16', 'AccountId32'], [101, NOW], (state, netuid, hotkey) => {
    const subnet = bySubnet(state, netuid)
    return (subnet === undefined ? undefined : uidOf(subnet, account(hotkey))) ?? null
  }),
  ofKey(
    'Keys',
    ['u16', 'u16'],
    [101, NOW],
    (state, netuid, uid) => bySubnet(state, netuid)?.keys[Number(uid)] ?? ZERO_ACCOUNT,
  ),
  ofSubnet('Active', [101, NOW], [], (s) => s.active),
  untilEmptied('Rank', (s) => s.rank),
  untilEmptied('Trust', (s) => s.trust),
  ofSubnet('Consensus', [101, NOW], [], (s) => s.consensus),
  ofMechanism('Incentive', (s) => s.incentive),
  ofSubnet('Dividends', [101, NOW], [], (s) => s.dividends),
  ofSubnet('Emission', [101, NOW], [], (s) => s.emission),
  ofMechanism('LastUpdate', (s) => s.lastUpdate),
  ofSubnet('ValidatorTrust', [101, NOW], [], (s) => s.validatorTrust),
  untilEmptied('PruningScores', (s) => s.pruningScores),
  ofSubnet('ValidatorPermit', [101, NOW], [], (s) => s.validatorPermit),
  ofKey(
    'BlockAtRegistration',
    ['u16', 'u16'],
    [101, NOW],
    (state, netuid, uid) => bySubnet(state, netuid)?.registeredAt[Number(uid)] ?? 0,
  ),
  ofSubnet('SubnetIdentities', [195, 360], null, identity(V1)),
  ofSubnet('SubnetIdentitiesV2', [233, 360], null, identity(V2)),
  ofSubnet('SubnetIdentitiesV3', [283, NOW], null, identity(V3)),
  ofSubnet('MinNonImmuneUids', [365, NOW], 10, (s) => s.minNonImmuneUids),
  ofSubnet('MechanismCountCurrent', [320, NOW], 1, (s) => s.mechanisms),
  ofSubnet('MechanismEmissionSplit', [320, NOW], null, (s) => s.emissionSplit),
  ofSubnet('LastEpochBlock', [423, NOW], 0, (s) => s.lastEpoch),
  ofSubnet('ActivityCutoffFactorMilli', [423, NOW], 13_889, (s) => s.activityCutoffFactorMilli),
  ...KEY_ITEMS,

  ofSubnet('SwapV3Initialized', [290, 422], false, (s) => s.swapInitialized, 'Swap'),
  ofSubnet(
    'AlphaSqrtPrice',
    [290, 422],
    { bits: 0n },
    (s) => ({ bits: s.swapInitialized ? squareRootBits(s) : 0n }),
    'Swap',
  ),
  ofSubnet(
    'SwapBalancer',
    [423, NOW],
    { quote: 500_000_000_000_000_000n },
    (s) => ({ quote: s.balancerQuote }),
    'Swap',
  ),
]

/** Up to spec 146 an account has two overlapping locks, later only one (polkadot-v1.0.0, main 65d8367a6). */
function readAccount(state: StateAt, key: KeyPart | undefined): StorageValue {
  const { nonce, free, reserved, frozen } = state.account(account(key))
  const exists = free > 0n || nonce > 0
  const locks =
    state.block.spec <= 146
      ? { miscFrozen: frozen, feeFrozen: frozen / 2n }
      : { frozen, flags: 170_141_183_460_469_231_731_687_303_715_884_105_728n }
  return {
    nonce,
    consumers: 0,
    providers: exists ? 1 : 0,
    sufficients: 0,
    data: { free, reserved, ...locks },
  }
}

/** Number of past block hashes that the runtime keeps (BlockHashCount); it never deletes that of block 0. */
const KNOWN_HASHES = 4096

function readBlockHash({ block: { height, seed } }: StateAt, key: KeyPart | undefined): StorageValue {
  const wanted = Number(key)
  const isKept = wanted < height && (wanted === 0 || wanted >= height - KNOWN_HASHES)
  return isKept ? hashOfBlock(seed, wanted) : `0x${'0'.repeat(64)}`
}

/** Stake of all hotkeys up to spec 232; the TAO in all pools from 233. */
function totalStake(state: StateAt): StorageValue {
  if (state.block.spec < 233) return state.block.totalStake
  let sum = 0n
  for (const subnet of state.block.subnets.values()) sum += subnet.tao
  return sum
}

/** The items of a runtime, in metadata order. */
export const itemsOf = (spec: number): readonly Item[] =>
  ITEMS.filter(({ from, to }) => spec >= from && spec <= to)
