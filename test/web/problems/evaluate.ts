import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { readAlerts, readRuleFile, ruleFiles, RULES, type Alert } from '../../alertmanager/rules.ts'
import { parseExposition } from '../../support/parse-exposition.ts'
import { runProgram } from '../../support/programs.ts'

/** An alert that fires, without the labels of its target and of its rule. */
export interface Firing {
  readonly alert: string
  readonly summary: string
  readonly labels: Readonly<Record<string, string>>
}

/** Longer than rates and last values reach back. Alerts fire at once, because their `for` is left out. */
const EVALUATED_AT = '12m'
const INTERVAL_SECONDS = 30
const SCRAPES = 30

const TARGET = 'job="bittensor-exporter",instance="127.0.0.1:9645"'

/**
 * All shipped alerts that fire, by promtool, when an exporter has shown the same exposition for some minutes.
 * @param scrapedAt is when it was scraped, in seconds since the epoch: what was that long ago stays that old.
 */
export async function firing(exposition: string, scrapedAt: number): Promise<readonly Firing[]> {
  const alerts = await readAlerts()
  const folder = await mkdtemp(join(tmpdir(), 'firing-'))
  try {
    const test = join(folder, 'test.yml')
    await writeFile(test, stringify(await testOf(exposition, scrapedAt, alerts, folder)))
    const { output } = await runProgram('promtool', ['test', 'rules', test])
    return firingIn(output, alerts)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A test that expects of every alert what is not so: promtool then prints what fires. */
async function testOf(exposition: string, scrapedAt: number, alerts: readonly Alert[], folder: string) {
  const { samples } = parseExposition(`${exposition}up 1\n`)
  const shown = samples.filter(({ name, value }) => /^(?:bittensor_|up$)/.test(name) && !Number.isNaN(value))
  return {
    rule_files: await Promise.all((await ruleFiles()).map((file) => withSummariesOnly(file, folder))),
    evaluation_interval: `${INTERVAL_SECONDS}s`,
    tests: [
      {
        interval: `${INTERVAL_SECONDS}s`,
        input_series: shown.map(({ name, series, value, text }) => ({
          series: series.endsWith('}') ? `${series.slice(0, -1)},${TARGET}}` : `${series}{${TARGET}}`,
          values: name.endsWith('_timestamp_seconds')
            ? `${value - scrapedAt}+${INTERVAL_SECONDS}x${SCRAPES}`
            : `${text}+0x${SCRAPES}`,
        })),
        alert_rule_test: alerts.map(({ alert }) => ({
          eval_time: EVALUATED_AT,
          alertname: alert,
          exp_alerts: [{ exp_labels: { expected: 'nothing' } }],
        })),
      },
    ],
  }
}

/** A copy of a rule file with expressions and summaries alone. */
async function withSummariesOnly(file: string, folder: string): Promise<string> {
  const { groups } = await readRuleFile(file)
  const shortened = groups.map((group) => ({
    ...group,
    rules: group.rules.map(({ annotations, for: _, ...rule }) =>
      annotations === undefined ? rule : { ...rule, annotations: { summary: annotations['summary'] ?? '' } },
    ),
  }))
  const copy = join(folder, file)
  await writeFile(copy, stringify({ groups: shortened }, { aliasDuplicateObjects: false }))
  return resolve(RULES, copy)
}

function firingIn(output: string, alerts: readonly Alert[]): readonly Firing[] {
  const sections = output.split('alertname: ').slice(1)
  if (sections.length !== alerts.length)
    throw new Error(
      `promtool judged ${sections.length} of ${alerts.length} alerts:\n${output.slice(0, 4000)}`,
    )
  return sections.flatMap((section) => {
    const name = section.slice(0, section.indexOf(','))
    const rule = alerts.find(({ alert }) => alert === name)
    if (rule === undefined) throw new Error(`promtool judged an alert that is not shipped: ${name}`)
    const got = section.slice(section.indexOf('got:'))
    return Array.from(
      got.matchAll(/Labels:\{(.*)\}\s+Annotations:\{(.*)\}/g),
      ([, labels = '', notes = '']) => ({
        alert: name,
        summary: pairs(notes)['summary'] ?? '',
        labels: Object.fromEntries(
          Object.entries(pairs(labels)).filter(
            ([label]) => !['alertname', 'job', 'instance'].includes(label) && !(label in rule.labels),
          ),
        ),
      }),
    )
  })
}

/** The labels or annotations in Go's notation. */
const pairs = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from(text.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g), ([, name = '', value = '']) => [
      name,
      JSON.parse(value) as string,
    ]),
  )
