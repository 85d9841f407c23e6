/**
 * Do the tests of the alert rules notice faults in the rules? Every rule is broken in every small way that mutants.mjs
 * knows, and the tests of the alerts that depend on it are run by promtool. A mutant that no test notices survives.
 *
 *   npm run mutate:rules                     every rule; the standard error has the alerts that are done
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
import { expectingValues, withValueOnly } from './expectations.mjs'
import { mutantsOf } from './mutants.mjs'

const RULES = 'alertmanager/rules'
const run = promisify(execFile)
/** The files of a folder; those that others depend on come first. */
const ofFolder = async (folder, first = []) =>
  Promise.all(
    [...new Set([...first, ...(await readdir(folder)).toSorted()])]
      .filter((name) => name.endsWith('.yml'))
      .map(async (name) => parse(await readFile(join(folder, name), 'utf8'))),
  )

const FIRST = ['thresholds.yml', 'recording.yml']

const nameOf = (rule) => rule.alert ?? [rule.record, ...Object.values(rule.labels ?? {})].join(' ')
/** As Prometheus evaluates them: a rule needs only what stands before it. */
const rules = (await ofFolder(RULES, FIRST)).flatMap(({ groups }) =>
  groups.flatMap((group) => group.rules.map(withValueOnly)),
)
const alertRules = new Map(rules.map((rule) => [rule.alert, rule]))
const tests = (await ofFolder(`${RULES}/tests`)).flatMap(({ tests, evaluation_interval }) =>
  tests.map((test) => ({ ...expectingValues(test, alertRules), evaluation_interval })),
)

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
const limit = pLimit(availableParallelism())

/** A mutant beside what it mutates: its name, and that of whatever depends on it, has this at its end. */
const suffix = (id) => `__m${id}`
const renamed = (text, names, id) =>
  [...names].reduce(
    (done, name) => done.replaceAll(new RegExp(`(?<![\\w:])${name}(?![\\w:])`, 'g'), name + suffix(id)),
    text,
  )

/** Copies of all that a mutant changes on the way to an alert, the alert last, under names of its own. */
function chainOf(alert, { id, rule, mutant }) {
  const own = rules.filter((each) => needs.get(alert).has(each))
  const names = new Set(rule.record === undefined ? [] : [rule.record])
  for (const { record, ...each } of own)
    if (record !== undefined && [...names].some((name) => asks(each, name))) names.add(record)
  return own
    .filter((each) => each === alert || names.has(each.record))
    .map((each) => {
      const copy = structuredClone(each === rule ? mutant : each)
      if (copy.alert === undefined) copy.record += suffix(id)
      else copy.alert += suffix(id)
      copy.expr = renamed(copy.expr, names, id)
      for (const [key, text] of Object.entries(copy.annotations ?? {}))
        copy.annotations[key] = renamed(text, names, id)
      return copy
    })
}

/**
 * Runs the tests of an alert against mutants, all side by side in one run of promtool, as most of its time goes into
 * the series.
 * @returns {Promise<ReadonlySet<number>>} the ids of those that no test noticed
 */
async function survivorsOf(alert, mutants) {
  const folder = await mkdtemp(join(tmpdir(), 'mutants-'))
  try {
    let left = mutants
    for (;;) {
      const said = await promtool(folder, alert, left)
      const noticed = new Set(Array.from(said.matchAll(/__m(\d+)\b/g), ([, id]) => Number(id)))
      if (noticed.size === 0 && said !== '') throw new Error(`${alert.alert}: ${said}`)
      left = left.filter(({ id }) => !noticed.has(id))
      // One that cannot be evaluated ends the run for the others.
      if (left.length === 0 || !/, err: |could not parse|parse error/.test(said))
        return new Set(left.map(({ id }) => id))
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What promtool complains of; nothing when all is as the tests say. */
async function promtool(folder, alert, mutants) {
  const own = rules.filter((each) => each !== alert && needs.get(alert).has(each))
  const group = { name: 'all', rules: [...own, ...mutants.flatMap((mutant) => chainOf(alert, mutant))] }
  await writeFile(join(folder, 'rules.yml'), stringify({ groups: [group] }, { aliasDuplicateObjects: false }))
  const mine = tests.filter(({ name }) => name.startsWith(`${alert.alert}: `))
  const intervals = [...new Set(mine.map(({ evaluation_interval }) => evaluation_interval))]
  const files = intervals.map((interval) => join(folder, `${interval}.yml`))
  for (const [index, interval] of intervals.entries()) {
    const cases = mine
      .filter((test) => test.evaluation_interval === interval)
      .map(({ alert_rule_test, ...test }) => ({
        ...bare(test),
        alert_rule_test: alert_rule_test.flatMap((each) =>
          mutants.map(({ id }) => ({ ...each, alertname: alert.alert + suffix(id) })),
        ),
      }))
    const text = { rule_files: ['rules.yml'], evaluation_interval: interval, tests: cases }
    await writeFile(files[index], stringify(text, { aliasDuplicateObjects: false }))
  }
  try {
    await run('promtool', ['test', 'rules', ...files], { maxBuffer: 2 ** 28 })
    return ''
  } catch (error) {
    if (error.code === 'ENOENT')
      throw new Error('promtool is missing: apt-get install prometheus', { cause: error })
    return `${error.stdout}${error.stderr}`
  }
}

const words = process.argv.slice(2).map((word) => word.toLowerCase())
const chosen = rules.filter((rule) => {
  const name = nameOf(rule).toLowerCase()
  // It always fires, and nothing is tested of it.
  return (
    rule.alert !== 'BittensorWatchdog' && (words.length === 0 || words.some((word) => name.includes(word)))
  )
})
const mutants = chosen
  .flatMap((rule) => mutantsOf(rule).map(({ what, rule: mutant }) => ({ what, rule, mutant })))
  .map((mutant, index) => ({ ...mutant, id: index + 1 }))
const left = new Set(mutants)
/** Alerts whose tests may still notice the mutants of a rule. */
const waiting = new Map(
  chosen.map((rule) => [rule, new Set(alerts.filter((alert) => needs.get(alert).has(rule)))]),
)
const survived = []
let equivalent = 0

/** Says which mutants survived, as soon as no other alert can notice them. */
function finish(alert) {
  for (const [rule, others] of waiting) {
    if (!others.delete(alert) || others.size > 0) continue
    for (const mutant of left) {
      if (mutant.rule !== rule) continue
      const label = `${nameOf(rule)}: ${mutant.what}`
      if (EQUIVALENT.some(([pattern]) => pattern.test(label))) equivalent += 1
      else process.stdout.write(`survived: ${survived[survived.push(label) - 1]}\n`)
    }
  }
}

await Promise.all(
  alerts.map((alert) =>
    limit(async () => {
      const own = [...left].filter(({ rule }) => needs.get(alert).has(rule))
      if (own.length === 0) {
        finish(alert)
        return
      }
      const untouched = { id: 0, rule: alert, mutant: alert }
      const survivors = await survivorsOf(alert, [untouched, ...own])
      if (!survivors.has(0)) throw new Error(`${alert.alert}: its tests fail as it is`)
      for (const mutant of own) if (!survivors.has(mutant.id)) left.delete(mutant)
      process.stderr.write(`${alert.alert}: noticed ${own.length + 1 - survivors.size} of ${own.length}\n`)
      finish(alert)
    }),
  ),
)

const killed = mutants.length - equivalent - survived.length
process.stdout.write(
  `${mutants.length} mutants: ${killed} killed, ${equivalent} equivalent, ${survived.length} survived\n`,
)
process.exitCode = survived.length === 0 ? 0 : 1
