import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { runProgram } from '../support/programs.ts'
import { ALL_FIELDS, FAULT_AT, FAULTS, SAMPLED_FIELDS, seriesOf, type Fault, type Field } from './field.ts'
import { PROMTOOLS } from './promtool.ts'
import { groupNames, ruleFiles, RULES } from './rules.ts'

const ALWAYS = 'BittensorWatchdog'
/** Of one run of promtool; the whole matrix may be run beside other things. */
const TIMEOUT_MS = 3_600_000

/** Every combination with FIELD=full (npm run field), a few of them otherwise. */
const FIELDS = process.env['FIELD'] === 'full' ? ALL_FIELDS : SAMPLED_FIELDS

/** Minutes of a calm day, and of the two hours after it. */
const CALM_MINUTES = 26 * 60

/** Sum of the minutes of all cases in one run of promtool, which keeps its memory and the size of its file small. */
const MINUTES_PER_RUN = 40_000

const files = await ruleFiles()
const order = await Promise.all(['thresholds.yml', 'recording.yml', ...files].map(groupNames))
const promtool = PROMTOOLS.at(-1)!

/** A field with a fault in it, or a calm day. */
interface Case {
  readonly name: string
  readonly field: Field
  readonly fault?: Fault
  readonly minutes: number
}

/** Alerts that fired at any minute of a case. */
interface Fired {
  /** Until the fault, or on the calm day. */
  readonly before: readonly string[]
  readonly after: readonly string[]
}

const jobOf = (index: number): string => `bittensor-exporter-${index}`

/**
 * Runs cases of equal length side by side, each as the scrape job of another chain in one Prometheus: evaluating a rule costs much more than
 * one more job that it finds.
 */
async function run(cases: readonly Case[]): Promise<ReadonlyMap<Case, Fired>> {
  const folder = await mkdtemp(join(tmpdir(), 'field-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'test.yml')
  const { minutes, fault } = cases[0]!
  const calm = fault === undefined ? minutes : FAULT_AT - 1
  const firedWithin = (period: string, range: number) =>
    `count by (period, job, alertname) (label_replace(count_over_time(ALERTS{alertstate="firing"}[${range}m]), "period", "${period}", "", ""))`
  await writeFile(
    file,
    stringify({
      rule_files: files.map((name) => resolve(RULES, name)),
      evaluation_interval: '1m',
      group_eval_order: [...new Set(order.flat())],
      tests: [
        {
          interval: '1m',
          input_series: cases.flatMap((each, index) =>
            seriesOf(jobOf(index), each.field, minutes, each.fault),
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
  expect(output).not.toContain('err:')
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
    fired
      .flatMap(({ alert, job, period }) => (job === jobOf(index) && period === wanted ? (alert ?? []) : []))
      .sort()
  return new Map(
    cases.map((each, index) => [each, { before: of(index, 'before'), after: of(index, 'after') }]),
  )
}

/** Parts of a list of cases, each of cases of one length, and small enough for one run. */
function runsOf(cases: readonly Case[]): readonly (readonly Case[])[] {
  const lengths = [...new Set(cases.map(({ minutes }) => minutes))]
  return lengths.flatMap((minutes) => {
    const equal = cases.filter((each) => each.minutes === minutes)
    const size = Math.max(1, Math.floor(MINUTES_PER_RUN / minutes))
    return Array.from({ length: Math.ceil(equal.length / size) }, (_, part) =>
      equal.slice(part * size, (part + 1) * size),
    )
  })
}

const title = (field: Field): string =>
  Object.entries(field)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

const calmDays = FIELDS.map((field): Case => ({ name: title(field), field, minutes: CALM_MINUTES }))
const faults = FIELDS.flatMap((field) =>
  FAULTS.map((fault): Case => {
    const minutes = FAULT_AT + (fault.within?.(field) ?? 60)
    return { name: `${fault.name}: ${title(field)}`, field, fault, minutes }
  }),
)

const rows = (cases: readonly Case[]) =>
  runsOf(cases).map((each, index, all) => [`${index + 1} of ${all.length}`, each] as const)

const byName = (cases: readonly Case[], firedIn: (each: Case) => Fired) =>
  Object.fromEntries(cases.map((each) => [each.name, firedIn(each)]))

test.each(rows(calmDays))('a calm day fires nothing: run %s', { timeout: TIMEOUT_MS }, async (_, cases) => {
  const fired = await run(cases)
  expect(byName(cases, (each) => fired.get(each)!)).toEqual(byName(cases, () => ({ before: [], after: [] })))
})

test.each(rows(faults))(
  'each fault fires its alerts and no others: run %s',
  { timeout: TIMEOUT_MS },
  async (_, cases) => {
    const fired = await run(cases)
    expect(byName(cases, (each) => fired.get(each)!)).toEqual(
      byName(cases, ({ fault, field }) => ({ before: [], after: fault!.alerts(field).toSorted() })),
    )
  },
)
