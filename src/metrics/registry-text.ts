import type { Registry } from 'prom-client'
import { familyHeader, sampleLine, type Format } from './text.ts'

/**
 * A prom-client registry as text in either format. prom-client can write both, but rendering OpenMetrics renames the counters of
 * the registry permanently (15.1.3), so that the next scrape as text lacks their `_total`. Families without samples are left out,
 * and so is the closing `# EOF` of OpenMetrics, because more may follow.
 */
export async function registryText(registry: Registry, format: Format): Promise<string> {
  let text = ''
  for (const {
    name,
    help,
    type,
    values,
  } of (await registry.getMetricsAsJSON()) as unknown as readonly RegistryFamily[]) {
    if (values.length === 0) continue
    text += familyHeader(name, help, type, format)
    for (const { metricName, labels, value } of values)
      text += sampleLine(metricName ?? name, Object.entries(labels), value)
  }
  return text
}

/** The actual result of getMetricsAsJSON, whose declaration has a numeric type and no metricName. */
interface RegistryFamily {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly values: readonly {
    readonly metricName?: string
    readonly labels: Readonly<Record<string, string | number>>
    readonly value: number
  }[]
}
