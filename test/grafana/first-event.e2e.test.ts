import { expect, onTestFinished, test } from 'vitest'
import { countedSince, failedShare } from '../../grafana/kit/promql.ts'
import { filled } from '../../grafana/queries.ts'
import { prometheusWith } from '../support/prometheus.ts'

const END = Math.floor(Date.now() / 1000) - 60
const COUNTER = 'bittensor_key_extrinsics_total'

/** Samples of a series, one every 15 s; the last is the value at END. */
const samples = (series: string, values: readonly (number | undefined)[]): readonly string[] =>
  values.flatMap((value, index) =>
    value === undefined ? [] : [`${series} ${value} ${END - 15 * (values.length - 1 - index)}`],
  )

/** A counter of an exporter that is scraped all the time, or only in the last 30 s (after a gap of hours). */
const exporter = (
  job: string,
  counter: readonly (number | undefined)[],
  isNew = false,
): readonly string[] => [
  ...samples(
    `bittensor_exporter_build_info{job="${job}",instance="a"}`,
    isNew ? [1, 1, 1] : Array.from({ length: 12 }, () => 1),
  ),
  ...samples(`${COUNTER}{job="${job}",instance="a",method="remark"}`, counter),
]
const none = undefined

test('the first event of a kind counts, and what rose while nobody scraped does not', async () => {
  const prometheus = await prometheusWith(
    [
      ...exporter('first', [1, 1]),
      ...exporter('second', [1, 1, 1, 1, 1, 1, 1, 2]),
      ...exporter('still', [7, 7, 7, 7, 7, 7, 7, 7]),
      ...exporter('gap', [40, 40, 40], true),
      ...exporter('none', []),
      ...samples('requests_total{job="first",instance="a"}', [10, 14, 14, 14, 14, 14, 18]),
      ...samples('failures_total{job="first",instance="a"}', [none, none, none, none, none, none, 2]),
      ...samples('requests_total{job="none",instance="a"}', [10, 10, 10, 10, 10, 10, 20]),
      '# EOF',
      '',
    ].join('\n'),
  )
  onTestFinished(() => prometheus.close())
  const value = async (expr: string, job: string): Promise<number | undefined> => {
    const { data } = await prometheus.query(filled(expr, { job, __rate_interval: '1m' }), END)
    const [found] = data!.result
    return found === undefined ? undefined : Number(found.value[1])
  }
  const counted = (job: string) => value(countedSince('1m', `${COUNTER}{job="$job"}`), job)
  expect(await counted('first')).toBe(1)
  // 1 between the samples of 60 s: `increase` extrapolates only to the edges of the window, where the samples are.
  expect(await counted('second')).toBeCloseTo(1, 1)
  expect(await counted('still')).toBe(0)
  expect(await counted('gap')).toBe(0)
  expect(await counted('none')).toBeUndefined()
  const share = (job: string) =>
    value(failedShare('failures_total{job="$job"}', 'requests_total{job="$job"}'), job)
  // 2 of 4 requests.
  expect(await share('first')).toBeCloseTo(0.5, 1)
  expect(await share('none')).toBe(0)
})
