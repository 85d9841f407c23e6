import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { RUNBOOKS } from '../../grafana/kit/links.ts'
import { parseExposition, parseSample } from '../support/parse-exposition.ts'
import { knownMetrics } from './known.ts'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { run } from '../support/programs.ts'
import { NOT_RUN, prepareTests, PROMTOOLS } from './promtool.ts'
import {
  groupNames,
  namesIn,
  readAlerts,
  readRules,
  readTests,
  ruleFiles,
  RULES,
  testFiles,
} from './rules.ts'
import { SAMPLE_SPECS } from '../support/specs.ts'

/** It always fires, so there is no near miss and nothing to resolve. */
const ALWAYS = 'BittensorWatchdog'

const PROMTOOL_MS = 300_000

const rules = await readRules()
const alerts = await readAlerts()
const groups = await readTests()
const files = await ruleFiles()
const ruleTests = await testFiles()
const known = await knownMetrics()
const recorded = new Set(rules.flatMap(({ record }) => record ?? []))

const prepared = await prepareTests(ruleTests)
afterAll(() => prepared.close())

describe.each(PROMTOOLS)('promtool $release', ({ path }) => {
  test('accepts the rules', { timeout: PROMTOOL_MS }, async () => {
    const output = await run(path, 'check', 'rules', ...files.map((file) => `${RULES}/${file}`))
    expect(output.match(/SUCCESS: \d+ rules found/g)).toHaveLength(files.length)
  })

  test.concurrent.each(ruleTests)('passes %s', { timeout: PROMTOOL_MS }, async (file) => {
    const texts = prepared.texts(file)
    const tests = [prepared.values(file), ...(texts === undefined ? [] : [texts])]
    expect(await run(path, 'test', 'rules', ...tests)).toContain('SUCCESS')
  })
})

test('this run names the promtool that it does not have', () => {
  if (NOT_RUN !== undefined) process.stderr.write(`not run: ${NOT_RUN}\n`)
  expect(PROMTOOLS.length).toBe(NOT_RUN === undefined ? 2 : 1)
})

describe.each(alerts.map((alert) => [alert.alert, alert] as const))('%s', (name, alert) => {
  test('has its labels and annotations', () => {
    expect(name).toMatch(/^Bittensor([A-Z][a-z]+)+$/)
    expect(alert.labels['severity']).toMatch(/^(critical|warning|info)$/)
    expect(alert.labels['subject']).toMatch(/^(node|chain|key|neuron|exporter)$/)
    expect(Object.keys(alert.annotations).sort()).toEqual([
      'dashboard_url',
      'description',
      'runbook_url',
      'summary',
    ])
    expect(alert.annotations['summary']).toMatch(/^[^{}]+\.$/)
    expect(alert.annotations['description']).toMatch(/\.$/)
    expect(alert.annotations['runbook_url']).toBe(`${RUNBOOKS}/${name}`)
    expect(alert.annotations['dashboard_url']).toMatch(
      /^\/d\/bittensor-(overview|nodes|keys|subnet|neuron|exporter)\/\1(\?var-\w+=\{\{ \$labels\.\w+( \| urlquery)? \}\}(&var-\w+=\{\{ \$labels\.\w+( \| urlquery)? \}\})*)?$/,
    )
  })

  test('has a runbook with its parts', async () => {
    const text = await readFile(`docs/runbooks/${name}.md`, 'utf8')
    // Code has comments that begin like headings.
    const prose = text.replaceAll(/^```[^]*?^```$/gm, '')
    expect(prose.match(/^#+ .*/gm)).toEqual([
      `# ${name}`,
      '## What it means',
      '## What to check',
      '## What to do',
      '## When to silence',
    ])
    expect(text).toContain(`Severity ${alert.labels['severity']!}`)
    for (const [, link] of text.matchAll(/\]\((\w+)\.md\)/g))
      expect(alerts.map(({ alert }) => alert)).toContain(link)
  })

  if (name === ALWAYS) return

  test('is tested to fire, to resolve, and to stay silent in a near miss', () => {
    const own = groups.filter((group) => group.name.startsWith(`${name}: `))
    const firing = own.filter(({ alert_rule_test }) =>
      alert_rule_test.some(({ exp_alerts }) => exp_alerts?.length),
    )
    const silent = own.filter((group) => !firing.includes(group))
    expect(firing.length).toBeGreaterThan(0)
    expect(silent.length).toBeGreaterThan(0)
    const described = own.flatMap(({ alert_rule_test }) =>
      alert_rule_test.flatMap(({ exp_alerts = [] }) => exp_alerts.filter(({ description }) => description)),
    )
    expect(described.length, 'a test states the whole description').toBeGreaterThan(0)
    for (const { alert_rule_test, name: group } of firing) {
      const counts = alert_rule_test.map(({ exp_alerts }) => exp_alerts?.length ?? 0)
      expect(counts.at(-1), `${group}: ends resolved`).toBe(0)
      expect(group).toMatch(/fires.*resolves/)
    }
    for (const { name: group, input_series } of silent) {
      expect(group).toMatch(/: (near miss|silent: )/)
      expect(input_series).not.toHaveLength(0)
    }
    for (const { alert_rule_test } of own)
      for (const { alertname } of alert_rule_test) expect(alertname).toBe(name)
  })
})

