import { describe, expect, test } from 'vitest'
import type { Balance } from '../../src/chain/balance-effect.ts'
import type { BlockBody } from '../../src/chain/extrinsic.ts'
import { misreadExtrinsic } from '../../src/chain/decoding.ts'
import { keyActivity } from '../../src/chain/key-activity.ts'
import { account, PEOPLE, recordedBlocks, WATCHED } from './blocks.ts'

/** What a block has to do with the watched accounts, as lines. */
function told(body: BlockBody): readonly string[] {
  const { operations, incoming } = keyActivity(body, WATCHED)
  return [
    ...operations.map(({ actor, call: { pallet, method, args }, result }) => {
      const amount = args['value'] ?? args['amount_staked'] ?? args['amount_unstaked']
      return `${PEOPLE.get(actor) ?? actor}: ${pallet}.${method} ${typeof amount === 'string' ? `${amount} ` : ''}${result}`
    }),
    ...incoming.map(
      ({ account, event: { pallet, name } }) =>
        `${PEOPLE.get(account) ?? account} was told of in ${pallet}.${name}`,
    ),
  ]
}

const COMMON = [
  ['treasury: balances.transferKeepAlive 1500000000 success'],
  [
    'validator: subtensorModule.setWeights success',
    'treasury: subtensorModule.addStake 10000000000 success',
    'treasury: subtensorModule.removeStake 99000000000 failure',
    'validator was told of in subtensorModule.StakeAdded',
  ],
  ['treasury was told of in balances.Transfer', 'validator was told of in subtensorModule.StakeAdded'],
  [
    'delegate: sudo.sudo success',
    'delegate: sudo.sudoAs success',
    'treasury: sudo.sudoAs success',
    'validator: balances.transferKeepAlive 5 success',
  ],
]

const NESTED = [
  [
    'delegate: proxy.proxy success',
    'treasury: balances.transferKeepAlive 11 success',
    'treasury: balances.transferKeepAlive 1000000000000000000 failure',
    'treasury: balances.transferKeepAlive 12 success',
    'treasury: subtensorModule.addStake 13 success',
    'treasury: balances.transferKeepAlive 14 failure',
    'treasury: balances.transferKeepAlive 1000000000000000000 failure',
    'treasury: balances.transferKeepAlive 15 skipped',
    // A stranger who was no proxy comes between: nothing of it is the treasury's.
    'delegate: proxy.proxy success',
    'treasury: balances.transferKeepAlive 1000000000000000000 failure',
    'validator was told of in balances.Transfer',
    'validator was told of in subtensorModule.StakeAdded',
  ],
  [
    'treasury: multisig.asMulti success',
    'delegate: multisig.asMulti success',
    'multisig: balances.transferKeepAlive 17 success',
    'multisig: balances.transferKeepAlive 18 success',
    'treasury: multisig.asMultiThreshold1 success',
    'multisig-of-one: balances.transferKeepAlive 19 success',
    'validator was told of in balances.Transfer',
  ],
  [
    'treasury: utility.asDerivative success',
    'derivative: balances.transferKeepAlive 20 success',
    'treasury: balances.transferKeepAlive 21 failure',
    'treasury: subtensorModule.removeStake 99 failure',
    'delegate: sudo.sudo success',
    'delegate: utility.dispatchAs success',
    'treasury: balances.transferKeepAlive 22 success',
    'delegate: sudo.sudo success',
    'delegate: balances.forceSetBalance success',
    'treasury was told of in balances.BalanceSet',
  ],
  [
    'treasury: subtensorModule.removeStake 24 success',
    'treasury was told of in subtensorModule.StakeTransferred',
    'validator was told of in subtensorModule.StakeTransferred',
    'validator was told of in subtensorModule.StakeRemoved',
    'treasury was told of in subtensorModule.ColdkeySwapped',
    'treasury was told of in balances.Transfer',
  ],
]

const LATER = [
  ...COMMON,
  ...NESTED,
  [
    'treasury: balances.transferKeepAlive 27 failure',
    'treasury: balances.transferKeepAlive 28 success',
    'treasury: subtensorModule.announceColdkeySwap success',
  ],
  [
    'treasury: contracts.call 0 success',
    'treasury: system.setHeapPages failure',
    'treasury: system.remarkWithEvent success',
  ],
]

const SPECS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  103: [
    ...COMMON,
    [
      'treasury: balances.transfer 4000000000 success',
      'delegate: sudo.sudo success',
      'delegate: balances.setBalance success',
      'treasury: subtensorModule.burnedRegister success',
      'treasury was told of in balances.BalanceSet',
      'validator was told of in subtensorModule.NeuronRegistered',
    ],
  ],
  240: [...COMMON, ...NESTED],
  381: LATER,
  424: LATER,
  475: LATER,
}

test.each(Object.entries(SPECS))('what watched keys did in the blocks of spec %s', async (spec, expected) => {
  expect((await recordedBlocks(spec)).map(told)).toEqual(expected)
})

test.each(Object.keys(SPECS))('no extrinsic of spec %s is taken for one that was misread', async (spec) => {
  for (const body of await recordedBlocks(spec)) expect(misreadExtrinsic(body)).toBeUndefined()
})

describe('what the treasury has after each block', () => {
  const TAO = 1_000_000_000n
  const FEE = 124_000n
  const START = 100n * TAO

  async function totals(spec: string): Promise<readonly bigint[]> {
    let balance: Balance = { free: START - TAO, reserved: TAO }
    return (await recordedBlocks(spec)).map((body) => {
      for (const { account: of, apply } of keyActivity(body, WATCHED).effects)
        if (of === account('treasury')) balance = apply(balance)
      return balance.free + balance.reserved
    })
  }

  const first = START - (3n * TAO) / 2n - FEE
  const second = first - 10n * TAO - 2n * FEE

  test('spec 103: fees, stake, a transfer in, dust, a set balance and a registration', async () => {
    expect(await totals('103')).toEqual([first, second, second + 7n, second + 7n, 52n * TAO - TAO - FEE])
  })

  test.each(['240', '381', '424', '475'])('spec %s: what proxies, multisigs and hooks move', async (spec) => {
    const proxied = second + 7n - 11n - 12n - 13n
    // Reserved for the multisig and given back; two extrinsics of its own.
    const approved = proxied - 2n * FEE
    // 30 TAO free are set, and of what was reserved the 1 TAO is still there.
    const set = 31n * TAO
    const unstaked = set - FEE + 12n + 25n - 26n
    const expected = [first, second, second + 7n, second + 7n, proxied, approved, set, unstaked]
    const later = unstaked - 2n * FEE - 28n
    // A slashed deposit, a deposit of a contract and one that comes back; three extrinsics.
    const held = later - 5n - 31n + 12n - 3n * FEE
    expect(await totals(spec)).toEqual(spec === '240' ? expected : [...expected, later, held])
  })
})
