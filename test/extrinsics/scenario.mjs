// What happens in the recorded blocks: calls and events as lists of their name and their arguments. Read by record.mjs.

const TAO = 1_000_000_000n
const FEE = 124_000n
const MODULE_ERROR = { Module: { index: 7, error: '0x02000000' } }
const NOT_OK = { Err: MODULE_ERROR }

export function scenario(spec, { account, multisig, derivative }) {
  const [validator, treasury, stranger, delegate] = ['validator', 'treasury', 'stranger', 'delegate'].map(
    account,
  )
  const dispatchInfo = { weight: { refTime: 1, proofSize: 0 }, class: 'Normal', paysFee: 'Yes' }
  const success = ['system.ExtrinsicSuccess', dispatchInfo]
  const failed = ['system.ExtrinsicFailed', MODULE_ERROR, dispatchInfo]
  const fee = (who) => ['balances.Withdraw', who, FEE + 10n]
  const feePaid = (who) => [
    ['balances.Deposit', who, 10n],
    ['transactionPayment.TransactionFeePaid', who, FEE, 0n],
  ]
  const inherent = { call: ['timestamp.set', 1_700_000_000_000n], events: [success] }
  /** A signed extrinsic with the events of its fee and its end around those it caused. */
  const signed = (signer, call, events, end = success) => ({
    signer,
    call,
    events: [fee(signer), ...events, ...feePaid(signer), end],
  })
  const block = (...extrinsics) => ({ extrinsics: [inherent, ...extrinsics] })
  const id = (address) => ({ Id: address })
  const transferred = (from, to, amount) => ['balances.Transfer', from, to, amount]
  const stakeAdded = (amount, coldkey = treasury) =>
    spec === 103
      ? ['subtensorModule.StakeAdded', validator, amount]
      : [
          'subtensorModule.StakeAdded',
          coldkey,
          validator,
          amount,
          amount * 2n,
          1,
          ...(spec >= 346 ? [0n] : []),
        ]
  const addStake = (amount) =>
    spec === 103
      ? ['subtensorModule.addStake', validator, amount]
      : ['subtensorModule.addStake', validator, 1, amount]
  const removeStake = (amount) =>
    spec === 103
      ? ['subtensorModule.removeStake', validator, amount]
      : ['subtensorModule.removeStake', validator, 1, amount]
  const setWeights = ['subtensorModule.setWeights', 1, [0, 1], [65_535, 7], 0]
  const badOrigin = ['system.ExtrinsicFailed', { BadOrigin: null }, dispatchInfo]
  const called = (contract) => [
    'contracts.call',
    id(contract),
    0n,
    { refTime: 1n, proofSize: 1n },
    null,
    '0x',
  ]
  const pay = (to, amount) => ['balances.transferKeepAlive', id(to), amount]

  const common = [
    block(
      signed(treasury, pay(stranger, (3n * TAO) / 2n), [transferred(treasury, stranger, (3n * TAO) / 2n)]),
    ),
    block(
      { signer: validator, call: setWeights, events: [['subtensorModule.WeightsSet', 1, 0], success] },
      signed(treasury, addStake(10n * TAO), [
        ['balances.Withdraw', treasury, 10n * TAO],
        stakeAdded(10n * TAO),
      ]),
      signed(treasury, removeStake(99n * TAO), [], failed),
    ),
    block(
      signed(stranger, pay(treasury, 7n), [transferred(stranger, treasury, 7n)]),
      signed(stranger, addStake(1n), [['balances.Withdraw', stranger, 1n], stakeAdded(1n, stranger)]),
    ),
    // A key of sudo that is also watched: root is no account, sudo_as is the account it names.
    block(
      signed(
        delegate,
        ['sudo.sudo', ['sudo.sudoAs', id(treasury), ['sudo.sudoAs', id(validator), pay(stranger, 5n)]]],
        [
          transferred(validator, stranger, 5n),
          ['sudo.SudoAsDone', { Ok: null }],
          ['sudo.SudoAsDone', { Ok: null }],
          ['sudo.Sudid', { Ok: null }],
        ],
      ),
    ),
  ]
  if (spec === 103)
    return [
      ...common,
      block(
        signed(
          treasury,
          ['balances.transfer', id(stranger), 4n * TAO],
          [['balances.DustLost', treasury, 3n], transferred(treasury, stranger, 4n * TAO)],
        ),
        signed(
          delegate,
          ['sudo.sudo', ['balances.setBalance', id(treasury), 50n * TAO, 2n * TAO]],
          [
            ['balances.BalanceSet', treasury, 50n * TAO, 2n * TAO],
            ['sudo.Sudid', { Ok: null }],
          ],
        ),
        signed(
          treasury,
          ['subtensorModule.burnedRegister', 1, validator],
          [
            ['balances.Withdraw', treasury, TAO],
            ['subtensorModule.NeuronRegistered', 1, 5, validator],
          ],
        ),
      ),
    ]

  const both = multisig(['treasury', 'delegate'], 2)
  const done = ['utility.ItemCompleted']
  const nested = [
    // Four deep: a proxy of the treasury, a batch, a batch that goes on, calls of which one fails.
    block(
      signed(
        delegate,
        [
          'proxy.proxy',
          id(treasury),
          null,
          [
            'utility.batch',
            [
              ['utility.forceBatch', [pay(stranger, 11n), pay(stranger, 10n ** 18n), pay(validator, 12n)]],
              addStake(13n),
              ['utility.batchAll', [pay(stranger, 14n), pay(stranger, 10n ** 18n)]],
              pay(stranger, 15n),
            ],
          ],
        ],
        [
          transferred(treasury, stranger, 11n),
          done,
          ['utility.ItemFailed', MODULE_ERROR],
          transferred(treasury, validator, 12n),
          done,
          ['utility.BatchCompletedWithErrors'],
          done,
          ['balances.Withdraw', treasury, 13n],
          stakeAdded(13n),
          done,
          ['utility.BatchInterrupted', 2, MODULE_ERROR],
          ['proxy.ProxyExecuted', { Ok: null }],
        ],
      ),
      // A stranger who says to be a proxy, and is none.
      signed(stranger, ['proxy.proxy', id(treasury), null, pay(stranger, 16n)], [], failed),
      // A proxy whose call fails.
      signed(
        delegate,
        ['proxy.proxy', id(treasury), null, pay(stranger, 10n ** 18n)],
        [['proxy.ProxyExecuted', NOT_OK]],
      ),
    ),
    // A multisig of the treasury and the delegate: approved by one, then called by the other.
    block(
      signed(
        treasury,
        [
          'multisig.asMulti',
          2,
          [delegate],
          null,
          ['utility.batchAll', [pay(stranger, 17n), pay(stranger, 18n)]],
          0,
        ],
        [
          ['balances.Reserved', treasury, 1000n],
          ['multisig.NewMultisig', treasury, both, `0x${'11'.repeat(32)}`],
        ],
      ),
      signed(
        delegate,
        [
          'multisig.asMulti',
          2,
          [treasury],
          { height: 1, index: 1 },
          ['utility.batchAll', [pay(stranger, 17n), ['utility.batch', [pay(stranger, 18n)]]]],
          0,
        ],
        [
          ['balances.Unreserved', treasury, 1000n],
          transferred(both, stranger, 17n),
          done,
          transferred(both, stranger, 18n),
          done,
          ['utility.BatchCompleted'],
          done,
          ['utility.BatchCompleted'],
          [
            'multisig.MultisigExecuted',
            delegate,
            { height: 1, index: 1 },
            both,
            `0x${'11'.repeat(32)}`,
            { Ok: null },
          ],
        ],
      ),
      signed(
        treasury,
        ['multisig.asMultiThreshold1', [stranger], pay(validator, 19n)],
        [transferred(multisig(['treasury', 'stranger'], 1), validator, 19n)],
      ),
    ),
    block(
      signed(
        treasury,
        ['utility.asDerivative', 258, ['utility.batchAll', [pay(stranger, 20n)]]],
        [transferred(derivative('treasury', 258), stranger, 20n), done, ['utility.BatchCompleted']],
      ),
      signed(treasury, ['utility.batchAll', [pay(stranger, 21n), removeStake(99n)]], [], failed),
      signed(
        delegate,
        [
          'sudo.sudo',
          ['utility.dispatchAs', { system: { Signed: treasury } }, ['utility.batch', [pay(stranger, 22n)]]],
        ],
        [
          transferred(treasury, stranger, 22n),
          done,
          ['utility.BatchCompleted'],
          ['utility.DispatchedAs', { Ok: null }],
          ['sudo.Sudid', { Ok: null }],
        ],
      ),
      signed(
        delegate,
        ['sudo.sudo', ['balances.forceSetBalance', id(treasury), 30n * TAO]],
        [
          ['balances.BalanceSet', treasury, 30n * TAO],
          ['sudo.Sudid', { Ok: null }],
        ],
      ),
    ),
    {
      ...block(
        signed(
          stranger,
          ['subtensorModule.transferStake', treasury, validator, 1, 1, 23n],
          [['subtensorModule.StakeTransferred', stranger, treasury, validator, 1, 1, 23n]],
        ),
        signed(treasury, removeStake(24n), [
          ['subtensorModule.StakeRemoved', treasury, validator, 12n, 24n, 1, ...(spec >= 346 ? [0n] : [])],
          ['balances.Deposit', treasury, 12n],
        ]),
      ),
      onInitialize: [['balances.Deposit', treasury, 25n]],
      onFinalize: [
        spec >= 381
          ? ['subtensorModule.ColdkeySwapped', treasury, stranger]
          : ['subtensorModule.ColdkeySwapped', treasury, stranger, 0n],
        transferred(treasury, stranger, 26n),
      ],
    },
  ]
  if (spec < 381) return [...common, ...nested]
  return [
    ...common,
    ...nested,
    block(
      signed(
        treasury,
        [
          'utility.ifElse',
          ['utility.batchAll', [pay(stranger, 27n)]],
          ['utility.ifElse', pay(stranger, 28n), pay(validator, 29n)],
        ],
        [
          transferred(treasury, stranger, 28n),
          ['utility.IfElseMainSuccess'],
          ['utility.IfElseFallbackCalled', MODULE_ERROR],
        ],
      ),
      signed(
        treasury,
        ['subtensorModule.announceColdkeySwap', `0x${'22'.repeat(32)}`],
        [['subtensorModule.ColdkeySwapAnnounced', treasury, `0x${'22'.repeat(32)}`]],
      ),
    ),
    // Deposits of a contract, of which its own events are the only record. And what anybody can sign of System.
    {
      ...block(
        signed(treasury, called(stranger), [
          ['contracts.StorageDepositTransferredAndHeld', treasury, stranger, 31n],
          ['contracts.Called', { Signed: treasury }, stranger],
        ]),
        signed(stranger, called(stranger), [
          ['contracts.StorageDepositTransferredAndReleased', stranger, treasury, 12n],
          ['contracts.Called', { Signed: stranger }, stranger],
        ]),
        signed(treasury, ['system.setHeapPages', 1n], [], badOrigin),
        signed(
          treasury,
          ['system.remarkWithEvent', '0x01'],
          [['system.Remarked', treasury, `0x${'33'.repeat(32)}`]],
        ),
      ),
      onInitialize: [['safeMode.DepositSlashed', treasury, 5n]],
    },
  ]
}
