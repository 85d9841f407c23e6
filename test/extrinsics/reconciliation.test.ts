import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { balanceEffects, EventError, type Balance } from '../../src/chain/balance-effect.ts'
import type { ChainEvent } from '../../src/chain/extrinsic.ts'
import { Reconciliation } from '../../src/chain/reconciliation.ts'

/**
 * A chain of its own: what operations do to three accounts, in numbers, beside the events that a runtime gives for them.
 * It knows nothing of balanceEffects.
 */
class Model {
  readonly accounts = new Map(
    ['a', 'b', 'c'].map((name) => [name, { free: 10n ** 15n, reserved: 10n ** 12n }]),
  )
  readonly events: ChainEvent[] = []

  of(name: string): { free: bigint; reserved: bigint } {
    const found = this.accounts.get(name)
    if (found === undefined) throw new Error(name)
    return found
  }

  say(name: string, ...data: readonly (string | bigint)[]): void {
    const [pallet = '', event = ''] = name.split('.')
    this.events.push({ pallet, name: event, data: data.map(String) })
  }
}

type Operation = (model: Model, who: string, whom: string, amount: bigint) => void

const OPERATIONS: Readonly<Record<string, Operation>> = {
  transfer(model, who, whom, amount) {
    model.of(who).free -= amount
    model.of(whom).free += amount
    model.say('balances.Transfer', who, whom, amount)
  },
  fee(model, who, _, amount) {
    model.of(who).free -= amount
    model.say('balances.Withdraw', who, amount + 99n)
    model.say('balances.Deposit', who, 99n)
    model.say('transactionPayment.TransactionFeePaid', who, amount, 0n)
  },
  feeInAlpha(model, who, _, amount) {
    model.say('subtensorModule.TransactionFeePaidWithAlpha', who, 1n, amount * 3n, amount)
    model.say('transactionPayment.TransactionFeePaid', who, amount, 0n)
  },
  addStake(model, who, whom, amount) {
    model.of(who).free -= amount
    model.say('balances.Withdraw', who, amount)
    model.say('subtensorModule.StakeAdded', who, whom, amount, amount * 2n, 1n)
  },
  removeStake(model, who, whom, amount) {
    model.of(who).free += amount
    model.say('balances.Deposit', who, amount)
    model.say('subtensorModule.StakeRemoved', who, whom, amount, amount * 2n, 1n)
  },
  register(model, who, whom, amount) {
    model.of(who).free -= amount
    model.say('balances.Withdraw', who, amount)
    model.say('subtensorModule.NeuronRegistered', 1n, 7n, whom)
  },
  reward(model, who, _, amount) {
    model.of(who).free += amount
    model.say('balances.Endowed', who, amount)
    model.say('balances.Deposit', who, amount)
  },
  mintAndBurn(model, who, whom, amount) {
    model.of(who).free += amount
    model.of(whom).free -= amount
    model.say('balances.Minted', who, amount)
    model.say('balances.Burned', whom, amount)
    model.say('balances.Issued', amount)
  },
  slash(model, who, _, amount) {
    model.of(who).free -= amount
    model.say('balances.Slashed', who, amount)
  },
  reserve(model, who, _, amount) {
    model.of(who).free -= amount
    model.of(who).reserved += amount
    model.say('balances.Reserved', who, amount)
  },
  unreserve(model, who, _, amount) {
    const back = amount < model.of(who).reserved ? amount : model.of(who).reserved
    model.of(who).free += back
    model.of(who).reserved -= back
    model.say('balances.Unreserved', who, back)
  },
  repatriate(model, who, whom, amount) {
    const moved = amount < model.of(who).reserved ? amount : model.of(who).reserved
    model.of(who).reserved -= moved
    model.of(whom).free += moved
    model.say('balances.ReserveRepatriated', who, whom, moved, 'Free')
  },
  // Contracts up to spec 424: the Balances pallet says nothing of what is moved or burned on hold.
  storageDeposit(model, who, whom, amount) {
    model.of(who).free -= amount
    model.of(whom).reserved += amount
    model.say('contracts.StorageDepositTransferredAndHeld', who, whom, amount)
  },
  storageRefund(model, who, whom, amount) {
    const back = amount < model.of(who).reserved ? amount : model.of(who).reserved
    model.of(who).reserved -= back
    model.of(whom).free += back
    model.say('contracts.StorageDepositTransferredAndReleased', who, whom, back)
  },
  slashedDeposit(model, who, _, amount) {
    const gone = amount < model.of(who).reserved ? amount : model.of(who).reserved
    model.of(who).reserved -= gone
    model.say('safeMode.DepositSlashed', who, gone)
  },
  // The same in runtimes whose Balances pallet has events for it.
  recordedDeposit(model, who, whom, amount) {
    model.of(who).free -= amount
    model.of(whom).reserved += amount
    model.say('balances.TransferAndHold', 'StorageDepositReserve', who, whom, amount)
    model.say('contracts.StorageDepositTransferredAndHeld', who, whom, amount)
  },
  recordedRefund(model, who, whom, amount) {
    const back = amount < model.of(who).reserved ? amount : model.of(who).reserved
    model.of(who).reserved -= back
    model.of(whom).free += back
    model.say('balances.TransferOnHold', 'StorageDepositReserve', who, whom, back)
    model.say('contracts.StorageDepositTransferredAndReleased', who, whom, back)
  },
  recordedSlash(model, who, _, amount) {
    const gone = amount < model.of(who).reserved ? amount : model.of(who).reserved
    model.of(who).reserved -= gone
    model.say('balances.BurnedHeld', 'EnterOrExtend', who, gone)
    model.say('safeMode.DepositSlashed', who, gone)
  },
  hold(model, who, _, amount) {
    model.of(who).free -= amount
    model.of(who).reserved += amount
    model.say('balances.Held', 'Preimage', who, amount)
  },
  release(model, who, _, amount) {
    const back = amount < model.of(who).reserved ? amount : model.of(who).reserved
    model.of(who).free += back
    model.of(who).reserved -= back
    model.say('balances.Released', 'Preimage', who, back)
  },
  burnOnHold(model, who, _, amount) {
    const gone = amount < model.of(who).reserved ? amount : model.of(who).reserved
    model.of(who).reserved -= gone
    model.say('balances.BurnedHeld', 'Preimage', who, gone)
  },
  frozen(model, who, _, amount) {
    model.say('balances.Frozen', who, amount)
    model.say('balances.Locked', who, amount)
  },
  dust(model, who, whom) {
    const { free } = model.of(who)
    const sent = free > 499n ? free - 499n : free
    model.of(who).free = 0n
    model.of(whom).free += sent
    model.say('balances.DustLost', who, free - sent)
    model.say('balances.Transfer', who, whom, sent)
  },
}

