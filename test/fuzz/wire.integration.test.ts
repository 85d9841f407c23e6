import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import * as blocks from '../../src/upstream/sidecar/blocks.ts'
import * as metadata from '../../src/upstream/sidecar/metadata-wire.ts'
import * as decode from '../../src/upstream/decode.ts'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { UpstreamError } from '../../src/upstream/errors.ts'
import * as wire from '../../src/upstream/sidecar/wire.ts'
import * as list from '../../src/storage/list.ts'
import { bounded, expectNoPollution, expectOneLine, hostile, nestedCalls } from './hostile.ts'

afterEach(expectNoPollution)

/** Every decoder, made with every kind of argument it takes. */
const DECODERS: Readonly<Record<string, decode.Decoder<unknown>>> = {
  ...Object.fromEntries(
    (
      [
        'unsigned',
        'signed',
        'count',
        'u16',
        'u8',
        'boolean',
        'raoAmount',
        'address',
        'hash',
        'fixedBits',
        'text',
        'variant',
        'digits',
        'u16List',
      ] as const
    ).map((name) => [name, decode[name]]),
  ),
  alphaAmount: decode.alphaAmount(1),
  field: (value) => decode.field(value, 'bits'),
  optional: decode.optional(decode.count),
  ...Object.fromEntries(
    (
      ['u16Vector', 'scoreVector', 'heightVector', 'digitsVector', 'amountVector', 'booleanVector'] as const
    ).map((name) => [name, decode[name](2)]),
  ),
  list: list.list(decode.count),
  perNeuron: list.perNeuron(2, decode.unsigned),
  pair: list.pair(decode.count, decode.address),
}

test('every decoder is fuzzed', () => {
  const functions = [...Object.keys(decode), ...Object.keys(list)].filter((name) => name !== 'DecodeError')
  expect(Object.keys(DECODERS).toSorted()).toEqual(functions.toSorted())
})

test.each(Object.entries(DECODERS))('%s decodes, or refuses in one line', (_, decoder) => {
  fc.assert(
    fc.property(fc.oneof(hostile, fc.array(hostile, { minLength: 2, maxLength: 2 })), (value) => {
      try {
        decoder(value)
      } catch (error) {
        expect(error).toBeInstanceOf(decode.DecodeError)
        expectOneLine((error as Error).message)
      }
    }),
    bounded(300),
  )
})

const SCHEMAS = Object.entries<unknown>({ ...wire, ...blocks, ...metadata }).filter(
  (entry): entry is [string, z.ZodType] =>
    typeof entry[1] === 'object' && entry[1] !== null && 'safeParse' in entry[1],
)

describe('every schema parses, or refuses', () => {
  test('and there are schemas', () => {
    expect(SCHEMAS.length).toBeGreaterThan(7)
  })

  test.each(SCHEMAS)('%s', (_, schema) => {
    fc.assert(
      fc.property(hostile, (value) => {
        schema.safeParse(value)
      }),
      bounded(300),
    )
  })
})

/** A block with one extrinsic of these arguments, as Sidecar answers. */
const blockWith = (args: unknown) => ({
  number: '5',
  hash: `0x${'05'.repeat(32)}`,
  parentHash: `0x${'04'.repeat(32)}`,
  finalized: true,
  onInitialize: { events: [] },
  onFinalize: { events: [] },
  extrinsics: [
    {
      method: { pallet: 'utility', method: 'batch' },
      args,
      hash: `0x${'01'.repeat(32)}`,
      signature: { signer: { id: '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM' } },
      events: [],
      success: true,
    },
  ],
})

const bodyWith = (args: unknown) => {
  const http = {
    node: 'a',
    state: { node: 'a', circuitOpen: false },
    scrub: (text: string) => text,
    get: () => Promise.resolve(blockWith(args)),
    close: () => Promise.resolve(),
  }
  return sidecarClient(http).blockBody(5, new AbortController().signal)
}

describe('arguments of extrinsics', () => {
  test('are read, or refused in one line, whatever they are', async () => {
    const calls = fc.nat(40).map((depth) => ({ calls: [nestedCalls(depth)] }))
    await fc.assert(
      fc.asyncProperty(fc.oneof(hostile, calls, fc.dictionary(fc.string(), hostile)), async (args) => {
        try {
          await bodyWith(args)
        } catch (error) {
          expect(error).toBeInstanceOf(UpstreamError)
          expectOneLine((error as Error).message)
        }
      }),
      bounded(300),
    )
  })

  test('have the arguments that were sent, and no prototype of anybody', async () => {
    const args = JSON.parse('{"__proto__":{"dest":"mine"},"value":"1"}') as unknown
    const { extrinsics } = await bodyWith(args)
    expect(extrinsics[0]!.call.args['dest']).toBeUndefined()
    expect(extrinsics[0]!.call.args['value']).toBe('1')
  })

  test('deeper than any chain decodes are a wrong shape, and no end of the stack', async () => {
    const error: unknown = await bodyWith({ calls: [nestedCalls(20_000)] }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'UpstreamError', reason: 'shape' })
    expectOneLine((error as Error).message)
  })
})
