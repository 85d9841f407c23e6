import { expect, test } from 'vitest'
import type { Address } from '../../src/chain/address.ts'
import type { Call, Extrinsic } from '../../src/chain/extrinsic.ts'
import type { Scope } from '../../src/scope/scope.ts'
import { extrinsicsWith } from '../../src/collectors/extrinsics.ts'
import type { FollowerOptions } from '../../src/collectors/lib/follower.ts'
import { account, recordedBlocks } from './blocks.ts'
import { started } from '../support/collectors.ts'
import { renderedText } from '../support/exposition.ts'
import { FakeChain } from './fake.ts'

const TREASURY = account('treasury') as Address
const STRANGER = account('stranger')

type Logged = readonly [level: string, fields: Record<string, unknown>, message: string]

function watching(options: FollowerOptions = {}, watch: Pick<Partial<Scope>, 'coldkeys' | 'hotkeys'> = {}) {
  const chain = new FakeChain()
  const log: Logged[] = []
  const at = (level: string) => (fields: object, message: string) =>
    void log.push([level, { ...fields }, message])
  const collector = started(extrinsicsWith(options), {
    log: { debug: at('debug'), info: at('info'), warn: at('warn') },
  })
  const watched: Scope = {
    hotkeys: [],
    coldkeys: [{ name: 'treasury', address: TREASURY }],
    subnets: 'watched',
    maxSeries: 500_000,
    ...watch,
  }
  const warnings: string[] = []
  const poll = async (height: number): Promise<readonly string[]> => {
    const context = {
      scope: watched,
      signal: new AbortController().signal,
      warn: (message: string) => void warnings.push(message),
    }
    const text = await renderedText(collector, await collector.read(chain.view(height), context), 9)
    return text.split('\n').filter((line) => line !== '')
  }
  return { chain, log, poll, warnings }
}

const key = `address="${TREASURY}",name="treasury"`
const OPERATIONS = 'bittensor_key_extrinsics_total'
const UNEXPLAINED = `bittensor_account_unexplained_change_tao_total{${key}}`
const counts = (lines: readonly string[]) =>
  lines
    .filter((line) => line.startsWith(OPERATIONS) && !line.endsWith(' 0'))
    .map((line) => line.replace(`${OPERATIONS}{${key},`, '').replace('}', ''))

const transfer = (value: string): Call => ({
  pallet: 'balances',
  method: 'transferKeepAlive',
  args: { dest: { id: STRANGER }, value },
  calls: {},
})

const signed = (call: Call, events: Extrinsic['events'] = [], success = true): Extrinsic => ({
  hash: '0x77',
  signer: TREASURY,
  call,
  success,
  events,
})

test('nothing is asked for and nothing said while no key is watched', async () => {
  const { chain, poll } = watching({}, { coldkeys: [] })
  expect(await poll(100)).toEqual([])
  expect(await poll(110)).toEqual([])
  expect(chain.asked).toEqual([])
})

test('counters start at 0 for the calls that matter, before anything was read', async () => {
  const { poll } = watching()
  const lines = await poll(100)
  for (const result of ['success', 'failure'])
    expect(lines).toContain(
      `${OPERATIONS}{${key},pallet="balances",method="transferKeepAlive",result="${result}"} 0`,
    )
  expect(lines).toContain(`${OPERATIONS}{${key},pallet="balances",method="Transfer",result="by_others"} 0`)
  expect(lines).toContain(`${UNEXPLAINED} 0`)
  expect(lines).toContain('bittensor_followed_block_height 100')
  expect(lines).toContain('bittensor_followed_blocks_total{result="read"} 0')
  expect(lines).toContain('bittensor_followed_blocks_total{result="skipped"} 0')
})

test('counts and logs what the key signed, by itself and in a batch', async () => {
  const { chain, log, poll } = watching()
  await poll(100)
  const batch: Call = {
    pallet: 'utility',
    method: 'batch',
    args: {},
    calls: { calls: [transfer('1'), transfer('2')] },
  }
  const interrupted = { pallet: 'utility', name: 'BatchInterrupted', data: ['1', {}] }
  chain.extrinsics.set(101, [signed(transfer('5'))])
  chain.extrinsics.set(103, [
    signed(batch, [{ pallet: 'utility', name: 'ItemCompleted', data: [] }, interrupted]),
  ])
  expect(counts(await poll(104))).toEqual([
    'pallet="balances",method="transferKeepAlive",result="success" 2',
    'pallet="balances",method="transferKeepAlive",result="failure" 1',
  ])
  expect(log).toEqual([
    [
      'info',
      {
        block: 101,
        hash: '0x77',
        key: 'treasury',
        address: TREASURY,
        pallet: 'balances',
        method: 'transferKeepAlive',
        result: 'success',
        amounts: { value: '5' },
      },
      'operation of a watched key',
    ],
    ['info', expect.objectContaining({ block: 103, amounts: { value: '1' } }), expect.any(String)],
    ['info', expect.objectContaining({ block: 103, result: 'failure' }), expect.any(String)],
  ])
})

