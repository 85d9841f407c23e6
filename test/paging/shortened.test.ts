import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { RULES, ruleFiles } from '../alertmanager/rules.ts'
import { STRETCH } from './busyness.ts'
import { LOOK, shortened, shortExpression, shortFile, shortMs } from './shortened.ts'

const files = [
  'deploy/prometheus/prometheus.yml',
  'alertmanager/alertmanager.yml',
  ...(await ruleFiles()).map((name) => `${RULES}/${name}`),
]

/** Every duration of a file, wherever it stands but in the names of metrics and in prose. */
const durationsIn = (file: unknown): readonly string[] =>
  Array.from(
    JSON.stringify(file).matchAll(/(?<=["[]|offset )\d+(?:\.\d+)?(?:ms|s|m|h|d|w)(?=["\] )])/g),
    String,
  )

/** A file without its durations, and without the numbers of thresholds that are seconds. */
const timeless = (file: unknown): string =>
  JSON.stringify(file)
    .replaceAll(/(?<=["[]|offset )\d+(?:\.\d+)?(?:ms|s|m|h|d|w)(?=["\]\\ )])/g, 'TIME')
    .replaceAll(/(threshold_\w+_age_seconds:max","expr":"vector)\([\d.]+\)/g, '$1(TIME)')

test.each(files)('%s is shortened, and otherwise as it is shipped', async (file) => {
  const text = await readFile(file, 'utf8')
  const short = shortFile(text)
  expect(timeless(short)).toBe(timeless(parse(text)))
  expect(durationsIn(short)).toEqual(
    durationsIn(parse(text)).map(file.includes('prometheus.yml') ? () => LOOK : shortened),
  )
  if (!/thresholds/.test(file)) expect(durationsIn(short)).not.toHaveLength(0)
})

test('the age of blocks and data is shortened with them', async () => {
  const short = JSON.stringify(shortFile(await readFile(`${RULES}/thresholds.yml`, 'utf8')))
  const age = (of: string) =>
    Number(
      new RegExp(`"bittensor:threshold_${of}_age_seconds:max","expr":"vector.([0-9.]+)`).exec(short)?.[1],
    )
  expect(age('node_block')).toBeCloseTo(2.25 * STRETCH)
  expect(age('chain_block')).toBeCloseTo(4.5 * STRETCH)
  expect(short).toContain('"record":"bittensor:threshold_node_behind_blocks:max","expr":"vector(10)"')
})

test('an expression keeps its order of times, and the names in it', () => {
  expect(shortExpression('last_over_time(a:b:rate10m[5m]) != max_over_time(a[1d] offset 1h) > 60')).toBe(
    `last_over_time(a:b:rate10m[${shortened('5m')}]) != max_over_time(a[${shortened('1d')}] offset ${shortened('1h')}) > 60`,
  )
  expect(shortMs('5m')).toBeCloseTo(7500 * STRETCH, -1)
  expect(shortMs('15m')).toBeLessThan(shortMs('1h'))
  expect(shortMs('1h')).toBeLessThan(shortMs('1d'))
  expect(() => shortened('1h30m')).toThrow('1h30m is not a duration of one unit')
})