/** Setting a balance forgets what came before it, and what was hidden with it. */
const SETTING: Readonly<Record<string, Operation>> = {
  setBalance(model, who, _, amount) {
    model.of(who).free = amount
    model.say('balances.BalanceSet', who, amount)
  },
  setBoth(model, who, _, amount) {
    Object.assign(model.of(who), { free: amount, reserved: 5n })
    model.say('balances.BalanceSet', who, amount, 5n)
  },
}

const person = fc.constantFrom('a', 'b', 'c')
const amount = fc.bigInt(0n, 10n ** 11n)
const step = (operations: Readonly<Record<string, Operation>>) =>
  fc
    .tuple(fc.constantFrom(...Object.keys(operations)), person, person, amount, fc.boolean())
    // A dust account that sends what is left to itself is no case of the chain's.
    .filter(([name, who, whom]) => !(['dust', 'repatriate', 'mintAndBurn'].includes(name) && who === whom))

type Step = readonly [name: string, who: string, whom: string, amount: bigint, look: boolean]

function settleAll(reconciliation: Reconciliation, model: Model): void {
  for (const effect of balanceEffects(model.events.splice(0))) reconciliation.apply(effect)
  for (const [name, balance] of model.accounts) reconciliation.compare(name, { ...balance })
}

function play(
  steps: readonly Step[],
  between: (model: Model, index: number) => void,
): readonly (bigint | undefined)[] {
  const model = new Model()
  const reconciliation = new Reconciliation()
  settleAll(reconciliation, model)
  for (const [index, [name, who, whom, sum, look]] of steps.entries()) {
    // Nobody pays what he does not have.
    const most = [sum, model.of(who).free, model.of(whom).free].reduce((a, b) => (a < b ? a : b))
    const operation = { ...OPERATIONS, ...SETTING }[name]
    operation?.(model, who, whom, name in SETTING ? sum : most)
    between(model, index)
    if (look) settleAll(reconciliation, model)
  }
  settleAll(reconciliation, model)
  return ['a', 'b', 'c'].map((name) => reconciliation.unexplained(name))
}

