import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { pinnedTool } from '../support/pinned-tools.mjs'
import { expectingTexts, expectingValues, withValueOnly } from './expectations.mjs'
import { readAlerts, readRuleFile, readTestFile, ruleFiles, RULES } from './rules.ts'

/** A promtool that tests run, and the name of its release. */
export interface Promtool {
  readonly release: string
  readonly path: string
}

const pinned = await pinnedTool('promtool')

/** Debian's promtool (2.x), and the release that docker-compose.yml pins (3.x) if it has been built. */
export const PROMTOOLS: readonly Promtool[] = [
  { release: 'of Debian', path: 'promtool' },
  ...(pinned.path === undefined ? [] : [{ release: pinned.release, path: pinned.path }]),
]

/** A promtool that tests do not run, and the reason; undefined if all are run. */
export const NOT_RUN =
  pinned.path === undefined
    ? `promtool ${pinned.release} has not been built (node test/support/pinned-tools.mjs builds it where Go is installed)`
    : undefined

const yaml = (value: unknown): string => stringify(value, { aliasDuplicateObjects: false })

/** Files for `promtool test rules`, written once for all tests. */
export interface PreparedTests {
  /** The test that compares the values of all alerts. */
  values(file: string): string
  /** The test that compares the texts of the alerts that state one; undefined if none does. */
  texts(file: string): string | undefined
  close(): Promise<void>
}

/** Prepares the test files with complete expectations, and the rules that they refer to. */
export async function prepareTests(files: readonly string[]): Promise<PreparedTests> {
  const folder = await mkdtemp(join(tmpdir(), 'rules-'))
  const alerts = new Map((await readAlerts()).map((alert) => [alert.alert, alert]))
  for (const file of await ruleFiles()) {
    const { groups } = await readRuleFile(file)
    const copy = groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => withValueOnly({ file, ...rule })),
    }))
    const bare = copy.map((group) => ({ ...group, rules: group.rules.map(({ file: _, ...rule }) => rule) }))
    await writeFile(join(folder, file), yaml({ groups: bare }))
  }
  const withTexts = new Set<string>()
  for (const file of files) {
    const { tests, rule_files, ...rest } = await readTestFile(file)
    const groups = tests.map((group) => ({ file, ...group }))
    const bare = (group: object): object =>
      Object.fromEntries(Object.entries(group).filter(([key]) => key !== 'file'))
    const values = groups.map((group) => bare(expectingValues(group, alerts)))
    const local = rule_files.map((name) => basename(name))
    await writeFile(join(folder, `values-${file}`), yaml({ ...rest, rule_files: local, tests: values }))
    const texts = groups.flatMap((group) => expectingTexts(group, alerts) ?? []).map(bare)
    if (texts.length === 0) continue
    withTexts.add(file)
    const shipped = local.map((name) => resolve(RULES, name))
    await writeFile(join(folder, `texts-${file}`), yaml({ ...rest, rule_files: shipped, tests: texts }))
  }
  return {
    values: (file) => join(folder, `values-${file}`),
    texts: (file) => (withTexts.has(file) ? join(folder, `texts-${file}`) : undefined),
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
