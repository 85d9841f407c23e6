import { readdir, readFile } from 'node:fs/promises'
import { parse } from 'yaml'

/** Where the rules are, from the root of the repository. */
export const RULES = 'alertmanager/rules'

export interface Rule {
  readonly file: string
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly for?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

export interface Alert extends Rule {
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Omit<Rule, 'file'>[] }[]
}

/** An alert that a test expects: what its rule does not say itself (expectations.mjs fills in the rest). */
interface ExpectedAlert {
  readonly exp_labels?: Readonly<Record<string, string>>
  readonly value: number | string
  /** The whole description, at least once for each alert. */
  readonly description?: string
}

/** A file of rule tests: promtool's format, but for the expectations. */
export interface TestFile {
  readonly rule_files: readonly string[]
  readonly evaluation_interval: string
  readonly tests: readonly Omit<TestGroup, 'file'>[]
}

export interface TestGroup {
  readonly file: string
  readonly name: string
  readonly input_series?: readonly { readonly series: string; readonly values: string }[]
  readonly alert_rule_test: readonly {
    readonly eval_time: string
    readonly alertname: string
    readonly exp_alerts?: readonly ExpectedAlert[]
  }[]
}

const yamlIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.yml')).sort()

const read = async (path: string): Promise<unknown> => parse(await readFile(path, 'utf8'))

export const ruleFiles = (): Promise<readonly string[]> => yamlIn(RULES)

export const testFiles = (): Promise<readonly string[]> => yamlIn(`${RULES}/tests`)

export const readRuleFile = async (file: string): Promise<RuleFile> =>
  (await read(`${RULES}/${file}`)) as RuleFile

/** The names of the rule groups of one file. */
export const groupNames = async (file: string): Promise<readonly string[]> =>
  (await readRuleFile(file)).groups.map(({ name }) => name)

export async function readRules(): Promise<readonly Rule[]> {
  const files = await Promise.all(
    (await ruleFiles()).map(async (file) => ({ file, ...(await readRuleFile(file)) })),
  )
  return files.flatMap(({ file, groups }) =>
    groups.flatMap(({ rules }) => rules.map((rule) => ({ file, ...rule }))),
  )
}

export async function readAlerts(): Promise<readonly Alert[]> {
  return (await readRules()).flatMap((rule) =>
    rule.alert === undefined ? [] : [{ labels: {}, annotations: {}, ...rule, alert: rule.alert }],
  )
}

export const readTestFile = async (file: string): Promise<TestFile> =>
  (await read(`${RULES}/tests/${file}`)) as TestFile

export async function readTests(): Promise<readonly TestGroup[]> {
  const files = await Promise.all(
    (await testFiles()).map(async (file) =>
      (await readTestFile(file)).tests.map((group) => ({ file, ...group })),
    ),
  )
  return files.flat()
}

/** An expression without its strings, ranges and label lists: what is left are names, functions, keywords and numbers. */
const bare = (expr: string): string =>
  expr
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\b(on|ignoring|by|without|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, '')

const METRIC = /\b(?:bittensor_\w+|process_\w+|nodejs_\w+|up\b|[a-z]\w*(?::\w+)+)/g

/** Names of metrics and recording rules in an expression. */
export const namesIn = (expr: string): readonly string[] => bare(expr).match(METRIC) ?? []
