import { readFile } from 'node:fs/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DASHBOARDS } from '../../grafana/dashboards.ts'
import { allQueries, filled } from '../../grafana/queries.ts'
import { readAlerts } from '../alertmanager/rules.ts'
import { STRETCH } from './busyness.ts'
import { AFTERWARDS, CHANGES, NOT_STAGED, OUTAGES, type Expected, type Stage } from './faults.ts'
import { matches, notices, slackTexts, type Notice, type Wanted } from './notices.ts'
import { LOOK_MS, shortMs } from './shortened.ts'
import { NODES, startStack, type Stack } from './stack.ts'
import { KEYS, ROOMY, uidOf } from './world.ts'
import { until } from '../support/until.ts'

const WATCHDOG = 'BittensorWatchdog'
const HOUR_MS = shortMs('1h')

/** Longer than anything here takes on an idle machine. */
const PATIENCE_MS = 100_000 * STRETCH

let stack: Stack
let begun: number
beforeAll(async () => {
  stack = await startStack()
  begun = Date.now()
}, 60_000)
afterAll(() => stack.close())

const about = (receiver: string, status: Notice['status'], wanted: Wanted) => (notice: Notice) =>
  notice.receiver === receiver && notice.status === status && matches(wanted, notice.labels)

const nameOf = ({ alert, about }: Wanted): string => [alert, ...Object.values(about)].join(' ')

/** Waits until the list is empty; rejects with what is left of it. */
async function untilEmpty(what: string, rest: () => readonly string[] | Promise<readonly string[]>) {
  let left: readonly string[] = []
  const isEmpty = async () => (left = await rest()).length === 0
  const seen = () => `${what}: ${left.join(', ')}${pace()}`
  await until(isEmpty, { timeoutMs: PATIENCE_MS, intervalMs: 100, seen })
}

const untilTold = (expected: readonly Expected[], status: Notice['status']) =>
  untilEmpty(`nobody was told that these are ${status}`, () => {
    const said = notices(stack.told)
    return expected.flatMap((each) =>
      each.receivers
        .filter((receiver) => !(status === 'resolved' && receiver === 'note'))
        .filter((receiver) => !said.some(about(receiver, status, each)))
        .map((receiver) => `${nameOf(each)} to ${receiver}`),
    )
  })

const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

/** Seconds stand for minutes here: on a machine that is busy with other things, what should answer in time does not. */
const keptUp = (): boolean => delay.max / 1e6 < LOOK_MS / 2

/** Said with what did not come: where it may be the machine. */
const pace = (): string =>
  keptUp()
    ? ''
    : ` (this machine was busy: the test itself was held up for ${Math.round(delay.max / 1e6)} ms)`

/**
 * Who was told of what nobody expects. What an exporter and nodes that do not answer in time are the reason for is left
 * out where this machine did not keep up.
 */
const surprises = (expected: readonly Expected[]): readonly string[] => {
  const unexpected = notices(stack.told).filter(
    ({ labels, receiver, status }) =>
      // That something ended may be told of what was silenced before.
      status === 'firing' &&
      labels['alertname'] !== WATCHDOG &&
      !expected.some((each) => matches(each, labels) && each.receivers.includes(receiver)) &&
      (keptUp() || !['exporter', 'node', 'chain'].includes(labels['subject']!)),
  )
  return [
    ...new Set(unexpected.map(({ receiver, labels }) => `${receiver}: ${Object.values(labels).join(' ')}`)),
  ]
}

interface Shown {
  readonly labels: Readonly<Record<string, string>>
  readonly status: { readonly state: string }
}

/** What Alertmanager shows of alerts: `active` or `suppressed`. */
const shown = async (): Promise<readonly Shown[]> =>
  (await (await fetch(`${stack.alertmanager}/api/v2/alerts`)).json()) as Shown[]

const untilSilenced = (silenced: readonly Wanted[]) =>
  untilEmpty('these are not suppressed', async () => {
    const alerts = await shown()
    return silenced
      .filter(
        (wanted) =>
          !alerts.some(({ labels, status }) => status.state === 'suppressed' && matches(wanted, labels)),
      )
      .map(nameOf)
  })

async function play({ cause, told, silenced }: Stage): Promise<void> {
  const undo = cause(stack)
  try {
    await Promise.all([untilTold(told, 'firing'), untilSilenced(silenced)])
  } finally {
    await undo()
  }
}

const alternatives = (values: readonly string[]): string => `(${values.join('|')})`

const HOTKEYS = alternatives(KEYS.filter(({ role }) => role === 'hotkey').map(({ address }) => address))

/** What Grafana would put in, with everything chosen. */
const VALUES = {
  job: 'bittensor-exporter',
  node: alternatives(NODES),
  name: alternatives(KEYS.map(({ name }) => name)),
  watched: '.*',
  hotkey: HOTKEYS,
  hotkey_of_name: HOTKEYS,
  netuid: String(ROOMY),
  uid: String(uidOf('permit')),
  __rate_interval: `${4 * LOOK_MS}ms`,
}

