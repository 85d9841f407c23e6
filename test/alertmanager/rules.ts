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

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Omit<Rule, 'file'>[] }[]
}

export interface TestGroup {
  readonly file: string
  readonly name: string
  readonly input_series?: readonly { readonly series: string; readonly values: string }[]
  readonly alert_rule_test: readonly {
    readonly eval_time: string
    readonly alertname: string
    readonly exp_alerts?: readonly unknown[]
  }[]
}

const yamlIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.yml')).sort()

const read = async (path: string): Promise<unknown> => parse(await readFile(path, 'utf8'))

export const ruleFiles = (): Promise<readonly string[]> => yamlIn(RULES)

export const testFiles = (): Promise<readonly string[]> => yamlIn(`${RULES}/tests`)

/** The names of the rule groups of one file. */
export const groupNames = async (file: string): Promise<readonly string[]> =>
  ((await read(`${RULES}/${file}`)) as RuleFile).groups.map(({ name }) => name)

export async function readRules(): Promise<readonly Rule[]> {
  const files = await Promise.all(
    (await ruleFiles()).map(async (file) => ({ file, ...((await read(`${RULES}/${file}`)) as RuleFile) })),
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

export async function readTests(): Promise<readonly TestGroup[]> {
  const files = await Promise.all(
    (await testFiles()).map(async (file) => {
      const { tests } = (await read(`${RULES}/tests/${file}`)) as {
        tests: readonly Omit<TestGroup, 'file'>[]
      }
      return tests.map((group) => ({ file, ...group }))
    }),
  )
  return files.flat()
}
