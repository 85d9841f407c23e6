import { Counter, Histogram, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { MALFORMED_LINES, MALFORMED_TEXTS, SAMPLE_LINES } from './exposition-cases.ts'
import { parseExposition, parseSample, samplesOf, seriesOf, valueOf } from './parse-exposition.ts'

describe('a sample line', () => {
  test.each(SAMPLE_LINES)('%s', (line, name, labels, value) => {
    const sample = parseSample(line)
    expect([sample.name, Object.fromEntries(sample.labels), sample.value]).toEqual([name, labels, value])
    expect(sample).not.toHaveProperty('timestamp')
  })

  test('has a timestamp after its value', () => {
    expect(parseSample('a{x="1"} 3 1395066363000')).toMatchObject({ value: 3, timestamp: 1_395_066_363_000 })
    expect(parseSample('a 3 -3982045')).toMatchObject({ value: 3, timestamp: -3_982_045 })
  })

  test('keeps series and value as written', () => {
    expect(parseSample('a{x="1",y="\\n"} 0.10 5')).toMatchObject({ series: 'a{x="1",y="\\n"}', text: '0.10' })
  })

  test.each(MALFORMED_LINES)('%s is rejected: %s', (line, message) => {
    expect(() => parseSample(line)).toThrow(message)
  })
})

describe('an exposition', () => {
  test('has families with HELP and TYPE, and samples; comments and empty lines are ignored', () => {
    const text = [
      '# A comment',
      '#HELP is a comment without a blank',
      String.raw`# HELP a Two\nlines, a \\ and "quotes".`,
      '# TYPE a gauge',
      '',
      'a{x="1"} 1',
      '\t',
      'a{x="2"} 2',
      '# TYPE b_total counter',
      'b_total 3',
      '# HELP c',
      '# EOF',
      '',
    ].join('\n')
    const { families, samples } = parseExposition(text)
    expect([...families]).toEqual([
      ['a', { help: 'Two\nlines, a \\ and "quotes".', type: 'gauge' }],
      ['b_total', { type: 'counter' }],
      ['c', { help: '' }],
    ])
    expect(samples.map(({ series, value }) => [series, value])).toEqual([
      ['a{x="1"}', 1],
      ['a{x="2"}', 2],
      ['b_total', 3],
    ])
  })

  test('is empty', () => {
    expect(parseExposition('').samples).toEqual([])
  })

  test.each(MALFORMED_TEXTS)('%j is rejected: %s', (text, message) => {
    expect(() => parseExposition(text)).toThrow(message)
  })

  test('that prom-client writes is read as what it was given', async () => {
    const registry = new Registry()
    const strange = 'a\\b "c"\nd,{}= \\n'
    new Counter({ name: 'tries_total', help: strange, labelNames: ['of'], registers: [registry] }).inc(
      { of: strange },
      2,
    )
    const histogram = new Histogram({ name: 'wait', help: 'Wait.', buckets: [0.5], registers: [registry] })
    histogram.observe(0.25)
    histogram.observe(4)
    const { families, samples } = parseExposition(await registry.metrics())
    // prom-client does not escape quotes in HELP, and neither does the format.
    expect([...families]).toEqual([
      ['tries_total', { help: strange, type: 'counter' }],
      ['wait', { help: 'Wait.', type: 'histogram' }],
    ])
    expect(samples.map(({ name, labels, value }) => [name, Object.fromEntries(labels), value])).toEqual([
      ['tries_total', { of: strange }, 2],
      ['wait_bucket', { le: '0.5' }, 1],
      ['wait_bucket', { le: '+Inf' }, 2],
      ['wait_sum', {}, 4.25],
      ['wait_count', {}, 2],
    ])
  })
})

describe('lookups', () => {
  const TEXT = 'a{x="1",y="2"} 3\na{x="1",y="4"} 5\na_b 6\n# a 7\n'

  test('values by series', () => {
    expect([...seriesOf(TEXT)]).toEqual([
      ['a{x="1",y="2"}', 3],
      ['a{x="1",y="4"}', 5],
      ['a_b', 6],
    ])
    expect(() => seriesOf('a 1\na 1\n')).toThrow('repeated: a')
  })

  test('samples by some of their labels, in any order', () => {
    expect(samplesOf(TEXT, 'a').map(({ value }) => value)).toEqual([3, 5])
    expect(samplesOf(TEXT, 'a{x="1"}')).toHaveLength(2)
    expect(samplesOf(TEXT, 'a{y="4",x="1"}').map(({ value }) => value)).toEqual([5])
    expect(samplesOf(TEXT, 'a{z="1"}')).toEqual([])
  })

  test('the value of one sample', () => {
    expect(valueOf(TEXT, 'a{y="2"}')).toBe(3)
    expect(valueOf(TEXT, 'a_b')).toBe(6)
    expect(valueOf(TEXT, 'b')).toBeUndefined()
    expect(() => valueOf(TEXT, 'a')).toThrow('2 samples of a')
  })
})
