import { COLLECTORS } from '../../src/collectors/index.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'

/** One series: the name of its metric and its labels, in the order of the text. */
export interface Series {
  readonly name: string
  readonly labels: readonly (readonly [name: string, value: string])[]
}

/** Takes apart `name{label="value",…}`. */
export function parseSeries(text: string): Series {
  const name = /^[\w:]+/.exec(text)?.[0] ?? ''
  const labels = Array.from(
    text.slice(name.length).matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g),
    ([, label, value]): [string, string] => [label!, value!],
  )
  return { name, labels }
}

/** The samples of an exposition. */
export const samplesIn = (
  text: string,
): readonly (Series & { readonly text: string; readonly value: string })[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const end = line.lastIndexOf(' ')
      return { ...parseSeries(line), text: line.slice(0, end), value: line.slice(end + 1) }
    })

const defined = (): ReadonlyMap<string, readonly string[]> =>
  new Map(
    COLLECTORS.flatMap(({ families }) => Object.values(families).map(({ name, labels }) => [name, labels])),
  )

/** The exporter about itself, with every family in use. */
function selfText(): Promise<string> {
  const self = new SelfMetrics({ version: '0.0.0', revision: 'test', nodeVersion: 'test' }, false, ['node-a'])
  for (const { name, scope } of COLLECTORS) {
    self.collected({ collector: name, ...(scope === 'node' ? { node: 'node-a' } : {}) }, 0.1, true)
    self.published(name, 1)
  }
  self.rendered(0.001)
  self.nodeUp('node-a', true)
  self.nodeDecodes('node-a', true)
  self.requested('node-a', '/runtime/spec', 0.02, 'timeout')
  self.refused('node-a', 'behind')
  self.configured(true)
  self.pollsEvery(12_000)
  return self.text('text')
}

/**
 * Every metric that Prometheus gets of a scrape, with the sets of labels its series come with, sorted and joined by
 * commas. The labels of the target, job and instance, are left out.
 */
export async function knownMetrics(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const known = new Map<string, Set<string>>([
    ['up', new Set([''])],
    // Of Alertmanager and Prometheus themselves.
    ['alertmanager_notifications_failed_total', new Set(['integration,reason'])],
    ['prometheus_notifications_alertmanagers_discovered', new Set([''])],
    ['prometheus_notifications_errors_total', new Set(['alertmanager'])],
    ['prometheus_rule_evaluation_failures_total', new Set(['rule_group'])],
  ])
  const add = (name: string, labels: readonly string[]) => {
    known.set(name, (known.get(name) ?? new Set()).add(labels.toSorted().join(',')))
  }
  for (const [name, labels] of defined()) add(name, labels)
  for (const { name, labels } of samplesIn(await selfText()))
    add(
      name,
      labels.map(([label]) => label),
    )
  return known
}
