import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { pinnedTool } from '../support/pinned-tools.mjs'
import { runProgram } from '../support/programs.ts'
import { expectingValues, withValueOnly } from './expectations.mjs'
import { readAlerts, readRules, readTestFile, testFiles, type Rule, type TestGroup } from './rules.ts'

/**
 * The rule tests on a second engine: vmalert-tool of VictoriaMetrics evaluates the rules as MetricsQL. All files take some ten minutes of
 * processor time, so that VMALERT=full (npm run vmalert) runs them all, and other runs a few.
 */

const { path: tool, release } = await pinnedTool('vmalert-tool')

/** Of one file; a file of days takes minutes. */
const TIMEOUT_MS = 3_600_000

const SAMPLE = ['alerting.yml', 'keys-changes-edges.yml']

const FILES = process.env['VMALERT'] === 'full' ? await testFiles() : SAMPLE

/** Tests whose results differ in MetricsQL by design. */
const DIFFERENT: readonly (readonly [RegExp, string])[] = [
  [/^BittensorExporterRestarting: /, 'changes() counts the first value of a series as a change.'],
  [/^BittensorExporterBlocksSkipped: /, 'increase() counts the first value of a series from 0.'],
]

const isComparable = ({ name }: Pick<TestGroup, 'name'>): boolean =>
  !DIFFERENT.some(([pattern]) => pattern.test(name))

/** The second at which time begins for vmalert-tool; it is 0 for promtool. */
const BEGIN_S = Date.UTC(2000, 0, 1) / 1000

const isTime = (series: string): boolean => /_(?:timestamp|start_time)_seconds\{/.test(series)

/** Values of a series, each run of them (`0+60x9`) from BEGIN_S on. */
const shifted = (values: string): string =>
  values.replaceAll(/(?<=^|\s)-?\d[\d.]*/g, (first) => String(Number(first) + BEGIN_S))

const yaml = (value: unknown): string => stringify(value, { aliasDuplicateObjects: false })

const folder = await mkdtemp(join(tmpdir(), 'vmalert-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const alerts = new Map((await readAlerts()).map((alert) => [alert.alert, alert]))

const rules = await readRules()

/** The rules of a list with those that they need, in the order of evaluation. */
function withNeeds(wanted: readonly Rule[]): readonly Rule[] {
  const reads = ({ expr }: Rule, { record }: Rule) => record !== undefined && expr.includes(record)
  const more = rules.filter((rule) => wanted.includes(rule) || wanted.some((each) => reads(each, rule)))
  return more.length === wanted.length ? more.toSorted(byGroup) : withNeeds(more)
}

/** Thresholds first, then recording.yml, then the other files, which use both. */
const placeOf = ({ file }: Rule): number => ['thresholds.yml', 'recording.yml', file].indexOf(file)
const byGroup = (a: Rule, b: Rule): number => placeOf(a) - placeOf(b)

/**
 * Each rule in a group of its own: what a rule records is stored before the next group is evaluated, but not before the next rule of its
 * group, so that a rule that reads another one of its group would be a minute late.
 */
const singleGroups = (needed: readonly Rule[]): unknown => ({
  groups: needed.map((rule, index) => {
    const { file: _, ...bare } = withValueOnly(rule)
    return { name: `group-${index}`, rules: [bare] }
  }),
})

/** Writes the tests of a file as vmalert-tool reads them. */
async function writeTests(file: string): Promise<string> {
  const { tests, evaluation_interval } = await readTestFile(file)
  const groups = tests.filter(isComparable).map((group) => {
    const complete = expectingValues({ file, ...group }, alerts)
    const series = complete.input_series.map((each) =>
      isTime(each.series) ? { ...each, values: shifted(each.values) } : each,
    )
    const { file: _, ...bare } = complete
    return { ...bare, input_series: series }
  })
  const tested = new Set(tests.flatMap((group) => group.alert_rule_test.map(({ alertname }) => alertname)))
  const needed = withNeeds(rules.filter(({ alert }) => alert !== undefined && tested.has(alert)))
  await writeFile(join(folder, `rules-${file}`), yaml(singleGroups(needed)))
  const path = join(folder, `test-${file}`)
  await writeFile(path, yaml({ rule_files: [`rules-${file}`], evaluation_interval, tests: groups }))
  return path
}

test('this run names the vmalert-tool that it does not have', () => {
  if (tool === undefined)
    process.stderr.write(
      `not run: vmalert-tool ${release} has not been built (node test/support/pinned-tools.mjs builds it where Go is installed)\n`,
    )
  expect(shifted('0+60x9 540+0x10 _x3 stale -5')).toBe(
    `${BEGIN_S}+60x9 ${BEGIN_S + 540}+0x10 _x3 stale ${BEGIN_S - 5}`,
  )
})

test.each(tool === undefined ? [] : FILES.map((file) => [file, tool] as const))(
  'vmalert-tool passes %s',
  { timeout: TIMEOUT_MS },
  async (file, program) => {
    const args = ['unittest', '--disableAlertgroupLabel', '--files', await writeTests(file)]
    const { code, output } = await runProgram(program, args, '', TIMEOUT_MS)
    expect(code, output).toBe(0)
    expect(output).toContain('SUCCESS')
  },
)