const queries = allQueries(DASHBOARDS)

test('while all is well only the watchdog is heard, and every query of every dashboard has its data', async () => {
  await untilEmpty('the watchdog was not heard', () =>
    notices(stack.told).some(({ receiver }) => receiver === 'watchdog') ? [] : ['so far'],
  )
  await untilEmpty('queries without data', async () => {
    const empty: string[] = []
    for (const { dashboard, panel, refId, expr, calm } of queries) {
      const { status, error, data } = await stack.prometheus.query(filled(expr, VALUES))
      expect([panel, refId, status, error]).toEqual([panel, refId, 'success', undefined])
      const found = data?.result.filter(({ value }) => value[1] !== 'NaN').length ?? 0
      if (calm === 'data' && found === 0) empty.push(`${dashboard} / ${panel} / ${refId}`)
    }
    return empty
  })
  expect(surprises([])).toEqual([])
})

test.each(OUTAGES.map((stage) => [stage.name, stage] as const))(
  '%s',
  async (_, stage) => {
    await play(stage)
    await untilTold(stage.told, 'resolved')
  },
  3 * PATIENCE_MS,
)

test(
  CHANGES.name,
  async () => {
    await untilEmpty('an hour has not passed', () => (Date.now() - begun > HOUR_MS * 1.1 ? [] : ['yet']))
    await play(CHANGES)
    await untilTold(AFTERWARDS, 'firing')
    await untilTold([...CHANGES.told, ...AFTERWARDS], 'resolved')
  },
  4 * PATIENCE_MS,
)

const EXPECTED = [...OUTAGES, CHANGES].flatMap(({ told }) => told).concat(AFTERWARDS)

describe('all in all', () => {
  test('nobody was told of anything else, or by another way', () => {
    expect(surprises(EXPECTED)).toEqual([])
  })

  test.each(EXPECTED.map((each) => [nameOf(each), each] as const))(
    '%s has its severity, the name it is about, and links that lead somewhere',
    async (_, wanted) => {
      const notice = notices(stack.told).find(({ labels }) => matches(wanted, labels))!
      const { labels, annotations } = notice
      expect(labels['severity']).toBe(wanted.severity)
      for (const label of ['name', 'node', 'netuid'])
        if (labels[label] !== undefined) expect(annotations['description']).toContain(labels[label])
      const runbook = /\/runbooks\/(\w+)$/.exec(annotations['runbook_url']!)?.[1]
      expect(await readFile(`docs/runbooks/${runbook}.md`, 'utf8')).toContain(`# ${wanted.alert}\n`)
      const url = new URL(annotations['dashboard_url']!, 'http://grafana')
      const { variables, panels } = DASHBOARDS.find(({ uid }) => url.pathname.startsWith(`/d/${uid}/`))!
      expect(panels).not.toHaveLength(0)
      for (const [name, value] of url.searchParams) {
        expect(variables.map(({ model }) => `var-${model.name}`)).toContain(name)
        expect(value).toBe(labels[name.slice('var-'.length)])
      }
      if (wanted.severity === 'info') return
      const text = slackTexts(stack.told).join('\n')
      expect(text).toContain(`${annotations['description']!}\nSince `)
      expect(text).toContain(` UTC\n<${annotations['runbook_url']!}|Runbook>`)
      expect(text).toContain(`<http://127.0.0.1:3000${annotations['dashboard_url']!}|Dashboard>`)
    },
  )

  test('no rule and no query of a dashboard failed at any time, whatever was wrong', async () => {
    const { data } = await stack.prometheus.query('prometheus_rule_evaluation_failures_total')
    expect(data!.result.length).toBeGreaterThan(10)
    expect(data!.result.filter(({ value }) => value[1] !== '0').map(({ metric }) => metric)).toEqual([])
    const faults: string[] = []
    for (const { dashboard, panel, refId, expr } of queries) {
      const parameters = { start: String(begun / 1000), end: String(Date.now() / 1000), step: '1' }
      const body = new URLSearchParams({ query: filled(expr, VALUES), ...parameters })
      const url = `${stack.prometheus.url}/api/v1/query_range`
      const answer = (await (await fetch(url, { method: 'POST', body })).json()) as { error?: string }
      if (answer.error !== undefined) faults.push(`${dashboard} / ${panel} / ${refId}: ${answer.error}`)
    }
    expect(faults).toEqual([])
  })

  test('every alert was made to fire, or it is said why not', async () => {
    const silenced = [...OUTAGES, CHANGES].flatMap((stage) => stage.silenced)
    const staged = [...EXPECTED, ...silenced].map(({ alert }) => alert)
    const names = (await readAlerts()).map(({ alert }) => alert)
    expect(names.filter((name) => !staged.includes(name) && name !== WATCHDOG).sort()).toEqual(
      Object.keys(NOT_STAGED).sort(),
    )
  })
})
