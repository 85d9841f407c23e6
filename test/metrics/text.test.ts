import fc from 'fast-check'
import { Gauge, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import type { Family, Sample } from '../../src/metrics/define.ts'
import { registryText } from '../../src/metrics/registry-text.ts'
import { familyHeader, sampleLines } from '../../src/metrics/text.ts'

/** The same family and samples as prom-client writes them. */
async function byPromClient(
  help: string,
  labels: readonly string[],
  samples: readonly Sample[],
): Promise<string> {
  const registry = new Registry()
  const theirs = new Gauge({ name: 'bittensor_test', help, labelNames: [...labels], registers: [registry] })
  if (labels.length === 0) theirs.remove()
  for (const { labels: values, value } of samples)
    theirs.set(Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ''])), value)
  return `${await registry.getSingleMetricAsString('bittensor_test')}\n`
}

const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(
    0,
    1,
    1e-9,
    1e21,
    123456789.123456789,
    2 ** 53,
    0.1 + 0.2,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
  ),
)
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\\', '\n', '"', 'n', '{', '}', ',', '=', ' ', 'α', '💥', '\u202e', '\0'),
  }),
)

const familyOf = (help: string, labels: readonly string[] = []): Family => ({
  name: 'bittensor_test',
  type: 'gauge',
  help,
  labels,
})

const textOf = (family: Family, said: readonly Sample[]) =>
  familyHeader(family.name, family.help, family.type, 'text') + sampleLines(family, said)

describe('a family of gauges', () => {
  test('writes what prom-client writes', async () => {
    const labels = ['netuid', 'name', 'symbol']
    // The first label tells samples apart: prom-client takes samples for one whose labels, run together, are equal.
    const samples = fc.array(fc.tuple(text, text, value), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(samples, text, async (drawn, suffix) => {
        const help = `Help${suffix}`
        const said = drawn.map(([name, symbol, value], index) => ({
          labels: [String(index), name, symbol],
          value,
        }))
        const ours = textOf(familyOf(help, labels), said)
        expect(ours).toBe(await byPromClient(help, labels, said))
      }),
      { numRuns: 500 },
    )
  })

  test('writes a family without labels', async () => {
    const said = [{ labels: [], value: 158_795 }]
    expect(textOf(familyOf('Help.'), said)).toBe(await byPromClient('Help.', [], said))
  })
})

describe('registryText', () => {
  test('names counters as each format wants them, time after time', async () => {
    const { Counter } = await import('prom-client')
    const registry = new Registry()
    new Counter({ name: 'tries_total', help: 'Tries.', registers: [registry] }).inc(3)
    new Gauge({ name: 'nothing', help: 'Not set.', labelNames: ['a'], registers: [registry] })
    const openmetrics = '# HELP tries Tries.\n# TYPE tries counter\ntries_total 3\n'
    const plain = '# HELP tries_total Tries.\n# TYPE tries_total counter\ntries_total 3\n'
    expect(await registryText(registry, 'openmetrics')).toBe(openmetrics)
    expect(await registryText(registry, 'text')).toBe(plain)
    expect(await registryText(registry, 'openmetrics')).toBe(openmetrics)
  })

  test('writes what prom-client writes of a histogram', async () => {
    const { Histogram } = await import('prom-client')
    const registry = new Registry()
    const histogram = new Histogram({
      name: 'wait_seconds',
      help: 'Wait.',
      labelNames: ['node'],
      buckets: [0.1, 1],
      registers: [registry],
    })
    for (const seconds of [0.05, 0.5, 5]) histogram.observe({ node: 'a"b' }, seconds)
    const lines = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) =>
          line.replace(/\{(.*)\}/, (_, inner: string) => `{${inner.split(',').sort().join(',')}}`),
        )
    expect(lines(await registryText(registry, 'text'))).toEqual(lines(await registry.metrics()))
  })
})
