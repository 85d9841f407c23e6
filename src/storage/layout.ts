import type { StorageItem } from '../upstream/client.ts'
import type { ItemMetadata, RuntimeMetadata, TypeRegistry } from '../upstream/metadata/metadata.ts'
import { blockGapsOf, unknownFields, type BlockGaps } from './block-types.ts'
import {
  BYTES,
  describeType,
  fields,
  fixed,
  hasShape,
  names,
  tuple,
  vector,
  type Shape,
} from '../upstream/metadata/shape.ts'

/** A storage item, and the types of its keys and value that its readers support. */
export interface KnownItem extends StorageItem {
  /** Whether an absent entry reads as null instead of the default. */
  readonly isOptional: boolean
  readonly keys: readonly Shape[]
  /** Alternatives, because some types changed between runtimes. */
  readonly values: readonly Shape[]
}

/**
 * The storage layout of a runtime: which items it has, and which of several storage formats it uses. Derived from the
 * runtime's metadata and never from its spec version, because the spec versions of test networks and new releases do not
 * determine their storage.
 */
export interface Layout {
  /** Spec version of the runtime that wrote the state; at a block that sets new code, that of the old runtime. */
  readonly specVersion: number
  /** Whether the runtime has an item, whatever its type. Formulas depend on this. */
  has(item: KnownItem): boolean
  /** Whether the runtime has an item with supported types. */
  understands(item: KnownItem): boolean
  /** The reason why an item cannot be read, as a sentence. */
  whyNot(item: KnownItem): string
  /** Unit of stake and emission: TAO (up to spec 232) or each subnet's alpha (from 233). */
  readonly unit: 'tao' | 'alpha'
  /** How the price of alpha is stored: not at all, as the pool's reserves, as a square root, or as a balancer's weights. */
  readonly price: 'none' | 'pool' | 'square_root' | 'balancer' | 'unknown'
  readonly blocks: BlockGaps
  /** Items, events and calls with unsupported types, which are not read. */
  readonly unknown: readonly UnknownType[]
}

/** A storage item, event or call with an unsupported type. */
export interface UnknownType {
  readonly kind: 'storage' | 'event' | 'call'
  readonly pallet: string
  readonly item: string
  /** The actual type, as text. */
  readonly found: string
}

interface Options {
  readonly isOptional?: true
  /** Alternative types of the value. */
  readonly or?: readonly Shape[]
}

const inPallet =
  (pallet: string) =>
  (item: string, keys: readonly Shape[], value: Shape, { isOptional, or = [] }: Options = {}): KnownItem => ({
    pallet,
    item,
    isOptional: isOptional ?? false,
    keys,
    values: [value, ...or],
  })

const system = inPallet('System')
const subtensor = inPallet('SubtensorModule')
const swap = inPallet('Swap')

/** A netuid, or from spec 320 a storage index: netuid + 4096 × mechanism. */
const NETUID = 'u16'
const UID = 'u16'
const ACCOUNT = 'account'
/** Rao or the smallest unit of a subnet's alpha. */
const AMOUNT = 'u64'
const HEIGHT = 'u64'
const OPTIONAL = { isOptional: true } as const

const u16s = vector('u16')
/** Format of shares in specs 233 to 472. */
const binaryShares = fixed('unsigned', 128, 64)
/** Format of shares from spec 397. */
const decimalShares = fields({ mantissa: 'u128', exponent: 'i64' })
const subnetName = fields({ subnet_name: BYTES })
const identityName = fields({ name: BYTES })

const account = (locks: Readonly<Record<string, Shape>>): Shape =>
  fields({ nonce: 'u32', data: fields({ free: AMOUNT, reserved: AMOUNT, ...locks }) })

