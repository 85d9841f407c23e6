import { expect, test } from 'vitest'
import { exactTokens, safeUnits, type RaoDigits } from '../../src/chain/digits.ts'

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
