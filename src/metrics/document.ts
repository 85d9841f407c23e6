import type { Family } from './define.ts'
import type { SelfMetrics } from './self.ts'

/** A collector, as METRICS.md needs it. */
export interface DocumentedCollector {
  readonly name: string
  readonly scope: 'chain' | 'node'
  readonly families: readonly Family[]
}

const SCOPES = { node: 'current state of each node', chain: 'chain state, read at one block' } as const

/** Renders docs/METRICS.md: every family, by collector. */
export function renderMetricsDoc(collectors: readonly DocumentedCollector[], self: SelfMetrics): string {
  const sections = collectors.map(
    ({ name, scope, families }) =>
      `## Collector \`${name}\`: ${SCOPES[scope]}\n\n${table(
        families.map((family) => [family.name, family.type, family.labels, family.help]),
      )}`,
  )
  return `# Metrics

Rendered from the definitions in the source by \`npm run generate\`; a test fails when it is stale.

Amounts are whole tokens (TAO, or a subnet's alpha), exact to the nearest float64. Ratios are in 0–1. \`_info\` metrics state
facts in their labels, and their value is 1. A value that is unknown, or that the runtime of the chain does not have, is
absent; it is never 0. Names chosen by third parties (of subnets, nodes, coldkeys) are one line of at most 128 characters;
invisible characters in them are replaced by U+FFFD. Families of a collector that has not succeeded for \`stale_after\` disappear.

${sections.join('\n')}
## The exporter itself

Besides these, the process metrics of prom-client: \`process_*\` and \`nodejs_*\`.

${table(self.definitions().map(({ name, type, labels, help }) => [name, type, labels, help]))}`
}

type Row = readonly [name: string, type: string, labels: readonly string[], help: string]

const table = (rows: readonly Row[]): string =>
  [
    '| metric | type | labels | meaning |',
    '| --- | --- | --- | --- |',
    ...rows.map(
      ([name, type, labels, help]) =>
        `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
    ),
    '',
  ].join('\n')
