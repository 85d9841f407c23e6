import { COLLECTORS } from '../../src/collectors/index.ts'
import { parseExposition } from '../support/parse-exposition.ts'
import { selfText } from '../support/self-text.ts'

const defined = (): ReadonlyMap<string, readonly string[]> =>
  new Map(COLLECTORS.flatMap(({ families }) => families.map(({ name, labels }) => [name, labels])))

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
  for (const { name, labels } of parseExposition(await selfText()).samples) add(name, [...labels.keys()])
  return known
}