test('a failed call is logged with what the chain said', async () => {
  const { chain, log, poll } = watching()
  await poll(100)
  const error = { module: { index: '7', error: '0x02000000' } }
  chain.extrinsics.set(101, [
    signed(transfer('5'), [{ pallet: 'system', name: 'ExtrinsicFailed', data: [error, {}] }], false),
  ])
  await poll(101)
  expect(log[0]?.[1]).toMatchObject({ result: 'failure', error })
})

test('what others did is counted, and logged for those who ask for details', async () => {
  const { chain, log, poll } = watching()
  await poll(100)
  chain.free = '1007'
  const events = [{ pallet: 'balances', name: 'Transfer', data: [STRANGER, TREASURY, '7'] }]
  chain.extrinsics.set(101, [{ ...signed(transfer('7'), events), signer: STRANGER }])
  const lines = await poll(101)
  expect(counts(lines)).toEqual(['pallet="balances",method="Transfer",result="by_others" 1'])
  expect(lines).toContain(`${UNEXPLAINED} 0`)
  expect(log).toEqual([
    [
      'debug',
      expect.objectContaining({ key: 'treasury', signer: STRANGER }),
      'event in which another account affects a watched key',
    ],
  ])
})

test('a change that no event explains is counted to the rao, and told', async () => {
  const { chain, log, poll } = watching()
  await poll(100)
  chain.free = '900'
  chain.events.set(101, [{ pallet: 'balances', name: 'Withdraw', data: [TREASURY, '99'] }])
  expect(await poll(102)).toContain(`${UNEXPLAINED} 1e-9`)
  expect(log).toEqual([
    [
      'warn',
      { key: 'treasury', address: TREASURY, unexplainedRao: '-1', afterBlock: 100, block: 102 },
      'a balance changed by an amount that no event explains',
    ],
  ])
  expect(await poll(103)).toContain(`${UNEXPLAINED} 1e-9`)
})

test('a gap makes it absent, then it continues', async () => {
  const { chain, log, poll } = watching({ maxBacklog: 5 })
  await poll(100)
  chain.free = '5'
  const lines = await poll(110)
  expect(lines.filter((line) => line.startsWith(UNEXPLAINED))).toEqual([])
  expect(lines).toContain('bittensor_followed_blocks_total{result="skipped"} 5')
  expect(lines).toContain('bittensor_followed_blocks_total{result="read"} 5')
  expect(log).toEqual([
    [
      'warn',
      { blocksSkipped: 5, node: 'a', firstReason: 'more than 5 blocks behind the head', gaps: 1 },
      'blocks were skipped for the operations of the watched keys',
    ],
  ])
  expect(await poll(111)).toContain(`${UNEXPLAINED} 0`)
})

test('many blocks that are gone are one line', async () => {
  const { chain, log, poll } = watching()
  await poll(100)
  for (let height = 101; height <= 140; height++)
    chain.faults.set(height, { reason: 'block_gone', times: Infinity })
  const lines = await poll(300)
  expect(lines).toContain('bittensor_followed_blocks_total{result="skipped"} 40')
  const why = 'block 101 cannot be read: a: GET /blocks/101: no'
  expect(log).toEqual([
    [
      'warn',
      { blocksSkipped: 40, node: 'a', firstReason: why, gaps: 40 },
      'blocks were skipped for the operations of the watched keys',
    ],
  ])
})

test('balances are judged only when all blocks up to them were read', async () => {
  const { chain, poll, warnings } = watching({ budgetMs: 0 })
  await poll(100)
  chain.free = '995'
  chain.events.set(110, [{ pallet: 'balances', name: 'Withdraw', data: [TREASURY, '5'] }])
  expect(await poll(110)).toContain(`${UNEXPLAINED} 0`)
  expect(warnings).toEqual(['the blocks for the operations of the watched keys are being caught up with'])
  await poll(110)
  expect(await poll(110)).toContain(`${UNEXPLAINED} 0`)
  expect(warnings.length).toBe(2)
})