test('thresholds are read through an aggregation, so that two rulers that record them change nothing', () => {
  for (const { expr, alert, record, file } of rules) {
    if (file === 'thresholds.yml') continue
    for (const { index } of expr.matchAll(/bittensor:threshold_/g))
      expect(expr.slice(0, index), alert ?? record).toMatch(/max(?: by \(measure\))? \($|max\($/)
  }
})

test('collectors of nodes are named where rules exclude them', () => {
  const expected = COLLECTORS.filter(({ scope }) => scope === 'node').map(({ name }) => name)
  const excluded = rules.flatMap(({ expr }) =>
    Array.from(expr.matchAll(/collector!~"([^"]+)"/g), ([, names = '']) => names.split('|')),
  )
  expect(excluded.length).toBeGreaterThan(0)
  for (const names of excluded) expect(names.toSorted()).toEqual(expected.toSorted())
})

test('no rule looks for series without a label, which a target may have', () => {
  for (const { expr, alert, record } of rules) expect(expr, alert ?? record).not.toMatch(/\w="",?[^}]*\}/)
})

test('every runbook is that of an alert', async () => {
  const runbooks = (await readdir('docs/runbooks')).map((file) => file.replace(/\.md$/, ''))
  expect(runbooks.sort()).toEqual(alerts.map(({ alert }) => alert).sort())
})

test('no two alerts have one name', () => {
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
})

describe.each(
  rules.map(
    (rule) => [rule.alert ?? `${rule.record ?? ''} ${rule.labels?.['measure'] ?? ''}`, rule] as const,
  ),
)('names of %s', (_, { expr, annotations = {} }) => {
  test('are those of metrics and recording rules', () => {
    const named = namesIn(expr)
    const queried = Object.values(annotations).flatMap((text) =>
      Array.from(text.matchAll(/"([^"]*)"/g), ([, quoted = '']) => namesIn(quoted)).flat(),
    )
    for (const name of [...named, ...queried]) expect(recorded.has(name) || known.has(name), name).toBe(true)
  })

  test('select by labels that the metrics have', () => {
    for (const [, name = '', matchers = ''] of expr.matchAll(/([a-z][\w:]*)\{([^}]*)\}/g)) {
      if (recorded.has(name)) continue
      const labels = Array.from(known.get(name) ?? [], (set) => set.split(',')).flat()
      for (const [, label] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
        expect([...labels, 'job']).toContain(label?.replace(/^exported_/, ''))
    }
  })

  test('are matched by labels that there are', () => {
    const all = new Set(['job', 'instance', 'pod', 'exported_node', 'measure', 'role'])
    for (const sets of known.values())
      for (const set of sets) for (const label of set.split(',')) all.add(label)
    for (const [, list = ''] of expr.matchAll(
      /\b(?:on|ignoring|by|without|group_left|group_right)\s*\(([^)]*)\)/g,
    ))
      for (const label of list.split(',').map((label) => label.trim()))
        if (label !== '') expect([...all]).toContain(label)
  })
})

test('thresholds are numbers, in one file, and each is used', () => {
  const thresholds = rules.filter(({ file }) => file === 'thresholds.yml')
  for (const { record, expr } of thresholds) {
    expect(record).toMatch(/^bittensor:threshold_\w+:(ratio_)?(min|max)$/)
    expect(expr).toMatch(/^vector\(\d+(\.\d+)?\)$/)
    expect(rules.some((rule) => rule.file !== 'thresholds.yml' && rule.expr.includes(record!))).toBe(true)
  }
  for (const { record, file } of rules)
    if (file !== 'thresholds.yml') expect(record ?? '').not.toContain('threshold')
})

/** The value of a label that the scrape configuration gives to a target. */
const OF_TARGET = 'worker-1'

test('the series that the tests put in have exactly the labels of the real ones', () => {
  for (const { name: group, input_series = [] } of groups) {
    // Its series are renamed one label at a time, to see that each counts.
    if (group === 'BittensorExporterLabelsRenamed: fires, and resolves: each label, counted once') continue
    for (const { series } of input_series) {
      const { name, labels } = parseSample(`${series} 0`)
      // A target may have a label of its own, in which case ours is renamed unless honor_labels is set.
      const names = [...labels]
        .filter(([, value]) => value !== OF_TARGET)
        .map(([label]) => label.replace(/^exported_/, ''))
      expect(
        names.filter((label) => label === 'job' || label === 'instance').length,
        `${group}: ${series}`,
      ).toBe(2)
      const given = names.filter((label) => label !== 'job' && label !== 'instance')
      // An empty label is the same as none: an expectation of the key itself has no subnet.
      const empty = name.startsWith('bittensor_expectation_') && !given.includes('netuid') ? ['netuid'] : []
      const own = [...given, ...empty].sort()
      expect([...(known.get(name) ?? [])], `${group}: ${series}`).toContain(own.join(','))
    }
  }
})

