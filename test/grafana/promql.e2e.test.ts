import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LATER } from '../../grafana/boards/later.ts'
import { DASHBOARDS } from '../../grafana/dashboards.ts'
import { allQueries, filled } from '../../grafana/queries.ts'
import { selfText } from './families.ts'
import { prometheusWith, type Answer, type Prometheus } from '../support/prometheus.ts'

/** The watched hotkey of the golden expositions: UID 5 of subnet 11. */
const MINER = '5CUY9cfe5XKgNwDtuK6TpqbW7NhKu7ZGoYFjWYW7ceW7pE8g'
const SPECS = ['103', '240', '381', '425'] as const
const END = Math.floor(Date.now() / 1000) - 60
const queries = allQueries(DASHBOARDS)
/** Scrape jobs of the one Prometheus, by spec and by what `subnets` says. */
const jobOf = (spec: string, subnets: 'all' | 'watched' = 'all'): string => `${subnets}-${spec}`

/** What Grafana would put in, for the neuron that the golden expositions watch. */
const values = (job: string) => ({
  job,
  node: '(node-a)',
  name: '(miner|treasury)',
  watched: '.*',
  hotkey: `(${MINER})`,
  netuid: '11',
  uid: '5',
  __rate_interval: '1m',
})

/** An exposition as scraped five times, its counters rising: OpenMetrics with the labels of a target and with timestamps. */
async function scraped(spec: string, subnets: 'all' | 'watched'): Promise<string> {
  const golden = (await readFile(`test/golden/${spec}.prom`, 'utf8')).split('\n').filter((line) => {
    if (subnets === 'all') return true
    if (line.startsWith('bittensor_neuron_')) return line.includes(MINER)
    return !line.startsWith('bittensor_subnet_') || line.includes('netuid="11"')
  })
  const own = (await selfText())
    .split('\n')
    // In the golden exposition already, and HELP and TYPE would need the names of OpenMetrics.
    .filter((line) => line !== '' && !line.startsWith('bittensor_node_up') && !/ nan$/i.test(line))
  const lines = [...golden, ...own, 'up 1', 'scrape_duration_seconds 0.01']
  const target = `job="${jobOf(spec, subnets)}",instance="127.0.0.1:9645"`
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const cut = line.lastIndexOf(' ')
      const series = line.slice(0, cut)
      const labelled = series.endsWith('}') ? `${series.slice(0, -1)},${target}}` : `${series}{${target}}`
      const counts = /^\w+_(?:total|bucket|sum|count)\b/.test(line)
      const at = (scrape: number) =>
        counts ? String(Number(line.slice(cut + 1)) * scrape) : line.slice(cut + 1)
      return [1, 2, 3, 4, 5].map((scrape) => `${labelled} ${at(scrape)} ${END - 15 * (5 - scrape)}`)
    })
    .join('\n')
}

let prometheus: Prometheus
beforeAll(async () => {
  const texts = await Promise.all(SPECS.flatMap((spec) => [scraped(spec, 'all'), scraped(spec, 'watched')]))
  prometheus = await prometheusWith(`${texts.join('\n')}\n# EOF\n`)
}, 60_000)
afterAll(() => prometheus.close())

/** A sample that is NaN is no data: panels fill what is missing with it. */
const dataIn = ({ data }: Answer): number =>
  data?.result.filter(({ value }) => value[1] !== 'NaN').length ?? 0

describe.each(SPECS)('on the golden exposition of spec %s', (spec) => {
  test('every query parses, runs, and has data where it says so', async () => {
    expect(queries.length).toBeGreaterThan(100)
    const faults: string[] = []
    for (const { dashboard, panel, refId, expr, calm } of queries) {
      const answer = await prometheus.query(filled(expr, values(jobOf(spec))), END)
      const where = `${dashboard} / ${panel} / ${refId}: ${expr}`
      if (answer.status !== 'success') faults.push(`${where}: ${answer.error ?? ''}`)
      else if (calm === 'data' && dataIn(answer) === 0) faults.push(`${where}: no data`)
    }
    expect(faults).toEqual([])
  })

  test('with `subnets: watched`, only what needs the whole subnet is empty', async () => {
    const faults: string[] = []
    for (const { dashboard, panel, refId, expr, calm, needs } of queries) {
      const found = dataIn(await prometheus.query(filled(expr, values(jobOf(spec, 'watched'))), END))
      const where = `${dashboard} / ${panel} / ${refId}: ${expr}`
      if (needs === 'whole subnet' ? found > 0 : calm === 'data' && found === 0)
        faults.push(`${found} of ${where}`)
    }
    expect(faults).toEqual([])
  })
})

test('what may be empty has data in some era, unless it marks an event, or needs what no golden exposition has', async () => {
  const texts = await Promise.all(SPECS.map((spec) => readFile(`test/golden/${spec}.prom`, 'utf8')))
  const golden = `${texts.join('\n')}\n${await selfText()}`
  const inGolden = (expr: string) =>
    expr
      .match(/\bbittensor_\w+/g)
      ?.every((name) => golden.includes(`\n${name}{`) || golden.includes(`\n${name} `))
  const never: string[] = []
  for (const { dashboard, panel, refId, expr, calm } of queries) {
    if (calm === 'data' || !inGolden(expr)) continue
    const answers = await Promise.all(
      SPECS.map((spec) => prometheus.query(filled(expr, values(jobOf(spec))), END)),
    )
    if (answers.every((answer) => dataIn(answer) === 0)) never.push(`${dashboard} / ${panel} / ${refId}`)
  }
  expect(never.filter((query) => !query.includes('annotation: '))).toEqual([])
})

test('the queries of panels that come later parse', async () => {
  const later = Object.values(LATER).flatMap(({ panels }) => panels.flatMap((panel) => panel.queries))
  for (const { expr } of later)
    expect(await prometheus.query(filled(expr, values(jobOf('425'))), END), expr).toMatchObject({
      status: 'success',
    })
  expect(later.length).toBeGreaterThanOrEqual(Object.keys(LATER).length)
})

test('a broken query would be noticed', async () => {
  expect(await prometheus.query('sum(bittensor_node_up', END)).toMatchObject({ status: 'error' })
})
