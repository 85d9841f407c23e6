import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { runProgram } from '../support/programs.ts'
import { allOf, inputsOf, partsOf, type Cell, type Part } from './field-plan.ts'
import {
  ALL_FIELDS,
  beginOf,
  FAULTS,
  lengthOf,
  SAMPLED_FIELDS,
  seriesOf,
  type Fault,
  type Field,
} from './field.ts'
import { PROMTOOLS } from './promtool.ts'
import { groupNames, readRuleFile, readRules, ruleFiles } from './rules.ts'

const ALWAYS = 'BittensorWatchdog'
/** Of one test; the whole matrix may be run beside other things. */
const TIMEOUT_MS = 3_600_000

/** Every field with FIELD=full (npm run field), where what is the same in several is run once; otherwise a few. */
const IS_FULL = process.env['FIELD'] === 'full'
const FIELDS = IS_FULL ? ALL_FIELDS : SAMPLED_FIELDS

/** Minutes of a calm day, and of the two hours after it. */
const CALM_MINUTES = 26 * 60

/** Sum of the minutes of all cells in one run of promtool, which keeps its memory and the size of its file small. */
const MINUTES_PER_RUN = 40_000
/** Cells in one run: promtool allows a query 10,000 samples, and one that is about all collectors of all jobs has many. */
const CELLS_PER_RUN = 40

const rules = await readRules()
const files = await ruleFiles()
const order = await Promise.all(['thresholds.yml', 'recording.yml', ...files].map(groupNames))
const shipped = await Promise.all(files.map(readRuleFile))
const promtool = PROMTOOLS.at(-1)!

/** The shipped rules, without those that these alerts do not need. The watchdog stays. */
function rulesFor(alerts: readonly string[]): object {
  const records = new Set(alerts.flatMap((alert) => [...inputsOf(alert, rules).records]))
  const isNeeded = ({
    alert,
    record = '',
  }: {
    readonly alert?: string
    readonly record?: string
  }): boolean => (alert === undefined ? records.has(record) : alert === ALWAYS || alerts.includes(alert))
  const groups = shipped.flatMap((file) =>
    file.groups.map((group) => ({ ...group, rules: group.rules.filter(isNeeded) })),
  )
  return { groups: groups.filter((group) => group.rules.length > 0) }
}

/** Alerts that fired at any minute. */
interface Fired {
  /** Until the fault, or on the calm day. */
  readonly before: readonly string[]
  readonly after: readonly string[]
}

const jobOf = (index: number): string => `bittensor-exporter-${index}`

/**
 * Runs cells of equal length, whose fault begins at one minute, side by side, each as the scrape job of another chain in one Prometheus: evaluating a rule costs more than
 * one more job that it finds.
 */
