import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { chain } from '../../src/collectors/chain.ts'
import { node } from '../../src/collectors/node.ts'
import { Exposition } from '../../src/metrics/exposition.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { CollectorResults } from '../../src/poll/results.ts'
import type { Outcome } from '../../src/poll/round.ts'

const block = (height: number) => ({ height, hash: `0x${String(height).padStart(64, '0')}` })

const read = (collector: Outcome['collector'], name: string, height?: number): Outcome => ({
  collector,
  seconds: 0,
  warnings: [],
  result: {
    data: `of ${name}`,
    origin: { node: name, block: height === undefined ? undefined : block(height), decimals: 9 },
    contents: new Map(),
  },
})

function boardOf(): CollectorResults {
  const results = new CollectorResults(60_000, {
    exposition: new Exposition([...chain.families, ...node.families]),
    self: new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, []),
    log: pino({ level: 'silent' }),
  })
  onTestFinished(() => {
    results.stop()
  })
  return results
}

test('what was read last is known, of the chain and of each node', () => {
  const results = boardOf()
  expect(results.latest.newest()).toBeUndefined()
  results.record(undefined, [read(chain, 'a', 7)])
  results.record('a', [read(node, 'a')])
  results.record('b', [read(node, 'b')])
  results.record(undefined, [read(chain, 'b', 8)])
  expect(results.latest.of(chain)).toMatchObject({ data: 'of b', node: 'b', block: { height: 8 } })
  expect(results.latest.newest()).toMatchObject({ node: 'b', block: { height: 8 }, decimals: 9 })
  expect(results.latest.of(node, 'a')?.data).toBe('of a')
  expect(results.latest.of(node, 'c')).toBeUndefined()
})

test('a collector that fails keeps what it read, as it keeps its samples', () => {
  const results = boardOf()
  results.record(undefined, [read(chain, 'a', 7)])
  results.record(undefined, [
    { collector: chain, seconds: 0, warnings: [], result: { error: new Error('no answer') } },
  ])
  expect(results.latest.of(chain)?.data).toBe('of a')
})

test('what is not wanted any more is forgotten', () => {
  const results = boardOf()
  results.record('a', [read(node, 'a')])
  results.record('b', [read(node, 'b')])
  results.forget((_collector, name) => name === 'b')
  expect([results.latest.of(node, 'a')?.data, results.latest.of(node, 'b')]).toEqual(['of a', undefined])
})