/** Every storage item that the exporter reads, with its types in the metadata of specs 103 to 475. */
export const ITEMS = {
  account: system('Account', [ACCOUNT], account({ frozen: AMOUNT }), {
    or: [account({ misc_frozen: AMOUNT, fee_frozen: AMOUNT })],
  }),
  blockHash: system('BlockHash', ['u32'], 'hash'),
  lastRuntimeUpgrade: system(
    'LastRuntimeUpgrade',
    [],
    fields({ spec_version: 'compact u32', spec_name: 'str' }),
    OPTIONAL,
  ),
  now: inPallet('Timestamp')('Now', [], 'u64'),

  totalIssuance: subtensor('TotalIssuance', [], AMOUNT),
  totalStake: subtensor('TotalStake', [], AMOUNT),
  totalNetworks: subtensor('TotalNetworks', [], 'u16'),
  networksAdded: subtensor('NetworksAdded', [NETUID], 'bool'),

  subnetworkN: subtensor('SubnetworkN', [NETUID], 'u16'),
  maxAllowedUids: subtensor('MaxAllowedUids', [NETUID], 'u16'),
  maxAllowedValidators: subtensor('MaxAllowedValidators', [NETUID], 'u16'),
  tempo: subtensor('Tempo', [NETUID], 'u16'),
  lastMechanismStepBlock: subtensor('LastMechansimStepBlock', [NETUID], HEIGHT),
  immunityPeriod: subtensor('ImmunityPeriod', [NETUID], 'u16'),
  activityCutoff: subtensor('ActivityCutoff', [NETUID], 'u16'),
  activityCutoffFactorMilli: subtensor('ActivityCutoffFactorMilli', [NETUID], 'u32'),
  burn: subtensor('Burn', [NETUID], AMOUNT),
  collateralLockShare: subtensor('CollateralLockShare', [NETUID], 'u16'),
  subnetEpochConsensus: subtensor('SubnetEpochConsensus', [NETUID], names('Yuma', 'Null')),
  subnetOwner: subtensor('SubnetOwner', [NETUID], ACCOUNT),
  subnetOwnerHotkey: subtensor('SubnetOwnerHotkey', [NETUID], ACCOUNT),
  tokenSymbol: subtensor('TokenSymbol', [NETUID], BYTES),
  subnetIdentities: subtensor('SubnetIdentities', [NETUID], subnetName, OPTIONAL),
  subnetIdentitiesV2: subtensor('SubnetIdentitiesV2', [NETUID], subnetName, OPTIONAL),
  subnetIdentitiesV3: subtensor('SubnetIdentitiesV3', [NETUID], subnetName, OPTIONAL),

  subnetTao: subtensor('SubnetTAO', [NETUID], AMOUNT),
  subnetAlphaIn: subtensor('SubnetAlphaIn', [NETUID], AMOUNT),
  subnetAlphaOut: subtensor('SubnetAlphaOut', [NETUID], AMOUNT),
  totalAlphaStaked: subtensor('TotalAlphaStaked', [NETUID], AMOUNT),
  subnetTaoProvided: subtensor('SubnetTaoProvided', [NETUID], AMOUNT),
  subnetAlphaInProvided: subtensor('SubnetAlphaInProvided', [NETUID], AMOUNT),
  subnetMechanism: subtensor('SubnetMechanism', [NETUID], 'u16'),
  subnetMovingPrice: subtensor('SubnetMovingPrice', [NETUID], fixed('signed', 128, 32)),
  swapV3Initialized: swap('SwapV3Initialized', [NETUID], 'bool'),
  alphaSqrtPrice: swap('AlphaSqrtPrice', [NETUID], fixed('unsigned', 128, 64)),
  swapBalancer: swap('SwapBalancer', [NETUID], fields({ quote: 'u64' })),

  mechanismCountCurrent: subtensor('MechanismCountCurrent', [NETUID], 'u8'),
  mechanismEmissionSplit: subtensor('MechanismEmissionSplit', [NETUID], u16s, OPTIONAL),
  uids: subtensor('Uids', [NETUID, ACCOUNT], UID, OPTIONAL),
  keys: subtensor('Keys', [NETUID, UID], ACCOUNT),
  owner: subtensor('Owner', [ACCOUNT], ACCOUNT),
  delegates: subtensor('Delegates', [ACCOUNT], 'u16'),
  blockAtRegistration: subtensor('BlockAtRegistration', [NETUID, UID], HEIGHT),
  totalHotkeyStake: subtensor('TotalHotkeyStake', [ACCOUNT], AMOUNT),
  totalHotkeyAlpha: subtensor('TotalHotkeyAlpha', [ACCOUNT, NETUID], AMOUNT),
  rank: subtensor('Rank', [NETUID], u16s),
  trust: subtensor('Trust', [NETUID], u16s),
  validatorTrust: subtensor('ValidatorTrust', [NETUID], u16s),
  consensus: subtensor('Consensus', [NETUID], u16s),
  incentive: subtensor('Incentive', [NETUID], u16s),
  dividends: subtensor('Dividends', [NETUID], u16s),
  emission: subtensor('Emission', [NETUID], vector(AMOUNT)),
  lastUpdate: subtensor('LastUpdate', [NETUID], vector(HEIGHT)),
  validatorPermit: subtensor('ValidatorPermit', [NETUID], vector('bool')),
  active: subtensor('Active', [NETUID], vector('bool')),

  pruningScores: subtensor('PruningScores', [NETUID], u16s),
  minNonImmuneUids: subtensor('MinNonImmuneUids', [NETUID], 'u16'),
  immuneOwnerUidsLimit: subtensor('ImmuneOwnerUidsLimit', [NETUID], 'u16'),
  ownedHotkeys: subtensor('OwnedHotkeys', [ACCOUNT], vector(ACCOUNT)),
  registrationsThisInterval: subtensor('RegistrationsThisInterval', [NETUID], 'u16'),
  targetRegistrationsPerInterval: subtensor('TargetRegistrationsPerInterval', [NETUID], 'u16'),
  adjustmentInterval: subtensor('AdjustmentInterval', [NETUID], 'u16'),

  coldkeySwapScheduled: subtensor('ColdkeySwapScheduled', [ACCOUNT], tuple('u32', ACCOUNT), { or: ['unit'] }),
  coldkeySwapAnnouncements: subtensor('ColdkeySwapAnnouncements', [ACCOUNT], tuple('u32', 'hash'), OPTIONAL),
  coldkeySwapDisputes: subtensor('ColdkeySwapDisputes', [ACCOUNT], 'u32', OPTIONAL),
  pendingChildKeys: subtensor(
    'PendingChildKeys',
    [NETUID, ACCOUNT],
    tuple(vector(tuple('u64', ACCOUNT)), HEIGHT),
  ),
  identities: subtensor('Identities', [ACCOUNT], identityName, OPTIONAL),
  identitiesV2: subtensor('IdentitiesV2', [ACCOUNT], identityName, OPTIONAL),
  prometheus: subtensor(
    'Prometheus',
    [NETUID, ACCOUNT],
    fields({ block: HEIGHT, version: 'u32', ip: 'u128', port: 'u16', ip_type: 'u8' }),
    OPTIONAL,
  ),

  totalColdkeyStake: subtensor('TotalColdkeyStake', [ACCOUNT], AMOUNT),
  stakingHotkeys: subtensor('StakingHotkeys', [ACCOUNT], vector(ACCOUNT)),
  alpha: subtensor('Alpha', [ACCOUNT, ACCOUNT, NETUID], binaryShares),
  alphaV2: subtensor('AlphaV2', [ACCOUNT, ACCOUNT, NETUID], decimalShares),
  totalHotkeyShares: subtensor('TotalHotkeyShares', [ACCOUNT, NETUID], binaryShares),
  totalHotkeySharesV2: subtensor('TotalHotkeySharesV2', [ACCOUNT, NETUID], decimalShares),
  alphaSharePoolEpoch: subtensor('AlphaSharePoolEpoch', [ACCOUNT, NETUID], 'u64'),
  alphaShareEpoch: subtensor('AlphaShareEpoch', [ACCOUNT, ACCOUNT, NETUID], 'u64'),
  hasMigrationRun: subtensor('HasMigrationRun', [BYTES], 'bool'),
  minerCollateral: subtensor(
    'MinerCollateral',
    [NETUID, ACCOUNT, ACCOUNT],
    fields({ locked: AMOUNT }),
    OPTIONAL,
  ),
  basketRate: subtensor('BasketRate', [ACCOUNT], fixed('signed', 128, 32)),
  basketClaimed: subtensor('BasketClaimed', [ACCOUNT, ACCOUNT], 'i128'),
  basketShares: subtensor('BasketShares', [ACCOUNT], 'u64'),
} as const

