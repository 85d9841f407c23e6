/**
 * Do the tests of the alert rules notice faults in the rules? Every rule is broken in every small way that mutants.mjs
 * knows, and the tests of the alerts that depend on it are run by promtool. A mutant that no test notices survives.
 *
 *   npm run mutate:rules                     every rule: half an hour or more of two cores
 *   npm run mutate:rules -- Prune swap       rules whose names contain one of these words
 *
 * Exits with 1 when a mutant survives that EQUIVALENT does not list.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pLimit from 'p-limit'
import { parse, stringify } from 'yaml'
import { EQUIVALENT } from './equivalent.mjs'
import { mutantsOf } from './mutants.mjs'

const RULES = 'alertmanager/rules'
const run = promisify(execFile)
const ofFolder = async (folder) =>
  Promise.all(
    (await readdir(folder))
      .filter((name) => name.endsWith('.yml'))
      .toSorted()
      .map(async (name) => parse(await readFile(join(folder, name), 'utf8'))),
  )

const nameOf = (rule) => rule.alert ?? [rule.record, ...Object.values(rule.labels ?? {})].join(' ')
/** Recording rules first, as in their files: a rule needs only what stands before it. */
const rules = (await ofFolder(RULES))
  .flatMap(({ groups }) => groups.flatMap((group) => group.rules))
  .toSorted((a, b) => depthOf(a) - depthOf(b))
const tests = (await ofFolder(`${RULES}/tests`)).flatMap(({ tests, evaluation_interval }) =>
  tests.map((test) => ({ ...test, evaluation_interval })),
)

/** Thresholds, what is fresh, other recordings, alerts. */
function depthOf({ record }) {
  if (record === undefined) return 3
  if (record.includes(':threshold_')) return 0
  return record.startsWith('instance_') ? 1 : 2
}

const asks = (rule, record) =>
  [rule.expr, ...Object.values(rule.annotations ?? {})].some((text) => text.includes(record))

/** The rules that a rule needs, itself last. */
function needsOf(rule, found = new Set()) {
  for (const other of rules)
    if (other.record !== undefined && other.record !== rule.record && asks(rule, other.record))
      needsOf(other, found)
  return found.add(rule)
}

const alerts = rules.filter(({ alert }) => alert !== undefined)
const needs = new Map(alerts.map((alert) => [alert, needsOf(alert)]))

const bare = ({ evaluation_interval: _, ...test }) => test

/** Whether all tests of an alert pass, with one of the rules replaced. */
async function passes(alert, rule, mutant) {
  const folder = await mkdtemp(join(tmpdir(), 'mutant-'))
  try {
    const own = rules.filter((each) => needs.get(alert).has(each))
    const group = { name: 'all', rules: own.map((each) => (each === rule ? mutant : each)) }
    await writeFile(join(folder, 'rules.yml'), stringify({ groups: [group] }))
    const mine = tests.filter(({ name }) => name.startsWith(`${alert.alert}: `))
    const intervals = [...new Set(mine.map(({ evaluation_interval }) => evaluation_interval))]
    const files = intervals.map((interval) => join(folder, `${interval}.yml`))
    for (const [index, interval] of intervals.entries()) {
      const cases = mine.filter((test) => test.evaluation_interval === interval)
      const text = { rule_files: ['rules.yml'], evaluation_interval: interval, tests: cases.map(bare) }
      await writeFile(files[index], stringify(text))
    }
    await run('promtool', ['test', 'rules', ...files], { maxBuffer: 2 ** 26 })
    return true
  } catch (error) {
    if (error.code === 'ENOENT')
      throw new Error('promtool is missing: apt-get install prometheus', { cause: error })
    return false
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function survives(rule, mutant) {
  for (const alert of alerts)
    if (needs.get(alert).has(rule) && !(await passes(alert, rule, mutant))) return false
  return true
}

const words = process.argv.slice(2).map((word) => word.toLowerCase())
const chosen = rules.filter((rule) => {
  const name = nameOf(rule).toLowerCase()
  // It always fires, and nothing is tested of it.
  return (
    rule.alert !== 'BittensorWatchdog' && (words.length === 0 || words.some((word) => name.includes(word)))
  )
})
const limit = pLimit(availableParallelism())

const untouched = await Promise.all(
  alerts
    .filter(
      (alert) => alert.alert !== 'BittensorWatchdog' && chosen.some((rule) => needs.get(alert).has(rule)),
    )
    .map((alert) => limit(async () => [alert.alert, await passes(alert)])),
)
const failing = untouched.filter(([, passed]) => !passed)
if (failing.length > 0) throw new Error(`these fail as they are: ${failing.map(([name]) => name).join(', ')}`)

const counts = { killed: 0, equivalent: 0, survived: 0 }
await Promise.all(
  chosen.flatMap((rule) =>
    mutantsOf(rule).map(({ what, rule: mutant }) =>
      limit(async () => {
        const label = `${nameOf(rule)}: ${what}`
        if (!(await survives(rule, mutant))) {
          counts.killed += 1
        } else if (EQUIVALENT.some(([pattern]) => pattern.test(label))) {
          counts.equivalent += 1
        } else {
          counts.survived += 1
          process.stdout.write(`survived: ${label}\n`)
        }
      }),
    ),
  ),
)
const { killed, equivalent, survived } = counts
process.stdout.write(
  `${killed + equivalent + survived} mutants: ${killed} killed, ${equivalent} equivalent, ${survived} survived\n`,
)
process.exitCode = survived === 0 ? 0 : 1
