import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { misreadExtrinsic, provesDecoding } from '../../src/chain/decoding.ts'
import type { BlockBody, ChainEvent, Extrinsic } from '../../src/chain/extrinsic.ts'
import { ExtrinsicDecoding, type DecodingChange } from '../../src/upstream/decoding.ts'
import { UpstreamError } from '../../src/upstream/errors.ts'

const event = (name: string, ...data: readonly unknown[]): ChainEvent => {
  const [pallet = '', event = ''] = name.split('.')
  return { pallet, name: event, data }
}

const failed = (error: unknown) => event('system.ExtrinsicFailed', error, {})
const BAD_ORIGIN = failed({ badOrigin: null })
/** frame_system is pallet 0: here NothingAuthorized, and CallFiltered. */
const NOTHING_AUTHORIZED = failed({ module: { index: '0', error: '0x06000000' } })
const FILTERED = failed({ module: { index: '0', error: '0x05000000' } })
const OF_SUBTENSOR = failed({ module: { index: '7', error: '0x02000000' } })
const SUCCESS = event('system.ExtrinsicSuccess', {})

function extrinsic(name: string, events: readonly ChainEvent[], signer: string | null = '5Alice'): Extrinsic {
  const [pallet = '', method = ''] = name.split('.')
  const success = !events.some(({ name }) => name === 'ExtrinsicFailed')
  return {
    hash: '0x01',
    signer: signer ?? undefined,
    call: { pallet, method, args: {}, calls: {} },
    success,
    events,
  }
}

const block = (extrinsics: readonly Extrinsic[], height = 1): BlockBody => ({
  height,
  hash: '0x',
  parentHash: '0x',
  eventsBefore: [],
  extrinsics,
  eventsAfter: [],
})

/** What anybody can sign of System, with what frame_system then does. */
const HONEST: readonly (readonly [string, readonly ChainEvent[]])[] = [
  ['system.remark', [SUCCESS]],
  ['system.remark', [FILTERED]],
  ['system.remarkWithEvent', [event('system.Remarked', '5Alice', '0x02'), SUCCESS]],
  ['system.remarkWithEvent', [FILTERED]],
  ['system.applyAuthorizedUpgrade', [NOTHING_AUTHORIZED]],
  ['system.applyAuthorizedUpgrade', [event('system.CodeUpdated'), SUCCESS]],
  ['system.applyAuthorizedUpgrade', [event('system.RejectedInvalidAuthorizedUpgrade', '0x', {}), SUCCESS]],
  ...[
    ...['setHeapPages', 'setCode', 'setCodeWithoutChecks', 'setStorage', 'killStorage', 'killPrefix'],
    ...['authorizeUpgrade', 'authorizeUpgradeWithoutChecks'],
  ].map((name) => [`system.${name}`, [BAD_ORIGIN]] as const),
  // One of a newer runtime.
  ['system.doTask', [SUCCESS]],
]

/** What a decoder without the extension makes of the calls of others: their events are those of the true call. */
const MISREAD: readonly (readonly [string, readonly ChainEvent[]])[] = [
  ['system.remark', [event('system.Remarked', '5Alice', '0x02'), SUCCESS]],
  ['system.remark', [BAD_ORIGIN]],
  ['system.remarkWithEvent', [event('subtensorModule.WeightsSet', '1', '0'), SUCCESS]],
  ['system.remarkWithEvent', [OF_SUBTENSOR]],
  ['system.applyAuthorizedUpgrade', [event('utility.BatchCompleted'), SUCCESS]],
  ['system.applyAuthorizedUpgrade', [OF_SUBTENSOR]],
  ['system.killStorage', [event('balances.Transfer', '5Alice', '5Bob', '1'), SUCCESS]],
  ['system.killStorage', [failed({ token: 'FundsUnavailable' })]],
  ['system.setCode', [SUCCESS]],
]