/** Nobody goes soon, and no coldkey is swapped. */
const SAFE = {
  bittensor_neuron_prune_rank: '100+0x20',
  bittensor_coldkey_swap_announced_block: '_x20',
  bittensor_coldkey_swap_disputed_block: '_x20',
}

describe.each(SAMPLE_SPECS)('the golden exposition of spec %s', (spec) => {
  /** The alerts that fire after a quarter of an hour, with the values of some families replaced. */
  async function firing(values: Readonly<Record<string, string>>): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'rules-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const target = 'job="bittensor-exporter",instance="exporter:9645"'
    const golden = parseExposition(await readFile(`test/golden/${spec}.prom`, 'utf8')).samples
    const series = golden.map(({ name, series, text }) => ({
      series: series.endsWith('}') ? `${series.slice(0, -1)},${target}}` : `${series}{${target}}`,
      values: values[name] ?? (name.endsWith('timestamp_seconds') ? '0+60x20' : `${text}+0x20`),
    }))
    const collectors = ['accounts', 'chain', 'hotkeys', 'neurons', 'subnets'].flatMap((collector) => [
      {
        series: `bittensor_exporter_collector_success{collector="${collector}",${target}}`,
        values: '1+0x20',
      },
      {
        series: `bittensor_exporter_collector_last_success_timestamp_seconds{collector="${collector}",${target}}`,
        values: '0+60x20',
      },
    ])
    const order = await Promise.all(['thresholds.yml', 'recording.yml', ...files].map(groupNames))
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
            input_series: [
              ...series,
              ...collectors,
              { series: `up{${target}}`, values: '1+0x20' },
              { series: `bittensor_exporter_poll_interval_seconds{${target}}`, values: '12+0x20' },
            ],
            promql_expr_test: [
              {
                expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
                eval_time: '15m',
                exp_samples: [],
              },
            ],
          },
        ],
      }),
    )
    // What promtool got is in its complaint: something always fires.
    const said = await run('promtool', 'test', 'rules', file).catch((error: unknown) => String(error))
    return Array.from(said.matchAll(/alertname="(\w+)"/g), ([, name]) => name)
      .sort()
      .join(' ')
  }

  test('fires what its data says and nothing else', { timeout: PROMTOOL_MS }, async () => {
    // The recorded miner has a permit and is not active. Before spec 381, with one mechanism, it was recorded five tempos
    // after its last update. From then on a swap of one watched coldkey is announced and that of another disputed, and the miner is
    // the fifth to go; at 475 the validator on root is the first, and five registered there in a day.
    const swaps = ['BittensorColdkeySwapAnnounced', 'BittensorColdkeySwapDisputed']
    const expected = [
      'BittensorNeuronInactive',
      ...(spec < 381 ? ['BittensorNeuronUpdateLate'] : [...swaps, 'BittensorNeuronPruningNear']),
      ...(spec === 475 ? ['BittensorNeuronPruningSoon'] : []),
      ALWAYS,
    ]
    expect((await firing({})).split(' ')).toEqual(expected.toSorted())
  })

  test('is calm when its validator is well', { timeout: PROMTOOL_MS }, async () => {
    const well = { bittensor_neuron_active: '1+0x20', bittensor_neuron_updated_blocks: '90+0x20' }
    expect(await firing({ ...well, ...SAFE })).toBe(ALWAYS)
  })

  test('changed here and there, it is not', { timeout: PROMTOOL_MS }, async () => {
    const changed = await firing({
      bittensor_node_peers: '149+0x20',
      bittensor_node_block_timestamp_seconds: '0+0x20',
      bittensor_account_free_tao: '100+0x5 90+0x15',
      bittensor_neuron_validator_permit: '1+0x5 0+0x15',
      bittensor_neuron_stake_tao: '100+0x3 10+0x20',
      bittensor_neuron_stake_alpha: '100+0x3 10+0x20',
      bittensor_hotkey_registrations: '2+0x5 1+0x15',
      ...SAFE,
    })
    expect(changed.split(' ')).toEqual([
      'BittensorFreeBalanceFell',
      'BittensorHotkeyRegistrationsFell',
      'BittensorNeuronPermitLost',
      'BittensorNeuronStakeFell',
      'BittensorNodePeersLow',
      'BittensorNodeStalled',
      'BittensorWatchdog',
    ])
  })
})