/** The pallet that identifies a Subtensor chain. */
export const SUBTENSOR_PALLET = 'SubtensorModule'

/** The Substrate hashers. All are supported: Sidecar hashes keys according to the metadata. */
const HASHERS: ReadonlySet<string> = new Set([
  'Blake2_128',
  'Blake2_256',
  'Blake2_128Concat',
  'Twox128',
  'Twox256',
  'Twox64Concat',
  'Identity',
])

/**
 * Derives the layout of a runtime from its metadata. The layout keeps nothing of the metadata, which takes half a megabyte: no
 * function in it may refer to the metadata.
 */
export function layoutOf(specVersion: number, metadata: RuntimeMetadata): Layout {
  const { understood, foreign } = itemsOf(metadata)
  const inBlocks = unknownFields(metadata)
  const has = (item: KnownItem): boolean => understood.has(item) || foreign.has(item)
  return {
    specVersion,
    has,
    understands: (item) => understood.has(item),
    whyNot(known) {
      const name = `${known.pallet}.${known.item}`
      const type = foreign.get(known)
      return type === undefined
        ? `the runtime of spec ${specVersion} has no storage item ${name}`
        : `in the runtime of spec ${specVersion} ${name} has a type this exporter does not know: ${type}`
    },
    unit: has(ITEMS.totalHotkeyAlpha) ? 'alpha' : 'tao',
    price: priceFormat(metadata, has),
    blocks: blockGapsOf(inBlocks),
    unknown: [
      ...inBlocks.map(({ name, ...each }) => ({ ...each, item: name })),
      ...Array.from(foreign, ([{ pallet, item }, found]) => ({
        kind: 'storage' as const,
        pallet,
        item,
        found,
      })),
    ],
  }
}

