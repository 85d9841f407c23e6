import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { exampleFile } from '../../docs/generate/config-example.ts'
import { ConfigError } from '../../src/config/error.ts'
import { loadConfig } from '../../src/config/file/load.ts'
import { bounded, expectNoPollution, expectOneLine } from './hostile.ts'

afterEach(expectNoPollution)

const good = await readFile(new URL('../config/good.yml', import.meta.url), 'utf8')

const INSERTED = [
  '__proto__: { polluted: true }\n',
  'constructor: { prototype: { polluted: true } }\n',
  '<<: { polluted: true }\n',
  '\u2028',
  '\u0000',
  '\u202e',
  '{',
  ']',
  ': ',
  '- ',
  '&a ',
  '*a',
  '!!js/function ',
  "'",
  '"',
  '#',
  '\t',
  '0x10',
  '.inf',
  '9'.repeat(400),
  '\ud800',
]

/** A place in the text, what is taken out there, and what is put in. */
const damage = fc.tuple(
  fc.nat(10_000),
  fc.nat(12),
  fc.oneof(
    fc.constantFrom(...INSERTED),
    fc.string({ maxLength: 4 }),
    fc.string({ unit: 'binary', maxLength: 4 }),
  ),
)

test('a damaged file is a configuration, or faults of a line each that name their place', async () => {
  let refused = 0
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(good, exampleFile),
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      async (text, damages) => {
        const damaged = damages.reduce((text, [place, length, piece]) => {
          const at = place % (text.length + 1)
          return text.slice(0, at) + piece + text.slice(at + length)
        }, text)
        const files = (file: string) => Promise.resolve(file === 'exporter.yml' ? damaged : '{"A":"b"}')
        try {
          await loadConfig('exporter.yml', {}, files)
        } catch (error) {
          refused += 1
          expect(error).toBeInstanceOf(ConfigError)
          for (const line of (error as ConfigError).message.split('\n')) {
            expectOneLine(line)
            expect(line).toMatch(/^[^:\s]+:(\d+:\d+:)? \S|^[^:\s]+: \S/)
          }
        }
      },
    ),
    bounded(400),
  )
  expect(refused).toBeGreaterThan(100)
})
