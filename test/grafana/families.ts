import { readdir, readFile } from 'node:fs/promises'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'

/** Labels that Prometheus itself puts on what it scrapes. */
const TARGET_LABELS = ['job', 'instance'] as const

/** Metrics that Prometheus makes of a scrape. */
const OF_A_SCRAPE = ['up', 'scrape_duration_seconds']

/** Labels of what Prometheus makes of alert rules: all alerts of this project have the first of these. */
const OF_ALERTS = [
  ...['alertname', 'alertstate', 'severity', 'subject'],
  // And these, where they are about one of them.
  ...['collector', 'name', 'netuid', 'node', 'uid'],
]

/** The exporter about itself, with every family in use. */
export async function selfText(): Promise<string> {
  const self = new SelfMetrics({ version: '0.0.0', revision: 'test', nodeVersion: 'test' }, false, ['node-a'])
  for (const { name, scope } of COLLECTORS) {
    self.collected({ collector: name, ...(scope === 'node' ? { node: 'node-a' } : {}) }, 0.1, true)
    self.published(name, 1)
  }
  self.rendered(0.001)
  self.nodeUp('node-a', true)
  self.nodeDecodes('node-a', true)
  self.requested('node-a', '/blocks/head/header', 0.02, 'timeout')
  self.sidecarState({ node: 'node-a', circuitOpen: false })
  self.refused('node-a', 'behind')
  self.configured(true)
  self.pollsEvery(12_000)
  return self.text('text')
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/

/** The label names of every sample name of an exposition. */
function labelsIn(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const line of text.split('\n')) {
    const match = line.startsWith('#') ? null : SAMPLE.exec(line)
    if (match?.[1] === undefined) continue
    const labels = found.get(match[1]) ?? new Set<string>()
    for (const [, label] of (match[2] ?? '').matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) labels.add(label!)
    found.set(match[1], labels)
  }
  return found
}

/** Every name that a query may ask for, with its labels: the definitions, what the exporter says of itself, scrapes. */
export async function knownLabels(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const known = labelsIn(await selfText())
  for (const { families } of COLLECTORS)
    for (const { name, labels } of Object.values(families)) known.set(name, new Set(labels))
  for (const name of OF_A_SCRAPE) known.set(name, new Set())
  known.set('ALERTS', new Set(OF_ALERTS))
  for (const labels of known.values()) for (const label of TARGET_LABELS) labels.add(label)
  return known
}

/** The families of the exporter: collectors' and its own, by the names of their TYPE lines. */
export async function familyNames(): Promise<readonly string[]> {
  const own = Array.from((await selfText()).matchAll(/^# TYPE (\S+)/gm), ([, name]) => name!)
  return [...COLLECTORS.flatMap(({ families }) => Object.values(families).map(({ name }) => name)), ...own]
}

/** Whether every metric of the exporter that an expression names is in a golden exposition, or of the exporter itself. */
export async function goldenNames(): Promise<(expr: string) => boolean> {
  const names = (await readdir('test/golden')).filter((name) => name.endsWith('.prom'))
  const texts = await Promise.all(names.map((name) => readFile(`test/golden/${name}`, 'utf8')))
  const golden = ['', ...texts, await selfText()].join('\n')
  return (expr) => {
    const named = expr.match(/\bbittensor_\w+|\bALERTS\b/g) ?? []
    return named.every((name) => golden.includes(`\n${name}{`) || golden.includes(`\n${name} `))
  }
}
