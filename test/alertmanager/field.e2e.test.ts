import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { runProgram } from '../support/programs.ts'
import { ALL_FIELDS, FAULT_AT, FAULTS, SAMPLED_FIELDS, seriesOf, type Fault, type Field } from './field.ts'
import { PROMTOOLS } from './promtool.ts'
import { groupNames, ruleFiles, RULES } from './rules.ts'

const ALWAYS = 'BittensorWatchdog'
/** Of one run of promtool; the whole matrix may be run beside other things. */
const TIMEOUT_MS = 3_600_000

/** Every combination with FIELD=full (npm run field), a few of them otherwise, as all take most of an hour. */
const FIELDS = process.env['FIELD'] === 'full' ? ALL_FIELDS : SAMPLED_FIELDS

const files = await ruleFiles()
const order = await Promise.all(['thresholds.yml', 'recording.yml', ...files].map(groupNames))

/** Names of the alerts that fire at any of the minutes. */
async function firing(
  promtool: string,
  field: Field,
  minutes: readonly number[],
  fault?: Fault,
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'field-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'test.yml')
  await writeFile(
    file,
    stringify({
      rule_files: files.map((name) => resolve(RULES, name)),
      evaluation_interval: '1m',
      group_eval_order: [...new Set(order.flat())],
      tests: [
        {
          interval: '1m',
          input_series: seriesOf(field, Math.max(...minutes), fault),
          promql_expr_test: minutes.map((minute) => ({
            expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
            eval_time: `${minute}m`,
            exp_samples: [],
          })),
        },
      ],
    }),
  )
  // The alerts are in the complaint about samples that were not expected: the watchdog always fires.
  const { output } = await runProgram(promtool, ['test', 'rules', file], '', TIMEOUT_MS)
  expect(output).not.toContain('err:')
  return [...new Set(Array.from(output.matchAll(/alertname="(\w+)"/g), ([, name = '']) => name))].sort()
}

const title = (field: Field): string =>
  Object.entries(field)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

const times = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step)

const promtool = PROMTOOLS.at(-1)!

describe.each(FIELDS.map((field) => [title(field), field] as const))('%s', (_, field) => {
  test('a calm day fires nothing', { timeout: TIMEOUT_MS }, async () => {
    expect(await firing(promtool.path, field, times(7, 26 * 60, 11))).toEqual([ALWAYS])
  })

  test.each(FAULTS.map((fault) => [fault.name, fault] as const))(
    '%s: fires its alert and no other',
    { timeout: TIMEOUT_MS },
    async (_name, fault) => {
      const fired = await firing(promtool.path, field, times(FAULT_AT + 30, FAULT_AT + 55, 5), fault)
      expect(fired).toEqual([ALWAYS, ...fault.alerts].sort())
    },
  )
})