test('a Sidecar that fails in the middle of a block costs nothing and counts nothing twice', async () => {
  const { chain, poll } = watching()
  await poll(100)
  for (const height of [101, 102, 103]) chain.extrinsics.set(height, [signed(transfer('1'))])
  chain.faults.set(102, { reason: 'connect', times: 1 })
  await expect(poll(103)).rejects.toThrow('/blocks/102')
  expect(counts(await poll(103))).toEqual(['pallet="balances",method="transferKeepAlive",result="success" 3'])
})

test.each(['103', '240', '381'])(
  'the recorded blocks of spec %s, through a restart in the middle',
  async (spec) => {
    const blocks = await recordedBlocks(spec)
    const first = blocks[0]?.height ?? 0
    const { chain, poll } = watching()
    chain.body = (height) => {
      const fault = chain.faults.get(height)
      const body = blocks[height - first]
      return fault !== undefined && fault.times-- > 0
        ? FakeChain.prototype.body.call(chain, height)
        : Promise.resolve({ ...body!, hash: chain.hash(height), parentHash: chain.hash(height - 1) })
    }
    chain.faults.set(first + 2, { reason: 'connect', times: 2 })
    chain.free = String(100n * 10n ** 9n)
    await poll(first - 1)
    const head = first + blocks.length - 1
    await expect(poll(head)).rejects.toThrow()
    const found = counts(await poll(head))
    expect(found).toContain(
      'pallet="subtensorModule",method="addStake",result="success" ' + (spec === '103' ? '1' : '2'),
    )
    const transfers = { 103: 1, 240: 4, 381: 5 }[spec] ?? 0
    expect(found).toContain(`pallet="balances",method="transferKeepAlive",result="success" ${transfers}`)
  },
)

const remark: Call = { pallet: 'system', method: 'remarkWithEvent', args: { remark: '0x' }, calls: {} }

test('nothing is counted from a block with an extrinsic that cannot be what it was decoded as', async () => {
  const { chain, poll } = watching()
  await poll(100)
  chain.extrinsics.set(101, [signed(transfer('1')), signed(remark)])
  chain.extrinsics.set(102, [signed(transfer('2'))])
  const lines = await poll(102)
  expect(counts(lines)).toEqual(['pallet="balances",method="transferKeepAlive",result="success" 1'])
  expect(lines).toContain('bittensor_followed_blocks_total{result="skipped"} 1')
  expect(lines.some((line) => line.startsWith(UNEXPLAINED))).toBe(false)
})

test('while its Sidecar does not decode extrinsics, nothing is counted or exported; then everything continues', async () => {
  const { chain, log, poll } = watching()
  chain.extrinsics.set(101, [signed(transfer('1'))])
  await poll(100)
  expect(counts(await poll(101))).toHaveLength(1)
  chain.decoding.verdict = false
  chain.extrinsics.set(102, [signed(transfer('2'))])
  chain.faults.set(103, { reason: 'undecodable', times: Infinity })
  const lines = await poll(104)
  expect(lines).toEqual([
    'bittensor_followed_block_height 104',
    'bittensor_followed_blocks_total{result="read"} 1',
    'bittensor_followed_blocks_total{result="skipped"} 3',
  ])
  // A block that cannot be decoded is not asked for again, and that all this is so is logged where it is found out.
  expect(chain.asked).toEqual([101, 102, 103, 104])
  expect(log.filter(([level]) => level === 'warn')).toEqual([])
  chain.decoding.verdict = true
  chain.extrinsics.set(105, [signed(transfer('5'))])
  expect(counts(await poll(105))).toEqual(['pallet="balances",method="transferKeepAlive",result="success" 2'])
  expect(await poll(106)).toContain(`${UNEXPLAINED} 0`)
})

test('a block that cannot be decoded is asked for three times of a Sidecar that decodes others', async () => {
  const { chain, poll } = watching()
  await poll(100)
  chain.decoding.verdict = true
  chain.faults.set(101, { reason: 'undecodable', times: Infinity })
  for (let round = 0; round < 2; round++) await expect(poll(101)).rejects.toThrow('no')
  expect(await poll(101)).toContain('bittensor_followed_blocks_total{result="skipped"} 1')
  expect(chain.asked).toEqual([101, 101, 101])
})

