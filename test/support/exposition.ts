import { expect } from 'vitest'
import type { Decimals } from '../../src/chain/money.ts'
import type { Collector } from '../../src/collectors/define.ts'
import { gaugeText } from '../../src/metrics/text.ts'

/**
 * Asserts what a collector says of data, as the lines of an exposition without HELP and TYPE. The order of families is
 * theirs, that of samples the collector's.
 */
export function expectExposition<Data>(
  collector: Collector<unknown, never, Data>,
  data: Data,
  expected: string,
  decimals: Decimals | 'unknown' = 9,
): void {
  const samples = collector.samples(data, 'finney-a', decimals === 'unknown' ? undefined : decimals)
  const lines = Object.entries(collector.families).flatMap(([key, family]) =>
    gaugeText(family, samples.get(key) ?? [])
      .split('\n')
      .slice(2, -1),
  )
  expect(lines.join('\n')).toBe(expected.trim().replaceAll(/^ +/gm, ''))
}
