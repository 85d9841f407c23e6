import { basename } from 'node:path'
import * as prettier from 'prettier'
import { parse, stringify } from 'yaml'
import { namesIn, source } from './files.ts'

const MONITORING = 'deploy/kubernetes/monitoring'

/** How to write the generated manifests anew. */
export const UPDATE = 'npm run generate'

const LABELS = { 'app.kubernetes.io/name': 'bittensor-exporter' }

/** What deploy/kubernetes/monitoring has to hold of alertmanager/rules and grafana/dashboards: text by path. */
export async function generated(): Promise<Map<string, string>> {
  const rules = await namesIn('alertmanager/rules', '.yml')
  const dashboards = await namesIn('grafana/dashboards', '.json')
  const files = new Map<string, string>([
    [`${MONITORING}/prometheusrules.yml`, (await Promise.all(rules.map(prometheusRule))).join('---\n')],
  ])
  for (const name of dashboards)
    files.set(`${MONITORING}/dashboards/${basename(name, '.json')}.yml`, await configMap(name))
  const resources = [
    'servicemonitor.yml',
    'prometheusrules.yml',
    ...dashboards.map((name) => `dashboards/${basename(name, '.json')}.yml`),
  ]
  files.set(
    `${MONITORING}/kustomization.yml`,
    `# For the Prometheus Operator, and for a Grafana that loads ConfigMaps with the label grafana_dashboard.\n` +
      stringify({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources }),
  )
  for (const [path, text] of files) {
    const header = `# Generated from alertmanager/rules and grafana/dashboards: ${UPDATE}\n`
    files.set(path, await prettier.format(header + text, await formatOf(path)))
  }
  return files
}

const formatOf = async (path: string): Promise<prettier.Options> => ({
  ...(await prettier.resolveConfig(path)),
  filepath: path,
})

/** A PrometheusRule has the groups of a rule file for its spec. */
async function prometheusRule(name: string): Promise<string> {
  const file = `alertmanager/rules/${name}`
  return stringify(
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: `bittensor-${basename(name, '.yml')}`, labels: LABELS },
      spec: parse(await source(file)) as unknown,
    },
    // A line break within an expression or a template would be one more than the rule file has.
    { lineWidth: 0 },
  )
}

/** A ConfigMap as the sidecar of Grafana's Helm chart looks for it: by its label, into the folder of its annotation. */
async function configMap(name: string): Promise<string> {
  const dashboard: unknown = JSON.parse(await source(`grafana/dashboards/${name}`))
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: `bittensor-dashboard-${basename(name, '.json')}`,
        labels: { ...LABELS, grafana_dashboard: '1' },
        annotations: { grafana_folder: 'Bittensor' },
      },
      data: { [`bittensor-${name}`]: JSON.stringify(dashboard) },
    },
    { lineWidth: 0 },
  )
}
