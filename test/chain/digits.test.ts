import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactTokens, wholeTokensText, type RaoDigits } from '../../src/chain/digits.ts'
import { rao, wholeTokens } from '../../src/chain/money.ts'

test.each([
  ['0', 9, '0'],
  ['1', 9, '1e-9'],
  ['999', 9, '9.99e-7'],
  ['1000', 9, '0.000001'],
  ['860000', 9, '0.00086'],
  ['1000000000', 9, '1'],
  ['21500000000', 9, '21.5'],
  ['785266577834045', 9, '785266.577834045'],
  ['9712345678901234', 9, String(9712345.678901234)],
  ['1000000000000000000', 0, '1000000000000000000'],
  ['120', 0, '120'],
  ['10', 12, '1e-11'],
])('%s units with %d decimals are %s', (digits, decimals, text) => {
  expect(wholeTokensText(digits as RaoDigits, decimals)).toBe(text)
})

test('cutting digits gives what computing gives', () => {
  const amounts = fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    fc.bigInt({ min: 0n, max: 1_000_000_000_000n }),
    fc.bigInt({ min: 0n, max: 99_999n }).map((units) => units * 1_000_000n),
  )
  fc.assert(
    fc.property(amounts, fc.constantFrom(0, 6, 9, 12, 18), (units, decimals) => {
      expect(wholeTokensText(units.toString() as RaoDigits, decimals)).toBe(
        String(wholeTokens(rao(units), decimals)),
      )
    }),
    { numRuns: 20_000 },
  )
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
  expect(exactTokens(digits as RaoDigits, decimals)).toBe(text)
  expect(exactTokens(rao(BigInt(digits)), decimals)).toBe(text)
})