describe('Reconciliation', () => {
  test('any sequence of operations is explained to the rao', () => {
    fc.assert(
      fc.property(fc.array(step({ ...OPERATIONS, ...SETTING }), { maxLength: 60 }), (steps) => {
        expect(play(steps, () => undefined)).toEqual([0n, 0n, 0n])
      }),
      { numRuns: 500 },
    )
  })

  test('one hidden operation shows up to the rao, and only where it was', () => {
    const hidden = fc.tuple(fc.nat(59), fc.bigInt(-(10n ** 18n), 10n ** 18n), fc.boolean())
    const steps = fc.array(step(OPERATIONS), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(steps, hidden, (steps, [at, change, reserved]) => {
        let size = 0n
        const found = play(steps, (model, index) => {
          if (index !== at % steps.length) return
          const of = model.of('b')
          const before = reserved ? of.reserved : of.free
          const after = before + change < 0n ? 0n : before + change
          of[reserved ? 'reserved' : 'free'] = after
          size = after < before ? before - after : after - before
        })
        expect(found).toEqual([0n, size, 0n])
      }),
      { numRuns: 500 },
    )
  })

  const has = (free: bigint): Balance => ({ free, reserved: 0n })
  const [deposit] = balanceEffects([{ pallet: 'balances', name: 'Deposit', data: ['a', '5'] }])

  test('a gap makes it absent until two looks have none between them', () => {
    const reconciliation = new Reconciliation()
    reconciliation.compare('a', has(100n))
    expect(reconciliation.compare('a', has(90n))).toBe(-10n)
    expect(reconciliation.unexplained('a')).toBe(10n)
    reconciliation.interrupt()
    if (deposit !== undefined) reconciliation.apply(deposit)
    expect(reconciliation.unexplained('a')).toBeUndefined()
    expect(reconciliation.compare('a', has(5000n))).toBe(0n)
    expect(reconciliation.unexplained('a')).toBeUndefined()
    if (deposit !== undefined) reconciliation.apply(deposit)
    expect(reconciliation.compare('a', has(5005n))).toBe(0n)
    expect(reconciliation.unexplained('a')).toBe(10n)
  })

  test('a gap of one account leaves the others', () => {
    const reconciliation = new Reconciliation()
    for (const name of ['a', 'b']) for (const free of [100n, 93n]) reconciliation.compare(name, has(free))
    reconciliation.interrupt('a')
    expect(['a', 'b'].map((name) => reconciliation.unexplained(name))).toEqual([undefined, 7n])
    reconciliation.compare('a', has(4n))
    reconciliation.compare('a', has(4n))
    expect(reconciliation.unexplained('a')).toBe(7n)
  })

  test('changes up and down add up, and do not take each other away', () => {
    const reconciliation = new Reconciliation()
    for (const free of [100n, 107n, 100n]) reconciliation.compare('a', has(free))
    expect(reconciliation.unexplained('a')).toBe(14n)
    reconciliation.keepOnly(new Set(['b']))
    expect(reconciliation.unexplained('a')).toBeUndefined()
  })

  test.each([
    [['a', 'b', '-1'], 'balances.Transfer: field 2 is not an amount: "-1"'],
    [['a', { id: 'b' }, '1'], 'balances.Transfer: field 1 is not an account: {"id":"b"}'],
    [['a'], 'balances.Transfer: field 2 is not an amount: undefined'],
  ])('an invalid event is rejected: %j', (data, message) => {
    expect(() => balanceEffects([{ pallet: 'balances', name: 'Transfer', data }])).toThrow(
      new EventError(message),
    )
  })
})
