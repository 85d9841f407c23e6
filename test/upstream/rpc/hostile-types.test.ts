import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../../src/upstream/decode.ts'
import { Input } from '../../../src/upstream/rpc/registry/input.ts'
import { TypeDecoders, type Type } from '../../../src/upstream/rpc/registry/types.ts'

const U32 = 4_294_967_295

/** A decoder of the first of these types. */
const decoderOf = (...defs: readonly Type['def'][]) => {
  const types = defs.map((def, id): Type => ({ id, path: [], params: [], def, docs: [] }))
  const all = new Map(types.map((type) => [type.id, type]))
  return new TypeDecoders(all, (account) => account, undefined).of(0)
}

const unit: Type['def'] = { tag: 'tuple', value: [] }
const array = (type: number, len: number): Type['def'] => ({ tag: 'array', value: { len, type } })
const vector = (value: number): Type['def'] => ({ tag: 'sequence', value })
const u8: Type['def'] = { tag: 'primitive', value: { tag: 'u8', value: undefined } }

describe('metadata cannot make a few bytes into a large value', () => {
  test.each<[string, readonly Type['def'][]]>([
    ['an array of nothing', [array(1, U32), unit]],
    ['arrays of arrays of nothing', [array(1, 65_535), array(2, 65_535), unit]],
    ['an array of empty arrays', [array(1, U32), array(2, 0), u8]],
    ['a vector of arrays of nothing', [vector(1), array(2, U32), unit]],
    ['an array of numbers', [array(1, U32), { tag: 'primitive', value: { tag: 'u16', value: undefined } }]],
    ['an array of bytes', [array(1, U32), u8]],
    ['an array of itself', [array(0, U32)]],
    ['a tuple of itself', [{ tag: 'tuple', value: [0, 0] }]],
  ])('%s', (_, defs) => {
    const decode = decoderOf(...defs)
    expect(() => decode(new Input(Buffer.from([4, 1, 2, 3])))).toThrow(DecodeError)
  })

  test('types in types beyond any runtime are an error, and no overflow of the stack', () => {
    const chain = Array.from({ length: 10_000 }, (_, id): Type['def'] => ({
      tag: 'tuple',
      value: [id + 1, id + 1],
    }))
    expect(() => decoderOf(...chain, u8)).toThrow(new DecodeError('the metadata nests types too deeply'))
  })
})

test('values without bytes are decoded as long as they are few', () => {
  expect(decoderOf(array(1, 3), unit)(new Input(Buffer.alloc(0)))).toEqual([null, null, null])
  expect(decoderOf(array(1, 2), array(2, 0), u8)(new Input(Buffer.alloc(0)))).toEqual(['0x', '0x'])
})
