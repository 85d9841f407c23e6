import { describe, expect, test } from 'vitest'
import type { Call, ChainEvent, Extrinsic } from '../../src/chain/extrinsic.ts'
import { operationsOf } from '../../src/chain/operations.ts'
import { account } from './blocks.ts'

const [me, other] = [account('me'), account('other')]
const ok = { ok: null }
const err = { err: { module: { index: '7', error: '0x02000000' } } }

const call = (name: string, args: Call['args'] = {}, ...inner: readonly Call[]): Call => {
  const [pallet = '', method = ''] = name.split('.')
  return { pallet, method, args, calls: inner.length === 0 ? {} : { calls: inner } }
}
const event = (name: string, ...data: readonly unknown[]): ChainEvent => {
  const [pallet = '', method = ''] = name.split('.')
  return { pallet, name: method, data }
}
const extrinsic = (outer: Call, events: readonly ChainEvent[], more: Partial<Extrinsic> = {}): Extrinsic => ({
  hash: '0x00',
  signer: me,
  call: outer,
  success: true,
  events,
  ...more,
})
const a = call('balances.transfer', { value: '1' })
const b = call('subtensorModule.addStake', { amount_staked: '2' })
const told = (of: Extrinsic): readonly string[] =>
  operationsOf(of).map(
    ({ actor, call: { method }, result }) => `${actor === me ? 'me' : 'other'} ${method} ${result}`,
  )
const COMPLETED = event('utility.ItemCompleted')
const BATCH_COMPLETED = event('utility.BatchCompleted')

describe('operationsOf', () => {
  test('what nobody signed is of nobody', () => {
    expect(told(extrinsic(call('timestamp.set'), [], { signer: undefined }))).toEqual([])
  })

  test('an empty batch is still something that was signed', () => {
    const empty = { ...call('utility.batch', { calls: [] }) }
    expect(told(extrinsic(empty, [BATCH_COMPLETED]))).toEqual(['me batch success'])
  })

  test('a call that was put away for later was not made', () => {
    expect(told(extrinsic(call('scheduler.schedule', {}, a), []))).toEqual(['me schedule success'])
  })

  test('nobody acts for another by failing to', () => {
    const proxied = call('proxy.proxy', { real: { id: other } }, a)
    expect(told(extrinsic(proxied, [], { success: false }))).toEqual(['me proxy failure'])
    const batched = call('utility.batch', {}, b, proxied, b)
    const events = [COMPLETED, event('utility.BatchInterrupted', '1', err.err)]
    expect(told(extrinsic(batched, events))).toEqual([
      'me addStake success',
      'me proxy failure',
      'me addStake skipped',
    ])
  })

  test('a proxied call that failed is a failure of the account it was for', () => {
    const proxied = call('proxy.proxy', { real: { id: other } }, call('utility.batchAll', {}, a, b))
    expect(told(extrinsic(proxied, [event('proxy.ProxyExecuted', err)]))).toEqual([
      'me proxy success',
      'other transfer failure',
      'other addStake failure',
    ])
  })

  test('events of a nested batch are not taken for those of the batch around it', () => {
    const nested = call(
      'utility.forceBatch',
      {},
      call('utility.batchAll', {}, a, a),
      call('utility.batch', {}, b, b),
      a,
    )
    const events = [
      // The first failed, and left nothing; the second was interrupted at once.
      event('utility.ItemFailed', err.err),
      event('utility.BatchInterrupted', '0', err.err),
      COMPLETED,
      COMPLETED,
      event('utility.BatchCompletedWithErrors'),
    ]
    expect(told(extrinsic(nested, events))).toEqual([
      'me transfer failure',
      'me transfer failure',
      'me addStake failure',
      'me addStake skipped',
      'me transfer success',
    ])
  })

  test('one approval of a multisig that needs more makes no call; one that fails neither', () => {
    const approve = call('multisig.asMulti', { threshold: '2' }, a)
    const pending = event('multisig.MultisigApproval', me, { height: '1', index: '1' }, other, '0x11')
    expect(told(extrinsic(approve, [pending]))).toEqual(['me asMulti success'])
    expect(told(extrinsic(approve, [], { success: false }))).toEqual(['me asMulti failure'])
    const executed = event('multisig.MultisigExecuted', me, { height: '1', index: '1' }, other, '0x11', err)
    expect(told(extrinsic(approve, [executed]))).toEqual(['me asMulti success', 'other transfer failure'])
  })

  test('a batch with an approval by hash in it finds its own events', () => {
    const batched = call(
      'utility.batchAll',
      {},
      call('multisig.asMulti', {}, a),
      call('multisig.approveAsMulti'),
    )
    const events = [
      event('multisig.MultisigExecuted', me, {}, other, '0x11', ok),
      COMPLETED,
      event('multisig.NewMultisig', me, other, '0x22'),
      COMPLETED,
      BATCH_COMPLETED,
    ]
    expect(told(extrinsic(batched, events))).toEqual([
      'me asMulti success',
      'other transfer success',
      'me approveAsMulti success',
    ])
  })

  test('an if-else that was not needed, and one whose both calls failed', () => {
    const ifElse: Call = { ...call('utility.ifElse'), calls: { main: [a], fallback: [b] } }
    expect(told(extrinsic(ifElse, [event('utility.IfElseMainSuccess')]))).toEqual(['me transfer success'])
    expect(told(extrinsic(ifElse, [], { success: false }))).toEqual([
      'me transfer failure',
      'me addStake failure',
    ])
  })

  test('as deep as the chain lets calls be nested', () => {
    let nested = a
    const events: ChainEvent[] = []
    for (let depth = 0; depth < 250; depth++) {
      nested =
        depth % 2 === 0 ? call('utility.batch', {}, nested) : call('proxy.proxy', { real: other }, nested)
      events.push(...(depth % 2 === 0 ? [COMPLETED, BATCH_COMPLETED] : [event('proxy.ProxyExecuted', ok)]))
    }
    const found = told(extrinsic(nested, events))
    expect(found.length).toBe(126)
    expect(found[0]).toBe('me proxy success')
    expect(found.at(-1)).toBe('other transfer success')
  })
})
