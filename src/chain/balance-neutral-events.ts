/**
 * Events that name an account but do not change a balance by themselves: if funds move, the Balances pallet emits its own
 * event. By pallet, in Sidecar's spelling. Derived from the metadata of specs 103 to 475 and the source of the pallets
 * (opentensor/subtensor at 14bc6f9f9, polkadot-sdk): they move funds with Currency::transfer, withdraw, deposit, reserve and
 * unreserve, each of which emits a Balances event, or with hold and release, which do not change free + reserved. Events
 * without an account are omitted because they cannot name a watched one.
 */
const BY_PALLET: Readonly<Record<string, readonly string[]>> = {
  // Endowed accompanies the Deposit or Transfer that endows. Locks and freezes restrict spending but move nothing.
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
    // The fee was paid in alpha.
    'TransactionFeePaidWithAlpha',
    ...['WeightsBatchRevealed', 'WeightsCommitted', 'WeightsRevealed'],
  ],
  swap: ['LiquidityAdded', 'LiquidityModified', 'LiquidityRemoved'],
  // Withdraw and Deposit carry the fee itself; this event is also emitted when no TAO moved.
  transactionPayment: ['TransactionFeePaid'],
}

export const NEUTRAL_EVENTS: ReadonlySet<string> = new Set(
  Object.entries(BY_PALLET).flatMap(([pallet, names]) => names.map((name) => `${pallet}.${name}`)),
)

/**
 * Pallets that are configured without a currency, so none of their events can record a movement of funds. Calls dispatched
 * by sudo, utility or the scheduler emit their own events.
 */
export const PALLETS_WITHOUT_CURRENCY: ReadonlySet<string> = new Set([
  ...['adminUtils', 'baseFee', 'drand', 'grandpa', 'scheduler', 'sudo', 'system', 'timestamp', 'utility'],
  ...['senateMembers', 'triumvirate', 'triumvirateMembers'],
])
