import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { chain } from '../../src/collectors/chain.ts'
import { neurons } from '../../src/collectors/neurons.ts'
import { node } from '../../src/collectors/node.ts'
import { Exposition } from '../../src/metrics/exposition.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { CollectorResults } from '../../src/poll/results.ts'
import type { Outcome } from '../../src/poll/round.ts'

/** A reading with so many series, of the first family of a collector. */
const outcome = (collector: Outcome['collector'], series: number): Outcome => ({
  collector: { ...collector, isTable: collector.name === 'neurons' },
  seconds: 0,
  warnings: [],
  result: {
    data: series,
    origin: { node: 'a', block: undefined, decimals: 9 },
    contents: new Map([[collector.families[0]!.name, { chunks: [], series }]]),
  },
})

function resultsOf(maxSeries: number) {
  const exposition = new Exposition([...chain.families, ...node.families, ...neurons.families])
  const results = new CollectorResults(60_000, {
    exposition,
    self: new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, []),
    log: pino({ level: 'silent' }),
  })
  onTestFinished(() => {
    results.stop()
  })
  results.limitSeries(maxSeries)
  const failing = () =>
    results
      .status()
      .flatMap((each) => (each.success ? [] : [`${each.collector} ${each.node ?? ''}: ${each.error}`]))
  return { exposition, results, failing }
}

test('a collector fails whose series would exceed the limit, and what it published before stays', () => {
  const { exposition, results, failing } = resultsOf(100_000)
  results.record('a', [outcome(node, 60_000)])
  results.record('b', [outcome(node, 40_000)])
  expect([exposition.series, failing()]).toEqual([100_000, []])
  results.record('b', [outcome(node, 40_001)])
  expect(exposition.series).toBe(100_000)
  expect(failing()).toEqual([
    'node b: not published: with its 40001 series there would be more than limits.max_series',
  ])
  results.record('a', [outcome(node, 10)])
  results.record('b', [outcome(node, 40_001)])
  expect([exposition.series, failing()]).toEqual([40_011, []])
})

test('the neuron table comes first, whatever the order, and leaves the others at least 20,000', () => {
  const { exposition, results, failing } = resultsOf(100_000)
  results.record(undefined, [outcome(chain, 30_000), outcome(neurons, 80_000)])
  expect([exposition.series, failing()]).toEqual([
    80_000,
    ['chain : not published: with its 30000 series there would be more than limits.max_series'],
  ])
  results.record(undefined, [outcome(chain, 20_000), outcome(neurons, 100_000)])
  expect([exposition.series, failing()]).toEqual([120_000, []])
  // A table that was published before counts too.
  results.record('a', [outcome(node, 1)])
  expect(failing()).toEqual([
    'node a: not published: with its 1 series there would be more than limits.max_series',
  ])
})
