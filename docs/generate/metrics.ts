import type { Family as CollectorFamily } from '../../src/metrics/define.ts'
import type { SelfMetrics } from '../../src/metrics/self.ts'
import { code, table } from './markdown.ts'

/** The parts of a collector that METRICS.md shows. */
interface DocumentedCollector {
  readonly name: string
  readonly scope: 'chain' | 'node'
  readonly families: readonly CollectorFamily[]
}

const SCOPES = { node: 'current state of each node', chain: 'chain state at one block' } as const

/** docs/METRICS.md: every metric family by collector, and the metrics of the exporter itself. */
export function renderMetrics(collectors: readonly DocumentedCollector[], self: SelfMetrics): string {
  const sections = collectors.map(
    ({ name, scope, families }) => `## Collector \`${name}\`: ${SCOPES[scope]}\n\n${familyTable(families)}`,
  )
  return `# Metrics

Rendered from the definitions in the source by \`npm run generate\`; \`npm run check\` fails when this file is stale.

Amounts are whole tokens (TAO, or the alpha of a subnet), exact to the nearest float64. Ratios are between 0 and 1. An \`_info\` metric
has the value 1 and carries its information in labels. An unknown value, or one that the runtime of the chain does not have, is
absent; it is never 0. Names chosen by third parties (of subnets, nodes, coldkeys) are one line of at most 128 characters; invisible
characters are replaced by U+FFFD. If a collector has not succeeded for \`stale_after\`, its families disappear.

${sections.join('\n')}
## The exporter itself

The process metrics of prom-client (\`process_*\` and \`nodejs_*\`), and:

${familyTable(self.definitions())}`
}

interface Family {
  readonly name: string
  readonly type: string
  readonly labels: readonly string[]
  readonly help: string
}

const familyTable = (families: readonly Family[]): string =>
  table(
    ['metric', 'type', 'labels', 'meaning'],
    families.map(({ name, type, labels, help }) => [code(name), type, labels.map(code).join(', '), help]),
  )
