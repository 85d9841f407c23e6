import { expect, test } from 'vitest'
import { exactText, exactTokens, safeUnits, type RaoDigits } from '../../src/chain/digits.ts'
import { rao } from '../../src/chain/money.ts'

test('up to 15 digits are a number', () => {
  expect(safeUnits('0' as RaoDigits)).toBe(0)
  expect(safeUnits('785266577834045' as RaoDigits)).toBe(785_266_577_834_045)
  expect(safeUnits('999999999999999' as RaoDigits)).toBe(999_999_999_999_999)
})

test('more are not: not every one of them is a float64', () => {
  expect(safeUnits('9007199254740993' as RaoDigits)).toBeUndefined()
})

test('exact amounts are rounded once', () => {
  expect(exactTokens('9712345678901234' as RaoDigits, 9)).toBe(9_712_345.678901234)
  // The halfway case: 2^53 + 1 is no float64, and a division by 10^9 on top would round a second time.
  expect(exactTokens('9007199254740993' as RaoDigits, 0)).toBe(9_007_199_254_740_992)
})

test.each([
  ['0', 9, '0'],
  ['1', 9, '0.000000001'],
  ['1000000000', 9, '1'],
  ['785266577834045', 9, '785266.577834045'],
  ['123456789012345678901234567890', 9, '123456789012345678901.23456789'],
  ['12', 0, '12'],
  ['10', 0, '10'],
])('exactly: %s units with %d decimals are %s', (digits, decimals, text) => {
  expect(exactText(digits as RaoDigits, decimals)).toBe(text)
  expect(exactText(rao(BigInt(digits)), decimals)).toBe(text)
})
