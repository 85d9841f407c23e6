import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { pollOf } from '../../src/config/assemble.ts'
import { isBreached, THRESHOLDS, type Threshold } from '../../src/thresholds.ts'
import { readRules } from './rules.ts'

const ALL = Object.values(THRESHOLDS).flatMap((subject) => Object.values<Threshold>(subject))
const rules = await readRules()
const others = rules.filter(({ file }) => file !== 'thresholds.yml')

test('the file has one rule for each threshold that alerts use, with its value and labels', () => {
  const written = rules.filter(({ file }) => file === 'thresholds.yml')
  const recorded = ALL.filter(({ record }) => record !== undefined)
  expect(recorded.length).toBeGreaterThan(20)
  expect(
    written.map(({ record = '', labels = {}, expr }) => ({
      record,
      labels,
      value: Number(expr.slice(7, -1)),
    })),
  ).toEqual(
    recorded.map(({ record, labels = {}, value }) => ({
      record: `bittensor:threshold_${record!}`,
      labels,
      value,
    })),
  )
})

/**
 * The operators by which rules compare with a threshold: the last one before its name, or those of the rules that use a limit which is
 * derived from it. `< 1 - threshold` asks whether a fall is greater than the threshold.
 */
const comparisonsWith = (name: string): readonly string[] =>
  others.flatMap(({ record, expr }) =>
    Array.from(expr.matchAll(new RegExp(`${name}(?![\\w:])`, 'g')), ({ index }) => {
      const before = expr.slice(0, index)
      const operator = /.*(?<![<>])([<>]=?)/s.exec(before)?.[1]
      if (operator === undefined) return record === undefined ? [] : comparisonsWith(record)
      return [
        /\(1 - [\w\s]*\(/.test(before.slice(before.lastIndexOf(operator)))
          ? operator.replace('<', '>')
          : operator,
      ]
    }).flat(),
  )

test.each(ALL.filter(({ record }) => record !== undefined))(
  'rules find the same values of $record wrong as dashboards and the page do',
  ({ record, wrong }) => {
    const found = comparisonsWith(`bittensor:threshold_${record!}`)
    // What is fresh is the complement of what is stale.
    const complement = record === THRESHOLDS.exporter.dataAge.record ? ['<'] : []
    expect(found).toContain(wrong)
    expect(found.filter((operator) => operator !== wrong && !complement.includes(operator))).toEqual([])
  },
)

test('no other rule compares with a number of its own', () => {
  expect(others.length).toBeGreaterThan(60)
  const literals = others.flatMap(({ record, alert, expr }) =>
    Array.from(
      expr
        .replaceAll(/"[^"]*"|\[[^\]]*\]/g, '')
        .matchAll(/(?:[<>]=?|[=!]=)\s*(?:bool\s*)?(-?[\d.]+(?:e-?\d+)?)/g),
      ([, number]) => [alert ?? record, number] as const,
    ),
  )
  expect(literals.length).toBeGreaterThan(5)
  // Whether there is any, whether there are several, yes and no: facts, which nobody tunes.
  const tunable = literals.filter(([, number]) => number !== '0' && number !== '1')
  // Half of the window of 2 minutes in the same rule: with rarer polls a rate over it has gaps.
  expect(tunable).toEqual([['BittensorExporterUpstreamErrors', '60']])
})

test('runbooks tell the values that are shipped', async () => {
  const told = await Promise.all(
    (await readdir('docs/runbooks')).map(async (name) =>
      Array.from(
        (await readFile(`docs/runbooks/${name}`, 'utf8')).matchAll(
          /`bittensor:threshold_([\w:]+)`, ([\d.]*\d)/g,
        ),
        ([, record, value]) => ({ name, record, value: Number(value) }),
      ),
    ),
  )
  expect(told.flat().length).toBeGreaterThan(5)
  for (const { name, record, value } of told.flat())
    expect([name, ALL.find((threshold) => threshold.record === record)?.value]).toEqual([name, value])
})

test('data is stale for alerts when it is for /metrics', () => {
  const { staleAfterMs } = pollOf({
    interval: 12_000,
    timeout: 10_000,
    concurrency: 16,
    stale_after: undefined,
  })
  expect(THRESHOLDS.exporter.dataAge.value * 1000).toBe(staleAfterMs)
})

describe('a threshold', () => {
  test.each([
    ['>', 10, [9, 10, 11], [false, false, true]],
    ['<', 10, [9, 10, 11], [true, false, false]],
    ['<=', 10, [9, 10, 11], [true, true, false]],
  ] as const)('%s %d', (wrong, value, values, breached) => {
    const threshold: Threshold = { wrong, value, unit: 'blocks', meaning: '' }
    expect(values.map((each) => isBreached(threshold, each))).toEqual(breached)
  })
})