describe('signed calls of System', () => {
  test.each(HONEST)('%s with what the runtime makes of it proves nothing: %#', (name, events) => {
    const body = block([extrinsic(name, events)])
    expect([misreadExtrinsic(body), provesDecoding(body)]).toEqual([undefined, false])
  })

  test.each(MISREAD)('%s with what another call makes is misread: %#', (name, events) => {
    const misread = extrinsic(name, events)
    expect(misreadExtrinsic(block([extrinsic('timestamp.set', [SUCCESS], null), misread]))).toBe(misread)
  })

  test('nobody can blind a Sidecar that decodes: whatever is signed of System, in any order', () => {
    const honest = fc.constantFrom(...HONEST.map(([name, events]) => extrinsic(name, events)))
    const weights = extrinsic('subtensorModule.setWeights', [event('subtensorModule.WeightsSet'), SUCCESS])
    fc.assert(
      fc.property(fc.array(fc.array(honest, { maxLength: 5 }), { maxLength: 20 }), (blocks) => {
        const decoding = new ExtrinsicDecoding('a')
        decoding.read(block([weights]))
        for (const extrinsics of blocks) decoding.read(block(extrinsics))
        expect(decoding.verdict).toBe(true)
      }),
    )
  })
})

test('a call that nobody signed has no such byte, and proves nothing', () => {
  const unsigned = block([
    extrinsic('ethereum.transact', [SUCCESS], null),
    extrinsic('system.setCode', [SUCCESS], null),
  ])
  expect([misreadExtrinsic(unsigned), provesDecoding(unsigned)]).toEqual([undefined, false])
})

describe('ExtrinsicDecoding', () => {
  const [name, events] = MISREAD[2]!
  const misread = (height: number) => block([extrinsic(name, events)], height)
  const right = (height: number) =>
    block([extrinsic('balances.transferKeepAlive', [SUCCESS]), extrinsic('system.remark', [SUCCESS])], height)
  const nothing = (height: number) => block([extrinsic('timestamp.set', [SUCCESS], null)], height)
  const error = (reason: 'undecodable' | 'status') =>
    new UpstreamError({ node: 'a', path: '/blocks/1', reason, message: 'createType(SignedBlock)' })

  function judging() {
    const changes: DecodingChange[] = []
    return { changes, decoding: new ExtrinsicDecoding('a', (change) => changes.push(change)) }
  }

  test('one block decides, either way, and what changes is told once', () => {
    const { changes, decoding } = judging()
    decoding.read(nothing(1))
    expect(decoding.verdict).toBeUndefined()
    for (const height of [2, 3]) decoding.read(misread(height))
    decoding.read(nothing(4))
    expect(decoding.verdict).toBe(false)
    for (const height of [5, 6]) decoding.read(right(height))
    expect(decoding.verdict).toBe(true)
    expect(changes).toEqual([
      {
        node: 'a',
        decodes: false,
        before: undefined,
        block: 2,
        extrinsic: { hash: '0x01', readAs: 'system.remarkWithEvent' },
      },
      { node: 'a', decodes: true, before: false, block: 5 },
    ])
  })

  test('a block that cannot be decoded decides where nothing is known', () => {
    const { changes, decoding } = judging()
    decoding.failed(7, error('status'))
    expect(decoding.verdict).toBeUndefined()
    decoding.failed(7, error('undecodable'))
    expect(changes).toEqual([
      {
        node: 'a',
        decodes: false,
        before: undefined,
        block: 7,
        error: 'a: GET /blocks/1: createType(SignedBlock)',
      },
    ])
  })

  test('of a Sidecar that decodes others it takes three in a row, as anybody can sign one', () => {
    const { decoding } = judging()
    decoding.read(right(1))
    for (const height of [2, 2, 2, 2, 3]) decoding.failed(height, error('undecodable'))
    expect(decoding.verdict).toBe(true)
    decoding.read(right(4))
    for (const height of [5, 6]) decoding.failed(height, error('undecodable'))
    decoding.read(nothing(7))
    expect(decoding.verdict).toBe(true)
    decoding.failed(8, error('undecodable'))
    expect(decoding.verdict).toBe(false)
  })
})