async function run(
  alerts: readonly string[],
  cells: readonly Cell[],
  fault: Fault | undefined,
): Promise<readonly Fired[]> {
  const folder = await mkdtemp(join(tmpdir(), 'field-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'test.yml')
  const { minutes, field: first } = cells[0]!
  const families = new Set(alerts.flatMap((alert) => [...inputsOf(alert, rules).families]))
  const calm = fault === undefined ? minutes : beginOf(fault, first) - 1
  const firedWithin = (period: string, range: number) =>
    `count by (period, job, alertname) (label_replace(count_over_time(ALERTS{alertstate="firing"}[${range}m]), "period", "${period}", "", ""))`
  await writeFile(join(folder, 'rules.yml'), stringify(rulesFor(alerts)))
  await writeFile(
    file,
    stringify({
      rule_files: ['rules.yml'],
      evaluation_interval: '1m',
      group_eval_order: [...new Set(order.flat())],
      tests: [
        {
          interval: '1m',
          input_series: cells.flatMap(({ field }, index) =>
            seriesOf(jobOf(index), field, minutes, fault).filter(({ series }) =>
              families.has(series.split('{')[0]!),
            ),
          ),
          // The range ends at the minute before the one at which the next begins.
          promql_expr_test: [
            { expr: firedWithin('before', calm), eval_time: `${calm}m`, exp_samples: [] },
            { expr: firedWithin('after', minutes - calm - 1), eval_time: `${minutes}m`, exp_samples: [] },
          ].slice(0, fault === undefined ? 1 : 2),
        },
      ],
    }),
  )
  // The alerts are in the complaint about samples that were not expected: the watchdog always fires.
  const { output } = await runProgram(promtool.path, ['test', 'rules', file], '', TIMEOUT_MS)
  expect(output.split('\n').filter((line) => line.includes('err:'))).toEqual([])
  const fired = Array.from(output.matchAll(/\{([^{}]*\bperiod=[^{}]*)\} \d/g), ([, labels = '']) => {
    const [alert, job, period] = ['alertname', 'job', 'period'].map(
      (name) => new RegExp(`\\b${name}="([^"]*)"`).exec(labels)?.[1],
    )
    return { alert, job, period }
  })
  // Only the watchdog is about no job.
  const jobless = fired.filter(({ job }) => job === undefined).map(({ alert }) => alert)
  expect([...new Set(jobless)]).toEqual([ALWAYS])
  const of = (index: number, wanted: string): readonly string[] =>
    fired.flatMap(({ alert, job, period }) =>
      job === jobOf(index) && period === wanted ? (alert ?? []) : [],
    )
  return cells.map((_, index) => ({ before: of(index, 'before'), after: of(index, 'after') }))
}

/** Parts of a list of cells, each of one length and one beginning, and small enough for one run. */
function runsOf(cells: readonly Cell[], fault: Fault | undefined): readonly (readonly Cell[])[] {
  const shape = ({ field, minutes }: Cell): string =>
    `${minutes} ${fault === undefined ? '' : beginOf(fault, field)}`
  return [...new Set(cells.map(shape))].flatMap((wanted) => {
    const equal = cells.filter((each) => shape(each) === wanted)
    const size = Math.min(CELLS_PER_RUN, Math.max(1, Math.floor(MINUTES_PER_RUN / equal[0]!.minutes)))
    return Array.from({ length: Math.ceil(equal.length / size) }, (_, part) =>
      equal.slice(part * size, (part + 1) * size),
    )
  })
}

const title = (field: Field): string =>
  Object.entries(field)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

/** The alerts that fire in each field, by its title. */
async function firedIn(
  parts: readonly Part[],
  fault?: Fault,
): Promise<Readonly<Record<string, { readonly before: string[]; readonly after: string[] }>>> {
  const found = Object.fromEntries(
    FIELDS.map((field) => [title(field), { before: new Array<string>(), after: new Array<string>() }]),
  )
  for (const { alerts, cells } of parts)
    for (const cellsOfRun of runsOf(cells, fault)) {
      const results = await run(alerts, cellsOfRun, fault)
      for (const [index, { before, after }] of results.entries())
        for (const field of cellsOfRun[index]!.fields) {
          found[title(field)]!.before.push(...before)
          found[title(field)]!.after.push(...after)
        }
    }
  for (const { before, after } of Object.values(found)) {
    before.sort()
    after.sort()
  }
  return found
}

const alertNames = rules.flatMap(({ alert }) => alert ?? [])

/** Of a few fields all alerts are run, unless a fault takes days, to see that leaving out what cannot differ changes nothing. */
const planOf = (minutesOf: (field: Field) => number, fault?: Fault): readonly Part[] =>
  IS_FULL || fault?.within !== undefined
    ? partsOf(FIELDS, rules, minutesOf, fault)
    : allOf(FIELDS, alertNames, minutesOf)

const expected = (alertsIn: (field: Field) => readonly string[]) =>
  Object.fromEntries(FIELDS.map((field) => [title(field), { before: [], after: alertsIn(field).toSorted() }]))

test('a calm day fires nothing', { timeout: TIMEOUT_MS }, async () => {
  expect(await firedIn(planOf(() => CALM_MINUTES))).toEqual(expected(() => []))
})

test.each(FAULTS.map((fault) => [fault.name, fault] as const))(
  '%s: fires its alerts and no others',
  { timeout: TIMEOUT_MS },
  async (_, fault) => {
    const parts = planOf((field) => lengthOf(fault, field), fault)
    expect(await firedIn(parts, fault)).toEqual(expected(fault.alerts))
  },
)
