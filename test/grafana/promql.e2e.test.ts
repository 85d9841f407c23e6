import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DASHBOARDS } from '../../grafana/dashboards.ts'
import { allQueries, filled } from '../../grafana/queries.ts'
import { goldenNames } from './families.ts'
import { parseExposition } from '../support/parse-exposition.ts'
import { selfText } from '../support/self-text.ts'
import { dataIn, prometheuses, prometheusWith, scraped, type Prometheus } from '../support/prometheus.ts'
import { RECORDED_SPECS } from '../support/specs.ts'

/** The watched hotkey of the golden expositions: UID 5 of subnet 11. */
const MINER = '5CUY9cfe5XKgNwDtuK6TpqbW7NhKu7ZGoYFjWYW7ceW7pE8g'
const END = Math.floor(Date.now() / 1000) - 60
const DAY = 86_400
const queries = allQueries(DASHBOARDS)
/** Scrape jobs of the one Prometheus, by spec and by what `subnets` says. */
const jobOf = (spec: number, subnets: 'all' | 'watched' = 'all'): string => `${subnets}-${spec}`

/** What Grafana would put in, for the neuron that the golden expositions watch. */
const values = (job: string) => ({
  job,
  node: '(node-a)',
  name: '(miner|treasury|collateral|fund|former)',
  watched: '.*',
  hotkey: `(${MINER})`,
  hotkey_of_name: `(${MINER})`,
  netuid: '11',
  uid: '5',
  __rate_interval: '1m',
})

/** What Prometheus has of a golden exposition and of the exporter about itself. */
async function golden(spec: number, subnets: 'all' | 'watched'): Promise<string> {
  const lines = (await readFile(`test/golden/${spec}.prom`, 'utf8')).split('\n').filter((line) => {
    if (subnets === 'all') return true
    if (line.startsWith('bittensor_neuron_')) return line.includes(MINER)
    return !line.startsWith('bittensor_subnet_') || line.includes('netuid="11"')
  })
  const own = parseExposition(await selfText())
    .samples // It is in the golden exposition already.
    .filter(({ name }) => name !== 'bittensor_node_up')
    .map(({ series, text }) => `${series} ${text}`)
  // The recorded block is old: what panels show would be outdated.
  const fresh = lines.map((line) =>
    line.startsWith('bittensor_chain_block_timestamp_seconds') ? line.replace(/ \S+$/, ` ${END - 30}`) : line,
  )
  const job = jobOf(spec, subnets)
  return [END - DAY, END].map((end) => scraped([...fresh, ...own], job, end)).join('\n')
}

const programs = await prometheuses()
const texts = await Promise.all(
  RECORDED_SPECS.flatMap((spec) => [golden(spec, 'all'), golden(spec, 'watched')]),
)

describe.each(programs)('Prometheus $release', ({ path }) => {
  let prometheus: Prometheus
  beforeAll(async () => {
    prometheus = await prometheusWith(`${texts.join('\n')}\n# EOF\n`, path)
  }, 60_000)
  afterAll(() => prometheus.close())

  describe.each(RECORDED_SPECS)('on the golden exposition of spec %s', (spec) => {
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
    const inGolden = await goldenNames()
    const never: string[] = []
    for (const { dashboard, panel, refId, expr, calm } of queries) {
      if (calm === 'data' || !inGolden(expr)) continue
      const answers = await Promise.all(
        RECORDED_SPECS.map((spec) => prometheus.query(filled(expr, values(jobOf(spec))), END)),
      )
      if (answers.every((answer) => dataIn(answer) === 0)) never.push(`${dashboard} / ${panel} / ${refId}`)
    }
    // No watched neuron of the golden expositions is immune.
    const immune = 'bittensor-overview / Immunity ends in / A'
    expect(never.filter((query) => !query.includes('annotation: ') && query !== immune)).toEqual([])
  })

  test('a broken query would be noticed', async () => {
    expect(await prometheus.query('sum(bittensor_node_up', END)).toMatchObject({ status: 'error' })
  })
})
