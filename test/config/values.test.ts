import fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationOf, normalUrl, checkUrl } from '../../src/config/file/values.ts'

test.each([
  ['12s', 12_000],
  ['500ms', 500],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['1m30s', 90_000],
  ['1h1m1s1ms', 3_661_001],
  ['0s', 0],
  ['', undefined],
  ['12', undefined],
  ['1.5s', undefined],
  ['-1s', undefined],
  ['30s1m', undefined],
  ['1 s', undefined],
  ['1S', undefined],
  ['1d', undefined],
  ['s', undefined],
  ['9999999999999999999s', undefined],
])('%s is a duration of %s ms', (text, milliseconds) => {
  expect(durationOf(text)).toBe(milliseconds)
})

test('a URL that passes has one spelling, which passes as well and holds nothing that could be a secret', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.string()),
      (text) => {
        fc.pre(checkUrl(text) === undefined)
        const url = normalUrl(text)
        expect(checkUrl(url)).toBeUndefined()
        expect(normalUrl(url)).toBe(url)
        expect(url).not.toMatch(/[?#]|\/$/)
        expect(new URL(url)).toMatchObject({ username: '', password: '', search: '', hash: '' })
      },
    ),
  )
})
