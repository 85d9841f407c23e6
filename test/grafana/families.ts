import { readdir, readFile } from 'node:fs/promises'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { parseExposition } from '../support/parse-exposition.ts'
import { selfText } from '../support/self-text.ts'

/** Labels that Prometheus itself puts on what it scrapes. */
const TARGET_LABELS = [
  ...['job', 'instance'],
  // In Kubernetes.
  ...['pod', 'container', 'endpoint', 'namespace', 'service'],
] as const

/** Metrics that Prometheus makes of a scrape. */
const OF_A_SCRAPE = ['up', 'scrape_duration_seconds']

/** Labels of what Prometheus makes of alert rules: all alerts of this project have the first of these. */
const OF_ALERTS = [
  ...['alertname', 'alertstate', 'severity', 'subject'],
  // And these, where they are about one of them.
  ...['collector', 'name', 'netuid', 'node', 'uid', 'expectation', 'pallet', 'method', 'result'],
  ...['item', 'kind', 'measure'],
]

/** The label names of every sample name of an exposition. */
function labelsIn(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const { name, labels } of parseExposition(text).samples)
    found.set(name, new Set([...(found.get(name) ?? []), ...labels.keys()]))
  return found
}

/** Every name that a query may ask for, with its labels: the definitions, what the exporter says of itself, scrapes. */
export async function knownLabels(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const known = labelsIn(await selfText())
  for (const { families } of COLLECTORS)
    for (const { name, labels } of families) known.set(name, new Set(labels))
  for (const name of OF_A_SCRAPE) known.set(name, new Set())
  for (const name of ['ALERTS', 'ALERTS_FOR_STATE']) known.set(name, new Set(OF_ALERTS))
  for (const labels of known.values()) for (const label of TARGET_LABELS) labels.add(label)
  return known
}

/** The families of the exporter: collectors' and its own, by the names of their TYPE lines. */
export async function familyNames(): Promise<readonly string[]> {
  const own = parseExposition(await selfText()).families.keys()
  return [...COLLECTORS.flatMap(({ families }) => families.map(({ name }) => name)), ...own]
}

/** Whether every metric of the exporter that an expression names is in a golden exposition, or of the exporter itself. */
export async function goldenNames(): Promise<(expr: string) => boolean> {
  const names = (await readdir('test/golden')).filter((name) => name.endsWith('.prom'))
  const texts = await Promise.all(names.map((name) => readFile(`test/golden/${name}`, 'utf8')))
  const golden = ['', ...texts, await selfText()].join('\n')
  return (expr) => {
    const named = expr.match(/\bbittensor_\w+|\bALERTS\w*/g) ?? []
    return named.every((name) => golden.includes(`\n${name}{`) || golden.includes(`\n${name} `))
  }
}
