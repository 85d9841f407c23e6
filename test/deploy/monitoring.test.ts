import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { namesIn, source } from './files.ts'
import { documents, type Kustomization } from './manifests.ts'

const kustomizationOf = async (folder: string): Promise<Kustomization> =>
  parse(await source(`${folder}/kustomization.yaml`)) as Kustomization

test('each rule file is a PrometheusRule object with the same groups', async () => {
  const objects = await documents('monitoring/prometheusrules.yml')
  const specs = objects.map((object) => [object.metadata.name, (object as { spec?: unknown }).spec])
  const names = await namesIn('alertmanager/rules', '.yml')
  const expected = names.map(async (name) => [
    `bittensor-${name.replace('.yml', '')}`,
    parse(await source(`alertmanager/rules/${name}`)) as unknown,
  ])
  expect(specs).toEqual(await Promise.all(expected))
})

test('the ConfigMap of the rules has each rule file', async () => {
  const { configMapGenerator } = await kustomizationOf('alertmanager/rules')
  expect(configMapGenerator?.map(({ files }) => files)).toEqual([await namesIn('alertmanager/rules', '.yml')])
})

test('each dashboard has a ConfigMap, which Grafana finds by its label', async () => {
  const { configMapGenerator, generatorOptions } = await kustomizationOf('grafana/dashboards')
  const names = await namesIn('grafana/dashboards', '.json')
  expect(configMapGenerator).toEqual(
    names.map((name) => ({
      name: `bittensor-dashboard-${name.replace('.json', '')}`,
      files: [`bittensor-${name}=${name}`],
    })),
  )
  expect(generatorOptions).toMatchObject({ labels: { grafana_dashboard: '1' } })
})
