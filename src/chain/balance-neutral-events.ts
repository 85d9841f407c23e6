/**
 * Events that name an account and move no balance by themselves: the Balances pallet records the move, where there is one,
 * in an event of its own. From the metadata of specs 103 to 475 and the source of the pallets (opentensor/subtensor at
 * 14bc6f9f9, polkadot-sdk): they move money with Currency::transfer, withdraw, deposit, reserve and unreserve, each of
 * which deposits a Balances event, or with hold and release, which leave free + reserved as it is. By pallet, in Sidecar's
 * spelling. Events without an account are left out: they cannot name a watched one.
 */
const BY_PALLET: Readonly<Record<string, readonly string[]>> = {
  // Endowed comes with the Deposit or Transfer that endows. Locks and freezes forbid spending what stays where it is.
  balances: ['Endowed', 'Frozen', 'Locked', 'Thawed', 'Unlocked', 'Upgraded'],
  commitments: ['Commitment', 'CommitmentRevealed', 'TimelockCommitment'],
  contracts: [
    ...['Called', 'CodeRemoved', 'CodeStored', 'ContractCodeUpdated', 'ContractEmitted', 'DelegateCalled'],
    ...['Instantiated', 'Terminated'],
  ],
  crowdloan: ['Contributed', 'Created', 'Withdrew'],
  limitOrders: ['OrderCancelled', 'OrderExecuted'],
  mevShield: ['DecryptedExecuted', 'EncryptedSubmitted', 'ExtrinsicStored'],
  multisig: ['DepositPoked', 'MultisigApproval', 'MultisigCancelled', 'MultisigExecuted', 'NewMultisig'],
  proxy: [
    ...['Announced', 'DepositPoked', 'ProxyAdded', 'ProxyRemoved', 'PureCreated', 'PureKilled'],
    'RealPaysFeeSet',
  ],
  registry: ['IdentityDissolved', 'IdentitySet'],
  safeMode: ['DepositPlaced', 'DepositReleased'],
  subtensorModule: [
    ...['AddStakeBurn', 'AllBalanceUnstakedAndTransferredToNewColdkey', 'AlphaBurned', 'AlphaRecycled'],
    ...['ArbitrationPeriodExtended', 'AutoParentDelegationEnabledSet', 'AutoStakeAdded'],
    ...['AutoStakeDestinationSet', 'AxonServed', 'BasketAlphaWrittenOff', 'BasketClaimDustSkipped'],
    ...['BasketClaimed', 'BasketDeposited', 'BasketHoldingConverted', 'BasketStakedIn', 'BasketSwapped'],
    ...['BatchWeightsCompleted', 'BetaBaselineStamped', 'CRV3WeightsCommitted', 'CRV3WeightsRevealed'],
    ...['ChainIdentitySet', 'ChildKeyTakeSet', 'ColdkeySwapAnnounced', 'ColdkeySwapCleared'],
    ...['ColdkeySwapDisputed', 'ColdkeySwapReset', 'ColdkeySwapScheduled', 'ColdkeySwapped'],
    ...['CollateralLocked', 'DelegateAdded', 'DissolveNetworkScheduled', 'EpochTriggered'],
    ...['EvmKeyAssociated', 'Faucet', 'HotkeySwapped', 'HotkeySwappedOnSubnet', 'LockMoved'],
    ...['MinCollateralSet', 'NetworkRegistrationCancelled', 'NetworkRegistrationQueued', 'NeuronRegistered'],
    ...['PerpetualLockUpdated', 'PrometheusServed', 'RejectLockedAlphaUpdated', 'RootClaimTypeSet'],
    ...['RootClaimed', 'SenateAdjusted', 'SetChildren', 'SetChildrenScheduled'],
    ...['SharePoolDenominatorReconciled', 'StakeAdded', 'StakeAndHotkeyTransferred', 'StakeLocked'],
    ...['StakeMoved', 'StakeRemoved', 'StakeSwapped', 'StakeTransferred', 'StakeUnlocked'],
    ...['SubnetLeaseCreated', 'SubnetLeaseDividendSkipped', 'SubnetLeaseDividendsDistributed'],
    ...['SubnetLeaseTerminated', 'SubnetOwnerChanged', 'SubnetOwnerHotkeySet', 'TakeDecreased'],
    ...['TakeIncreased', 'TimelockedWeightsCommitted', 'TimelockedWeightsRevealed'],
    // A fee that was paid in alpha.
    'TransactionFeePaidWithAlpha',
    ...['WeightsBatchRevealed', 'WeightsCommitted', 'WeightsRevealed'],
  ],
  swap: ['LiquidityAdded', 'LiquidityModified', 'LiquidityRemoved'],
  // The fee itself is in Withdraw and Deposit, and this event is there too when no TAO moved.
  transactionPayment: ['TransactionFeePaid'],
}

export const NEUTRAL_EVENTS: ReadonlySet<string> = new Set(
  Object.entries(BY_PALLET).flatMap(([pallet, names]) => names.map((name) => `${pallet}.${name}`)),
)

/**
 * Pallets whose configuration has no currency, so that none of their events can be the record of a move. What the calls do
 * that sudo, utility or the scheduler dispatch is in the events of those calls.
 */
export const PALLETS_WITHOUT_CURRENCY: ReadonlySet<string> = new Set([
  ...['adminUtils', 'baseFee', 'drand', 'grandpa', 'scheduler', 'sudo', 'system', 'timestamp', 'utility'],
  ...['senateMembers', 'triumvirate', 'triumvirateMembers'],
])
