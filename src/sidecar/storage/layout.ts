import type { StorageItem } from '../client.ts'

/**
 * Which storage items the runtime of a spec version has, and with them which of the chain's ways to keep a thing it
 * uses. The items are asked for (`/pallets/…/storage?onlyIds=true`), never derived from the number: test networks and
 * new releases carry numbers that tell nothing.
 */
export interface Layout {
  readonly specVersion: number
  has(item: StorageItem): boolean
  /** Stake and emission in TAO (specs to 232) or in each subnet's alpha (from 233). */
  readonly unit: 'tao' | 'alpha'
  /** How the price of alpha is kept: not at all, by the pool's reserves, a square root, or a balancer's weights. */
  readonly price: 'none' | 'pool' | 'square_root' | 'balancer' | 'unknown'
}

const item = (pallet: string) => (name: string) => ({ pallet, item: name }) satisfies StorageItem
const subtensor = item('SubtensorModule')
const swap = item('Swap')

/** Every storage item that is read, by its name in the metadata. */
export const ITEMS = {
  account: item('System')('Account'),
  blockHash: item('System')('BlockHash'),
  now: item('Timestamp')('Now'),

  totalIssuance: subtensor('TotalIssuance'),
  totalStake: subtensor('TotalStake'),
  totalNetworks: subtensor('TotalNetworks'),
  networksAdded: subtensor('NetworksAdded'),

  subnetworkN: subtensor('SubnetworkN'),
  maxAllowedUids: subtensor('MaxAllowedUids'),
  tempo: subtensor('Tempo'),
  lastMechanismStepBlock: subtensor('LastMechansimStepBlock'),
  immunityPeriod: subtensor('ImmunityPeriod'),
  activityCutoff: subtensor('ActivityCutoff'),
  activityCutoffFactorMilli: subtensor('ActivityCutoffFactorMilli'),
  burn: subtensor('Burn'),
  collateralLockShare: subtensor('CollateralLockShare'),
  subnetEpochConsensus: subtensor('SubnetEpochConsensus'),
  subnetOwner: subtensor('SubnetOwner'),
  subnetOwnerHotkey: subtensor('SubnetOwnerHotkey'),
  tokenSymbol: subtensor('TokenSymbol'),
  subnetIdentities: subtensor('SubnetIdentities'),
  subnetIdentitiesV2: subtensor('SubnetIdentitiesV2'),
  subnetIdentitiesV3: subtensor('SubnetIdentitiesV3'),

  subnetTao: subtensor('SubnetTAO'),
  subnetAlphaIn: subtensor('SubnetAlphaIn'),
  subnetAlphaOut: subtensor('SubnetAlphaOut'),
  totalAlphaStaked: subtensor('TotalAlphaStaked'),
  subnetTaoProvided: subtensor('SubnetTaoProvided'),
  subnetAlphaInProvided: subtensor('SubnetAlphaInProvided'),
  subnetMechanism: subtensor('SubnetMechanism'),
  subnetMovingPrice: subtensor('SubnetMovingPrice'),
  swapV3Initialized: swap('SwapV3Initialized'),
  alphaSqrtPrice: swap('AlphaSqrtPrice'),
  swapBalancer: swap('SwapBalancer'),
  swapSuperellipse: swap('SwapSuperellipse'),

  mechanismCountCurrent: subtensor('MechanismCountCurrent'),
  mechanismEmissionSplit: subtensor('MechanismEmissionSplit'),
  uids: subtensor('Uids'),
  keys: subtensor('Keys'),
  owner: subtensor('Owner'),
  delegates: subtensor('Delegates'),
  blockAtRegistration: subtensor('BlockAtRegistration'),
  totalHotkeyStake: subtensor('TotalHotkeyStake'),
  totalHotkeyAlpha: subtensor('TotalHotkeyAlpha'),
  rank: subtensor('Rank'),
  trust: subtensor('Trust'),
  validatorTrust: subtensor('ValidatorTrust'),
  consensus: subtensor('Consensus'),
  incentive: subtensor('Incentive'),
  dividends: subtensor('Dividends'),
  emission: subtensor('Emission'),
  lastUpdate: subtensor('LastUpdate'),
  validatorPermit: subtensor('ValidatorPermit'),
  active: subtensor('Active'),

  pruningScores: subtensor('PruningScores'),
  minNonImmuneUids: subtensor('MinNonImmuneUids'),
  immuneOwnerUidsLimit: subtensor('ImmuneOwnerUidsLimit'),
  ownedHotkeys: subtensor('OwnedHotkeys'),
  registrationsThisInterval: subtensor('RegistrationsThisInterval'),
  targetRegistrationsPerInterval: subtensor('TargetRegistrationsPerInterval'),
  adjustmentInterval: subtensor('AdjustmentInterval'),

  coldkeySwapScheduled: subtensor('ColdkeySwapScheduled'),
  coldkeySwapAnnouncements: subtensor('ColdkeySwapAnnouncements'),
  coldkeySwapDisputes: subtensor('ColdkeySwapDisputes'),
  pendingChildKeys: subtensor('PendingChildKeys'),
  identities: subtensor('Identities'),
  identitiesV2: subtensor('IdentitiesV2'),
  prometheus: subtensor('Prometheus'),

  totalColdkeyStake: subtensor('TotalColdkeyStake'),
  stakingHotkeys: subtensor('StakingHotkeys'),
  alpha: subtensor('Alpha'),
  alphaV2: subtensor('AlphaV2'),
  totalHotkeyShares: subtensor('TotalHotkeyShares'),
  totalHotkeySharesV2: subtensor('TotalHotkeySharesV2'),
  alphaSharePoolEpoch: subtensor('AlphaSharePoolEpoch'),
  alphaShareEpoch: subtensor('AlphaShareEpoch'),
  hasMigrationRun: subtensor('HasMigrationRun'),
  minerCollateral: subtensor('MinerCollateral'),
  basketRate: subtensor('BasketRate'),
  basketClaimed: subtensor('BasketClaimed'),
  basketShares: subtensor('BasketShares'),
} as const

/** The pallets whose items decide the layout; the first must be there, or this is no Subtensor chain. */
export const LAYOUT_PALLETS = ['SubtensorModule', 'Swap'] as const

/** The layout of a runtime with these items. Pallets it was not asked for (System, Timestamp) every runtime has. */
export function layoutOf(specVersion: number, items: ReadonlyMap<string, ReadonlySet<string>>): Layout {
  const has = ({ pallet, item: name }: StorageItem): boolean =>
    items.get(pallet)?.has(name) ?? pallet !== 'Swap'
  return { specVersion, has, unit: has(ITEMS.totalHotkeyAlpha) ? 'alpha' : 'tao', price: priceKept(has) }
}

/** Formulas and their specs: chain/price.ts. A swap of a kind that is not known gives no price, rather than a wrong one. */
function priceKept(has: (item: StorageItem) => boolean): Layout['price'] {
  if (!has(ITEMS.subnetAlphaIn)) return 'none'
  if (has(ITEMS.swapSuperellipse)) return 'unknown'
  if (has(ITEMS.swapBalancer)) return 'balancer'
  if (has(ITEMS.alphaSqrtPrice)) return 'square_root'
  return 'pool'
}
