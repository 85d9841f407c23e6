import { basename } from 'node:path'
import { parse, stringify } from 'yaml'
import { formatted } from './format.ts'

/** The manifest of the rules. */
export const PROMETHEUS_RULES = 'deploy/kubernetes/monitoring/prometheusrules.yml'

const HEADER = `# Rendered from alertmanager/rules by: npm run generate
# The Prometheus Operator reads rules only from PrometheusRule objects, which Kustomize cannot build from rule files.
`

/**
 * The rule files as PrometheusRule objects of the Prometheus Operator, in one file: the groups of a rule file are the spec of an object.
 * @param files has the text of each rule file by its name.
 */
export const renderPrometheusRules = (files: ReadonlyMap<string, string>): Promise<string> =>
  formatted(
    PROMETHEUS_RULES,
    HEADER + [...files].map(([name, text]) => prometheusRule(name, text)).join('---\n'),
  )

const prometheusRule = (name: string, text: string): string =>
  stringify(
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: {
        name: `bittensor-${basename(name, '.yml')}`,
        labels: { 'app.kubernetes.io/name': 'bittensor-exporter' },
      },
      spec: parse(text) as unknown,
    },
    // Expressions and templates keep the lines that they have in the rule file.
    { lineWidth: 0 },
  )
