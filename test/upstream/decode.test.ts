import { describe, expect, test } from 'vitest'
import { unitsOf } from '../../src/chain/money.ts'
import * as decode from '../../src/upstream/decode.ts'

const unscrubbed = (text: string): string => text

const ADDRESS = '5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3'

describe('what Sidecar writes is read', () => {
  test.each<[string, unknown, unknown]>([
    [
      'a u128',
      decode.unsigned('340282366920938463463374607431768211455'),
      340282366920938463463374607431768211455n,
    ],
    ['a count', decode.count('158795'), 158_795],
    ['a flag', decode.boolean(true), true],
    ['an amount', unitsOf(decode.raoAmount('9712345678901234')), 9_712_345_678_901_234n],
    ['an address', decode.address(ADDRESS), ADDRESS],
    ['fixed-point bits', decode.fixedBits({ bits: '585142560' }), 585_142_560n],
    ['nothing', decode.optional(decode.count)(null), undefined],
    ['something', decode.optional(decode.count)('3'), 3],
    ['bytes', decode.text(unscrubbed)('0x5375626e65742031'), 'Subnet 1'],
    ['Greek bytes', decode.text(unscrubbed)('0xceb1'), 'α'],
    ['no bytes', decode.text(unscrubbed)('0x'), ''],
    ['scores', decode.u16Vector(3)(['0', '65535', '7']), [0, 65_535, 7]],
    ['heights', decode.heightVector(1)(['158548']), [158_548]],
    ['amounts', decode.amountVector(1)(['18446744073709551615']), [18_446_744_073_709_551_615n]],
    ['flags', decode.booleanVector(2)([true, false]), [true, false]],
    ['a vector that is not computed', decode.u16Vector(3)([]), undefined],
    ['the vector of a subnet without neurons', decode.u16Vector(0)([]), []],
    ['a split', decode.u16List(['49151', '16384']), [49_151, 16_384]],
  ])('%s', (_, decoded, expected) => {
    expect(decoded).toEqual(expected)
  })
})

describe('anything else is refused, with what was expected and what came', () => {
  test.each<[string, () => unknown, string]>([
    [
      'a sentence',
      () => decode.raoAmount('frozen does not exist for this runtime'),
      'expected an unsigned integer as a string, got "frozen does not exist for this runtime"',
    ],
    ['a negative number', () => decode.unsigned('-1'), 'expected an unsigned integer as a string, got "-1"'],
    ['a JSON number', () => decode.unsigned(5), 'expected an unsigned integer as a string, got 5'],
    ['a fraction', () => decode.count('1.5'), 'expected a count as a string of digits, got "1.5"'],
    [
      'a count beyond 2^53',
      () => decode.count('9007199254740993'),
      'expected a count as a string of digits, got "9007199254740993"',
    ],
    ['null', () => decode.count(null), 'expected a count as a string of digits, got null'],
    ['nothing at all', () => decode.count(undefined), 'expected a count as a string of digits, got nothing'],
    ['a flag in words', () => decode.boolean('true'), 'expected true or false, got "true"'],
    [
      'a bad checksum',
      () => decode.address(`${ADDRESS.slice(0, -1)}4`),
      'expected an SS58 address, got "5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc4"',
    ],
    ['a missing field', () => decode.fixedBits({}), 'expected an object with bits, got {}'],
    [
      'text that is no hex',
      () => decode.text(unscrubbed)('Subnet'),
      'expected bytes as 0x hex, got "Subnet"',
    ],
    [
      'a short vector',
      () => decode.u16Vector(3)(['1', '2']),
      'expected 3 integers from 0 to 65535, one per neuron, got 2',
    ],
    [
      'a score beyond u16',
      () => decode.u16Vector(2)(['1', '65536']),
      'expected integers from 0 to 65535, got "65536" at index 1',
    ],
    ['a vector of numbers', () => decode.amountVector(1)([5]), 'expected amounts, got 5 at index 0'],
    [
      'a vector as hex',
      () => decode.u16Vector(4)('0x00000c07'),
      'expected an array of 4 integers from 0 to 65535, got "0x00000c07"',
    ],
    [
      'a long answer',
      () => decode.unsigned('x'.repeat(1000)),
      `expected an unsigned integer as a string, got "${'x'.repeat(59)}…`,
    ],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(message)
    expect(run).toThrow(decode.DecodeError)
  })
})

test('names that strangers chose are made harmless', () => {
  const hex = (bytes: string | Buffer) => `0x${Buffer.from(bytes).toString('hex')}`
  expect(decode.text(unscrubbed)(hex('a\nb\u0000c\u202ed\u200be'))).toBe('a b\ufffdc\ufffdd\ufffde')
  expect(decode.text(unscrubbed)(hex(Buffer.from([0x61, 0xff, 0xc3, 0x62])))).toBe('a\ufffd\ufffdb')
  expect(decode.text(unscrubbed)(hex('💥'.repeat(10_000)))).toBe(`${'💥'.repeat(127)}…`)
  expect(decode.text(unscrubbed)(hex('<script>"\\'))).toBe('<script>"\\')
})
