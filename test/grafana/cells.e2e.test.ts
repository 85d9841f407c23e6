import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COLOUR } from '../../grafana/kit/theme.ts'
import { parseExposition } from '../support/parse-exposition.ts'
import { prometheusWith, scraped, type Prometheus } from '../support/prometheus.ts'
import { selfText } from '../support/self-text.ts'
import { evaluate, statsOf, tablesOf, textsOf } from './panels.ts'

/** The watched hotkey of the golden expositions: UID 5 of subnet 11. */
const MINER = '5CUY9cfe5XKgNwDtuK6TpqbW7NhKu7ZGoYFjWYW7ceW7pE8g'
const END = Math.floor(Date.now() / 1000) - 60

/** What two exporters publish, by job: the golden exposition of spec 475 with a watched hotkey that is called `007`. */
async function golden(): Promise<readonly string[]> {
  const text = await readFile('test/golden/475.prom', 'utf8')
  const lines = text.replaceAll('name="miner"', 'name="007"').split('\n')
  const own = parseExposition(await selfText())
    .samples.filter(({ name }) => name !== 'bittensor_node_up')
    .map(({ series, text }) => `${series.replace('revision="test"', 'revision="84e1234"')} ${text}`)
  const fresh = [...lines, ...own].map((line) =>
    line.startsWith('bittensor_chain_block_timestamp_seconds') ? line.replace(/ \S+$/, ` ${END - 30}`) : line,
  )
  const old = fresh.map((line) =>
    line.startsWith('bittensor_chain_block_timestamp_seconds')
      ? line.replace(/ \S+$/, ` ${END - 400}`)
      : line,
  )
  const second = (texts: string) => texts.replaceAll('instance="127.0.0.1:9645"', 'instance="127.0.0.1:9646"')
  return [
    scraped(fresh, 'one', END),
    scraped(fresh, 'pair', END),
    second(scraped(fresh, 'pair', END)),
    scraped(old, 'old', END),
    // A failed scrape ends all series and sets `up` to 0.
    `up{job="dead",instance="127.0.0.1:9645"} 0 ${END}`,
  ]
}

let prometheus: Prometheus
beforeAll(async () => {
  prometheus = await prometheusWith(`${(await golden()).join('\n')}\n# EOF\n`)
}, 60_000)
afterAll(() => prometheus.close())

/** The variables of a job. */
const variablesOf = (job: string) => ({
  ...{ job, node: '.*', name: '.*', watched: '.*', netuid: '11', uid: '5', __rate_interval: '1m' },
  ...{ hotkey: MINER, hotkey_of_name: MINER },
})

const tables = async (job: string) => tablesOf(await evaluate(prometheus, variablesOf(job), END))

describe('cells of tables', () => {
  test('no cell shows the text of an empty table, a number of a name, or NaN', async () => {
    const all = await tables('one')
    expect(all.size).toBeGreaterThan(15)
    for (const [where, { rows, empty }] of all)
      for (const row of rows)
        for (const [title, { text }] of Object.entries(row)) {
          const isFallback = rows.length === 1 && text === empty
          expect(isFallback || !text.includes(empty), `${where}, ${title}`).toBe(true)
          expect(['NaN', 'undefined', 'null', '∞'], `${where}, ${title}`).not.toContain(text)
        }
  })

  test('the metagraph has a name in the one row of a watched neuron, and nothing in the others', async () => {
    const { rows } = (await tables('one')).get('subnet: Metagraph')!
    const watched = rows.filter((row) => row['Hotkey']?.text === MINER)
    expect(watched).toHaveLength(1)
    expect(textsOf(watched[0])).toMatchObject({ UID: '5', Key: '007', Watched: 'watched' })
    const others = rows.filter((row) => row['Hotkey']?.text !== MINER)
    expect(others.length).toBeGreaterThan(0)
    expect(new Set(others.map((row) => row['Key']?.text))).toEqual(new Set(['']))
  })

  test('names and revisions are text', async () => {
    const all = await tables('one')
    expect(textsOf(all.get('exporter: Builds')?.rows[0])).toMatchObject({ Revision: '84e1234' })
    expect(textsOf(all.get('overview: Watched neurons')?.rows[0])).toMatchObject({
      Key: '007',
      Subnet: '11',
      UID: '5',
    })
  })

  test('a table without rows shows its text', async () => {
    for (const [where, { rows, empty }] of await tables('dead')) {
      // Nobody evaluates alert rules in this Prometheus.
      const isOfAlerts = where === 'overview: What is wrong' || where === 'neuron: Alerts of this UID'
      const text = isOfAlerts ? 'this Prometheus evaluates no alert rules' : empty
      const seen = rows
        .flatMap((row) => Object.values(textsOf(row)))
        .filter((cell) => cell !== '' && cell !== 'unknown')
      // Grafana shows the text itself where there are no fields.
      expect(rows.length === 0 ? [text] : seen, where).toEqual([text])
    }
  })

  test('two exporters give the rows of one', async () => {
    const pair = await tables('pair')
    for (const [where, { rows }] of await tables('one')) {
      // These name the instance.
      if (where === 'exporter: Builds' || where === 'exporter: Subnets left out') continue
      expect(pair.get(where)?.rows.map(textsOf), where).toEqual(rows.map(textsOf))
    }
  })
})

describe('values of stats', () => {
  const stats = async (job: string) => statsOf(await evaluate(prometheus, variablesOf(job), END))

  test('two exporters give the values of one', async () => {
    const one = await stats('one')
    expect(one.size).toBeGreaterThan(40)
    expect([...one.values()].filter(({ color }) => color === COLOUR.good).length).toBeGreaterThan(5)
    // Each exporter makes requests of its own.
    expect(await stats('pair')).toEqual(one)
  })

  test('nothing is green when the exporter is dead', async () => {
    const green = [...(await stats('dead'))].filter(([, { color }]) => color === COLOUR.good)
    expect(green).toEqual([])
  })

  test('nothing of the chain is green when its block is old', async () => {
    const green = [...(await stats('old'))].filter(([, { color }]) => color === COLOUR.good)
    const ofNodesAndExporter = green.filter(([where]) =>
      /^(?:nodes|exporter): |: (?:Exporter up|Nodes down|Collectors failing) /.test(where),
    )
    expect(green).toEqual(ofNodesAndExporter)
    expect((await stats('old')).get('overview: Validators inactive A')).toEqual({
      text: 'no fresh data',
      color: COLOUR.quiet,
    })
  })
})
