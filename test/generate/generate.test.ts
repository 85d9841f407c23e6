import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { table } from '../../docs/generate/markdown.ts'
import { renderMetrics } from '../../docs/generate/metrics.ts'
import { PROMETHEUS_RULES, renderPrometheusRules } from '../../docs/generate/prometheus-rules.ts'
import { render } from '../../docs/generate/render.ts'
import { refresh, staleFiles } from '../../docs/generate/stale.ts'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'

const rendered = await render('.')

/** A copy of the stored generated files, which is deleted after the test. */
async function copy(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'bittensor-generate-'))
  onTestFinished(() => rm(root, { recursive: true }))
  for (const path of rendered.keys()) await cp(path, join(root, path))
  return root
}

const listed = async (root: string): Promise<string[]> =>
  (await staleFiles(root, rendered)).map(({ path, state }) => `${path} ${state}`)

// Other tests read dashboards, rules and documents from these files.
test('the stored generated files are current (npm run generate)', async () => {
  expect(await listed('.')).toEqual([])
})

test('the generated files are in the places where people and programs read them', () => {
  expect([...rendered.keys()]).toEqual(
    expect.arrayContaining([
      'docs/METRICS.md',
      'docs/CONFIG.md',
      'docs/API.md',
      'docs/openapi.json',
      'docs/config.schema.json',
      'alertmanager/rules/thresholds.yml',
      'deploy/kubernetes/monitoring/prometheusrules.yml',
      'grafana/dashboards/overview.json',
      'grafana/queries.json',
    ]),
  )
})

describe('stale files', () => {
  test('are found by what happened to them, and refreshed', async () => {
    const root = await copy()
    expect(await listed(root)).toEqual([])

    await writeFile(join(root, 'docs/METRICS.md'), `${rendered.get('docs/METRICS.md') ?? ''} `)
    await rm(join(root, dirname(PROMETHEUS_RULES)), { recursive: true })
    await writeFile(join(root, 'grafana/dashboards/former.json'), '{}')
    await writeFile(join(root, 'grafana/dashboards/kustomization.yaml'), '')
    expect(await listed(root)).toEqual([
      'deploy/kubernetes/monitoring/prometheusrules.yml missing',
      'docs/METRICS.md outdated',
      'grafana/dashboards/former.json obsolete',
    ])

    await refresh(root, await staleFiles(root, rendered))
    expect(await listed(root)).toEqual([])
    expect(await readFile(join(root, 'docs/METRICS.md'), 'utf8')).toBe(rendered.get('docs/METRICS.md'))
    expect(await readdir(join(root, 'grafana/dashboards'))).toContain('kustomization.yaml')
  })

  test('include METRICS.md after a change of a HELP text', async () => {
    const [first, ...others] = COLLECTORS
    const [family, ...rest] = first!.families
    const changed = { ...first!, families: [{ ...family!, help: 'Changed.' }, ...rest] }
    const self = new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, [])
    const text = renderMetrics([changed, ...others], self)
    const stale = await staleFiles('.', new Map([...rendered, ['docs/METRICS.md', text]]))
    expect(stale.map(({ path }) => path)).toEqual(['docs/METRICS.md'])
  })
})

test('the manifest has the rendered thresholds even if the stored ones are outdated', async () => {
  const root = await copy()
  await cp('package.json', join(root, 'package.json'))
  await cp('alertmanager/rules', join(root, 'alertmanager/rules'), { recursive: true })
  await writeFile(join(root, 'alertmanager/rules/thresholds.yml'), 'groups: []\n')
  expect((await render(root)).get(PROMETHEUS_RULES)).toBe(rendered.get(PROMETHEUS_RULES))
})

test('a long expression or a template keeps its line breaks and quotes in the manifest', async () => {
  const expr = `sum by (job) (${'rate(a[5m]) + '.repeat(20)}b)\n  > 0\n`
  const summary = `{{ $labels.name }}: "it's" ${'long '.repeat(40)}`
  const groups = [{ name: 'g', rules: [{ alert: 'A', expr, annotations: { summary } }] }]
  const text = await renderPrometheusRules(new Map([['a.yml', JSON.stringify({ groups })]]))
  expect(parse(text)).toMatchObject({ metadata: { name: 'bittensor-a' }, spec: { groups } })
})

test('a Markdown table escapes the separator of its cells', () => {
  expect(table(['a', 'b'], [['1|2', 'c']])).toBe('| a | b |\n| --- | --- |\n| 1\\|2 | c |\n')
})
