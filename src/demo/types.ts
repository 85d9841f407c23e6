/** The type of a storage value in Rust's notation: `Vec<u16>`, `(u32, AccountId32)`, `{free: u64}`, `FixedU128<64>`, `Yuma | Null`. */
export type TypeText = string

interface ItemType {
  readonly value: TypeText | ((spec: number) => TypeText)
  /** Whether an absent entry is null. */
  readonly optional?: true
  /** Overrides the default hashers of the key types. */
  readonly hashers?: readonly string[]
}

export const BYTES = 'Vec<u8>'
const HEIGHTS = 'Vec<u64>'
const SCORES = 'Vec<u16>'
const BINARY = 'FixedU128<64>'
const DECIMAL = '{mantissa: u128, exponent: i64}'

const strings = (...names: readonly string[]): TypeText =>
  `{${names.map((name) => `${name}: ${BYTES}`).join(', ')}}`
const SUBNET_V1 = ['subnet_name', 'github_repo', 'subnet_contact']
const SUBNET_V2 = [...SUBNET_V1, 'subnet_url', 'discord', 'description', 'additional']
const SUBNET_V3 = [...SUBNET_V1, 'subnet_url', 'discord', 'description', 'logo_url', 'additional']

const TWOX = ['Twox64Concat']
const BLAKE = ['Blake2_128Concat']
const IDENTITY = ['Identity']

/** Types of the simulated items by pallet and name, from the metadata of specs 103 to 475. */
export const ITEM_TYPES: Readonly<Record<string, ItemType>> = {
  'System.Account': {
    value: (spec) =>
      `{nonce: u32, consumers: u32, providers: u32, sufficients: u32, data: {free: u64, reserved: u64, ${
        spec <= 146 ? 'misc_frozen: u64, fee_frozen: u64' : 'frozen: u64, flags: u128'
      }}}`,
  },
  'System.BlockHash': { value: 'H256' },
  'System.LastRuntimeUpgrade': { value: '{spec_version: Compact<u32>, spec_name: str}', optional: true },
  'Timestamp.Now': { value: 'u64' },
  Owner: { value: 'AccountId32' },
  Delegates: { value: 'u16' },
  TotalIssuance: { value: 'u64' },
  TotalStake: { value: 'u64' },
  SubnetMovingPrice: { value: 'FixedI128<32>' },
  SubnetTAO: { value: 'u64' },
  SubnetTaoProvided: { value: 'u64' },
  SubnetAlphaIn: { value: 'u64' },
  SubnetAlphaInProvided: { value: 'u64' },
  SubnetAlphaOut: { value: 'u64' },
  OwnedHotkeys: { value: 'Vec<AccountId32>' },
  Stake: { value: 'u64', hashers: ['Blake2_128Concat', 'Identity'] },
  TotalHotkeyStake: { value: 'u64', hashers: IDENTITY },
  TotalColdkeyStake: { value: 'u64', hashers: IDENTITY },
  TotalHotkeyAlpha: { value: 'u64' },
  TokenSymbol: { value: BYTES },
  TotalNetworks: { value: 'u16' },
  Tempo: { value: 'u16' },
  SubnetMechanism: { value: 'u16' },
  SubnetworkN: { value: 'u16' },
  NetworksAdded: { value: 'bool' },
  IsNetworkMember: { value: 'bool' },
  NetworkRegisteredAt: { value: 'u64' },
  BlocksSinceLastStep: { value: 'u64' },
  LastMechansimStepBlock: { value: 'u64' },
  SubnetOwner: { value: 'AccountId32' },
  SubnetOwnerHotkey: { value: 'AccountId32' },
  RegistrationsThisInterval: { value: 'u16' },
  MaxAllowedUids: { value: 'u16' },
  ImmunityPeriod: { value: 'u16' },
  ActivityCutoff: { value: 'u16' },
  MaxAllowedValidators: { value: 'u16' },
  Burn: { value: 'u64' },
  Difficulty: { value: 'u64' },
  RegistrationsThisBlock: { value: 'u16' },
  TargetRegistrationsPerInterval: { value: 'u16' },
  AdjustmentInterval: { value: 'u16' },
  ImmuneOwnerUidsLimit: { value: 'u16' },
  StakeWeight: { value: SCORES },
  Uids: { value: 'u16', optional: true },
  Keys: { value: 'AccountId32' },
  Active: { value: 'Vec<bool>' },
  Rank: { value: SCORES },
  Trust: { value: SCORES },
  Consensus: { value: SCORES },
  Incentive: { value: SCORES },
  Dividends: { value: SCORES },
  Emission: { value: 'Vec<u64>' },
  LastUpdate: { value: HEIGHTS },
  ValidatorTrust: { value: SCORES },
  PruningScores: { value: SCORES },
  ValidatorPermit: { value: 'Vec<bool>' },
  BlockAtRegistration: { value: 'u64' },
  SubnetIdentities: { value: strings(...SUBNET_V1), optional: true, hashers: BLAKE },
  SubnetIdentitiesV2: { value: strings(...SUBNET_V2), optional: true, hashers: BLAKE },
  SubnetIdentitiesV3: { value: strings(...SUBNET_V3), optional: true, hashers: BLAKE },
  MinNonImmuneUids: { value: 'u16' },
  MechanismCountCurrent: { value: 'u8', hashers: TWOX },
  MechanismEmissionSplit: { value: SCORES, optional: true, hashers: TWOX },
  LastEpochBlock: { value: 'u64' },
  ActivityCutoffFactorMilli: { value: 'u32' },
  'Swap.SwapV3Initialized': { value: 'bool', hashers: TWOX },
  'Swap.AlphaSqrtPrice': { value: 'FixedU128<64>', hashers: TWOX },
  'Swap.SwapBalancer': { value: '{quote: u64}', hashers: TWOX },
  AlphaSharePoolEpoch: { value: 'u64' },
  AlphaShareEpoch: { value: 'u64' },
  HasMigrationRun: { value: 'bool', hashers: IDENTITY },
  TotalAlphaStaked: { value: 'u64' },
  CollateralLockShare: { value: 'u16' },
  SubnetEpochConsensus: { value: 'Yuma | Null' },
  MinerCollateral: {
    value: '{locked: u64, drain_ratio: FixedU128<64>, min_locked: u64, earned: u64}',
    optional: true,
  },
  BasketShares: { value: 'u64' },
  BasketRate: { value: 'FixedI128<32>' },
  BasketClaimed: { value: 'i128' },
  StakingHotkeys: { value: 'Vec<AccountId32>' },
  Alpha: { value: BINARY },
  AlphaV2: { value: DECIMAL },
  TotalHotkeyShares: { value: BINARY },
  TotalHotkeySharesV2: { value: DECIMAL },
  PendingChildKeys: { value: '(Vec<(u64, AccountId32)>, u64)' },
  Prometheus: { value: '{block: u64, version: u32, ip: u128, port: u16, ip_type: u8}', optional: true },
  ColdkeySwapScheduled: { value: (spec) => (spec < 273 ? '()' : '(u32, AccountId32)') },
  ColdkeySwapAnnouncements: { value: '(u32, H256)', optional: true, hashers: TWOX },
  ColdkeySwapDisputes: { value: 'u32', optional: true, hashers: TWOX },
  Identities: {
    value: strings('name', 'url', 'image', 'discord', 'description', 'additional'),
    optional: true,
  },
  IdentitiesV2: {
    value: strings('name', 'url', 'github_repo', 'image', 'discord', 'description', 'additional'),
    optional: true,
  },
}