test('an event of unknown effect that names an account makes its reconciliation unknown, and is named once', async () => {
  const { chain, log, poll } = watching()
  await poll(100)
  chain.free = '700'
  const unknown = { pallet: 'treasuries', name: 'Seized', data: [{ from: TREASURY }, '300'] }
  chain.events.set(101, [unknown, { pallet: 'treasuries', name: 'Seized', data: [STRANGER, '1'] }])
  chain.events.set(102, [unknown])
  expect((await poll(101)).some((line) => line.startsWith(UNEXPLAINED))).toBe(false)
  await poll(102)
  expect(await poll(103)).toContain(`${UNEXPLAINED} 0`)
  expect(log).toEqual([
    [
      'warn',
      { event: 'treasuries.Seized', key: 'treasury', address: TREASURY, block: 101 },
      'unknown event may have moved a balance: the account is not reconciled over blocks that have it',
    ],
  ])
  // One that only names somebody else is no reason not to judge.
  chain.events.set(104, [{ pallet: 'treasuries', name: 'Seized', data: [STRANGER, '1'] }])
  chain.free = '690'
  expect(await poll(104)).toContain(`${UNEXPLAINED} 1e-8`)
})

const DROPPED_CALLS = 'bittensor_key_extrinsics_dropped_total'
const DROPPED_LINES = 'bittensor_key_log_lines_dropped_total'

test('a key that reached the limit of methods keeps counting those it has, with each result, and those from 0', async () => {
  const { chain, poll } = watching()
  await poll(100)
  const invented = (index: number): Call => ({ pallet: 'invented', method: `m${index}`, args: {}, calls: {} })
  chain.extrinsics.set(
    101,
    Array.from({ length: 65 }, (_, index) => signed(invented(index))),
  )
  chain.extrinsics.set(102, [signed(invented(63), [], false), signed(invented(64)), signed(transfer('1'))])
  const lines = await poll(102)
  expect(counts(lines).length).toBe(64 + 2)
  expect(counts(lines)).toContain('pallet="invented",method="m63",result="success" 1')
  expect(counts(lines)).toContain('pallet="invented",method="m63",result="failure" 1')
  expect(counts(lines)).toContain('pallet="balances",method="transferKeepAlive",result="success" 1')
  expect(lines).toContain(`${DROPPED_CALLS}{reason="too_many_methods"} 2`)
  expect(lines).toContain(`${DROPPED_CALLS}{reason="invalid_name"} 0`)
})

test('the invented methods of one key leave room for those of another', async () => {
  const coldkeys = [
    { name: 'treasury', address: TREASURY },
    { name: 'other', address: STRANGER as Address },
  ]
  const { chain, poll } = watching({}, { coldkeys })
  await poll(100)
  const call = (method: string): Call => ({ pallet: 'invented', method, args: {}, calls: {} })
  const many = Array.from({ length: 100 }, (_, index) => signed(call(`m${index}`)))
  chain.extrinsics.set(101, [...many, { ...signed(call('one')), signer: STRANGER }])
  const lines = await poll(101)
  expect(lines).toContain(
    `${OPERATIONS}{address="${STRANGER}",name="other",pallet="invented",method="one",result="success"} 1`,
  )
})

test('log lines about a block are limited by level, so that events of others hide no operation', async () => {
  const { chain, log, poll } = watching()
  await poll(100)
  const from = (index: number) => ({ pallet: 'treasuries', name: `Seized${index}`, data: [TREASURY, '1'] })
  const paid = { pallet: 'balances', name: 'Transfer', data: [STRANGER, TREASURY, '0'] }
  chain.events.set(101, [
    ...Array.from({ length: 1000 }, (_, index) => from(index)),
    ...Array.from({ length: 150 }, () => paid),
  ])
  chain.extrinsics.set(101, [signed(transfer('1'))])
  const lines = await poll(101)
  const logged = (level: string) => log.filter(([of]) => of === level).length
  // The last line of a level that was cut says so.
  expect([logged('warn'), logged('info'), logged('debug')]).toEqual([101, 1, 101])
  expect(lines).toContain(`${DROPPED_LINES}{level="warn"} 900`)
  expect(lines).toContain(`${DROPPED_LINES}{level="info"} 0`)
  expect(lines).toContain(`${DROPPED_LINES}{level="debug"} 50`)
})