/** The items that are read and that a runtime has: those with supported types, and others with their types as text. */
function itemsOf({ types, pallets }: RuntimeMetadata): {
  readonly understood: ReadonlySet<KnownItem>
  readonly foreign: ReadonlyMap<KnownItem, string>
} {
  const understood = new Set<KnownItem>()
  const foreign = new Map<KnownItem, string>()
  for (const item of Object.values(ITEMS)) {
    const found = pallets.get(item.pallet)?.items.get(item.item)
    if (found === undefined) continue
    if (isUnderstood(types, item, found)) understood.add(item)
    else foreign.set(item, describeItem(types, found))
  }
  return { understood, foreign }
}

function isUnderstood(types: TypeRegistry, item: KnownItem, found: ItemMetadata): boolean {
  const { isOptional, keys, values } = item
  return (
    found.isOptional === isOptional &&
    found.hashers.length === keys.length &&
    found.hashers.every((hasher) => HASHERS.has(hasher)) &&
    hasKeys(types, found.key, keys) &&
    values.some((value) => hasShape(types, found.value, value))
  )
}

/** Whether a key type matches. The key of a map with several hashers is a tuple of the same length. */
function hasKeys(types: TypeRegistry, key: string | undefined, keys: readonly Shape[]): boolean {
  const [first] = keys
  if (key === undefined || first === undefined) return key === undefined && first === undefined
  return hasShape(types, key, keys.length === 1 ? first : tuple(...keys))
}

const describeItem = (types: TypeRegistry, { isOptional, hashers, key, value }: ItemMetadata): string =>
  [
    key === undefined ? '' : `${hashers.join(' ')} ${describeType(types, key)} → `,
    describeType(types, value),
    isOptional ? ' or nothing' : '',
  ].join('')

/**
 * How the runtime stores the price (formulas and specs: chain/price.ts). An unknown kind of swap has no price instead of a
 * wrong one: with SwapSuperellipse (in the source after spec 475) the balancer's weights are obsolete.
 */
function priceFormat({ pallets }: RuntimeMetadata, has: Layout['has']): Layout['price'] {
  if (!has(ITEMS.subnetAlphaIn)) return 'none'
  if (pallets.get('Swap')?.items.has('SwapSuperellipse') === true) return 'unknown'
  if (has(ITEMS.swapBalancer)) return 'balancer'
  if (has(ITEMS.alphaSqrtPrice)) return 'square_root'
  return 'pool'
}
