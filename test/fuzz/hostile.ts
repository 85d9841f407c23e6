import fc from 'fast-check'
import { expect } from 'vitest'

/**
 * Bounds of one property: the same cases each time, unless FUZZ_SEED or FUZZ_FACTOR (times as many runs) say otherwise.
 * fast-check prints seed and path of a case that fails.
 */
export const bounded = (runs: number) => ({
  seed: Number(process.env['FUZZ_SEED'] ?? 410),
  numRuns: runs * Number(process.env['FUZZ_FACTOR'] ?? 1),
})

/** JSON texts that have broken programs before. */
const NASTY = {
  'nested deeply': `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  'objects nested deeply': `${'{"method":'.repeat(5000)}1${'}'.repeat(5000)}`,
  'a prototype': '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  'a prototype as text': '"__proto__"',
  'a long text': JSON.stringify('x'.repeat(100_000)),
  'many digits': JSON.stringify('9'.repeat(5000)),
  'beyond 16 bits': '"65536"',
  'beyond 32 bits': '"4294967296"',
  'the largest array': '"4294967295"',
  'the largest integer': '"9007199254740991"',
  'beyond 2^53': '"9007199254740993"',
  'beyond 64 bits': '"18446744073709551616"',
  'beyond 128 bits': '"340282366920938463463374607431768211456"',
  infinity: '1e999',
  'minus zero': '-0',
  'a negative integer': '"-1"',
  'an integer that is no text': '1',
  'an exponent': '"1e3"',
  nothing: 'null',
  zero: '"0"',
  'a sentence': '"frozen does not exist for this runtime"',
  'no text': '""',
  'half a byte': '"0x1"',
  'invalid UTF-8': '"0xfffe80"',
  'control characters': '"0x0a0d1b5b31m"',
  'half a character': '"\\ud800"',
  'several lines': '"a\\r\\nb\\u2028c\\u0000"',
  HTML: '"<script>alert(1)</script>"',
  'an address': '"5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM"',
  'an empty array': '[]',
  'an empty object': '{}',
  'negative bits': '{"bits":"-1"}',
} as const

const isNasty = (name: string): name is keyof typeof NASTY => Object.hasOwn(NASTY, name)

/** The name of a nasty text, or JSON. Named, because a case that fails is printed. */
const hostileText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...Object.keys(NASTY)) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
)

const valueOf = (text: string): unknown => JSON.parse(isNasty(text) ? NASTY[text] : text) as unknown

/** Calls in calls, as a Sidecar would write a batch of batches. */
export function nestedCalls(depth: number): unknown {
  let call: unknown = { method: { pallet: 'system', method: 'remark' }, args: {} }
  for (let level = 0; level < depth; level++)
    call = { method: { pallet: 'utility', method: 'batch' }, args: { calls: [call] } }
  return call
}

/** Any JSON value, as JSON.parse gives it. */
export const hostile: fc.Arbitrary<unknown> = hostileText.map(valueOf)

/** One change to a right JSON value. */
export interface Mutation {
  /** Which child to go down to, again and again; as far as there are children. */
  readonly path: readonly number[]
  readonly change: 'replace' | 'drop' | 'repeat' | 'add'
  readonly text: string
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  path: fc.array(fc.nat(20), { maxLength: 5 }),
  change: fc.constantFrom('replace', 'replace', 'drop', 'repeat', 'add'),
  text: hostileText,
})

/** The value with one thing in it changed. What it is made of is not touched. */
export function mutated(right: unknown, { path, change, text }: Mutation): unknown {
  const [first, ...rest] = path
  const entries = typeof right === 'object' && right !== null ? Object.entries(right) : []
  if (first === undefined || entries.length === 0) return valueOf(text)
  const [name] = entries[first % entries.length] as [string, unknown]
  const isLast = rest.length === 0
  const changed = entries.flatMap(([key, value]): [string, unknown][] => {
    if (key !== name) return [[key, value]]
    if (!isLast) return [[key, mutated(value, { path: rest, change, text })]]
    if (change === 'replace') return [[key, valueOf(text)]]
    if (change === 'drop') return []
    return [
      [key, value],
      [change === 'repeat' ? `${key}2` : '__proto__', change === 'repeat' ? value : valueOf(text)],
    ]
  })
  return Array.isArray(right) ? changed.map(([, value]) => value) : Object.fromEntries(changed)
}

/** What nothing that comes from outside may have done. */
export function expectNoPollution(): void {
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  expect(([] as unknown as Record<string, unknown>)['polluted']).toBeUndefined()
}

/** A message for a log: one line, of a length that can be read. */
export function expectOneLine(message: string): void {
  expect(message).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
  expect(message.length).toBeLessThan(1000)
}
