import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkRpcUrl, checkSidecarUrl, durationOf, normalUrl } from '../../src/config/file/values.ts'

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

test.each([
  ['wss://entrypoint-finney.opentensor.ai:443', 'https://entrypoint-finney.opentensor.ai'],
  ['WS://127.0.0.1:9944', 'http://127.0.0.1:9944'],
  ['ws://a:80', 'http://a'],
  ['wss://a:80/Key/', 'https://a:80/Key'],
  ['http://wss.example', 'http://wss.example'],
])('%s is read at %s', (text, url) => {
  expect(checkRpcUrl(text)).toBeUndefined()
  expect(normalUrl(text)).toBe(url)
})

test.each([
  ['of a Sidecar', ['http', 'https'], (text: string) => checkSidecarUrl(text)],
  ['of a node', ['http', 'https', 'ws', 'wss'], checkRpcUrl],
])(
  'a URL %s that passes has one spelling, which passes as well and holds nothing that could be a secret',
  (_, validSchemes, checkUrl) => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.webUrl({
            withQueryParameters: true,
            withFragments: true,
            validSchemes,
          }),
          fc.string(),
        ),
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
  },
)
